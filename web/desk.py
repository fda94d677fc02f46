"""What the endpoints work with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Protocol

from fastapi import Depends, Request

from conversion import Picture
from journal import Journal
from models import Catalog, Diagnosis, Refusal
from models.metrics import PLACES, PLACES_TAKEN, QUEUE
from web.body import FormLimits
from web.callers import Caller, Doorkeeper
from web.languages import accepted_language
from web.problems import wait
from web.rates import Rates
from web.settings import MEGABYTE, WebSettings
from web.shelf import Shelf
from web.texts import Code
from web.tracing import CHANNEL

PLACE_SECONDS = 30.0
"""Longest that a request waits, its body unread, until another's is done."""


class Reader(Protocol):
    """The part of ``models.DiagnosisService`` that the API uses."""

    catalog: Catalog
    default_model: str

    def open_picture(self, data: bytes) -> Picture:
        """See ``models.DiagnosisService.open_picture``."""

    async def diagnose(self, data: bytes, model: str | None = None) -> Diagnosis | Refusal:
        """The one way through; see ``models.DiagnosisService.diagnose``."""


@dataclass
class Standing:
    """Whether the models are loaded, and whether the server is on its way out."""

    loaded: bool = False
    stopping: bool = False


@dataclass(frozen=True)
class Desk:
    """The parts of a running API. Made and used in one event loop."""

    settings: WebSettings
    reader: Reader
    journal: Journal
    doorkeeper: Doorkeeper
    rates: Rates
    shelf: Shelf
    standing: Standing = field(default_factory=Standing)
    bodies: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    drawings: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    @property
    def limits(self) -> FormLimits:
        return FormLimits(self.settings.body_limit, self.settings.file_limit)

    @property
    def repeats_last(self) -> timedelta:
        return timedelta(hours=self.settings.api_repeat_hours)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for one body in memory. Raises ``Problem`` when none is free for long."""
        try:
            with QUEUE.labels(CHANNEL).track_inprogress():
                async with asyncio.timeout(PLACE_SECONDS):
                    await self.bodies.acquire()
        except TimeoutError:
            raise wait(Code.BUSY, 10) from None
        try:
            with PLACES_TAKEN.labels(CHANNEL).track_inprogress():
                yield
        finally:
            self.bodies.release()


def make_desk(settings: WebSettings, reader: Reader, journal: Journal) -> Desk:
    """The parts that ``settings`` ask for."""
    PLACES.labels(CHANNEL).set(settings.api_bodies)
    keep = timedelta(minutes=settings.api_keep_minutes)
    return Desk(
        settings,
        reader,
        journal,
        Doorkeeper(journal, settings),
        Rates(settings.api_rate_limit),
        Shelf(keep, int(settings.api_keep_mb * MEGABYTE)),
        bodies=asyncio.Semaphore(settings.api_bodies),
    )


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AnyDesk = Annotated[Desk, Depends(_desk)]


async def _caller(request: Request, desk: AnyDesk) -> Caller:
    return await desk.doorkeeper.admit(request.headers)


def _language(request: Request) -> str:
    return accepted_language(request.headers.get("accept-language"))


KnownCaller = Annotated[Caller, Depends(_caller)]
Spoken = Annotated[str, Depends(_language)]

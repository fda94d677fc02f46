"""The whole bot under load: persons who send the next picture when they have their answer, or pictures that come at a
rate whether or not answers do.

Sandbox, bot and load generator share the machine. To leave it to the bot, each picture is uploaded once and sent on by
its id from then on, the sandbox keeps the bot's photos in one size, and all chats are watched in one row. The times are
the sandbox's: when Telegram would show the reaction, and the answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from benchmarks.folders import CannotMeasure, free_port, pictures_in
from benchmarks.load_figures import LoadPlan, LoadRun
from benchmarks.processes import require_proc
from benchmarks.stack import Stack, running
from benchmarks.traffic import EventsLost, Place, Traffic, tally
from benchmarks.watch import Watch

FIRST_PERSON = 5_000_001
CONNECTIONS = 8
GATHER_SECONDS = 0.05
PATIENCE_SECONDS = 120.0
"""So long none of the open pictures may be answered before they count as lost."""


@dataclass(frozen=True)
class Sample:
    """A picture that the sandbox holds: the model it is for and its ``file_id``."""

    model: str
    file_id: str


async def measure_load(
    folders: Mapping[str, Path], plans: Sequence[LoadPlan], say: Callable[[str], None]
) -> list[LoadRun]:
    """A run for each of ``plans`` with the pictures in ``folders``, by models, that are read; each has a bot and a
    sandbox of its own. ``say`` is told what is done. Raises ``CannotMeasure``."""
    require_proc()
    runs = []
    for plan in plans:
        say(f"load: {plan.name}, {plan.seconds:g} s")
        runs.append(await _measure(folders, plan))
    return runs


async def _measure(folders: Mapping[str, Path], plan: LoadPlan) -> LoadRun:
    chosen = {model: pictures_in(folder, plan.most) for model, folder in folders.items()}
    listen = f"127.0.0.1:{free_port()}"
    async with running({"METRICS_LISTEN": listen}, ("--one-size",), CONNECTIONS + 4) as stack:
        load = Load(stack)
        reading = asyncio.create_task(load.read())
        watch = Watch(stack.session, f"http://{listen}/metrics", stack.bot_pid, stack.sandbox_pid)
        try:
            await _unless_it_fails(reading, load.warm_up(chosen))
            watching = asyncio.create_task(watch.run())
            begun = time.time()
            await _unless_it_fails(reading, load.send(plan))
            await _unless_it_fails(reading, load.drain())
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await watch.look()
            counts = tally(load.traffic, stack.accepted() - load.warmed, begun, plan.seconds)
            return LoadRun.of(plan, counts, load.late, watch)
        except (aiohttp.ClientError, EventsLost) as error:
            raise CannotMeasure(f"the run broke off: {error or type(error).__name__}") from error
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _unless_it_fails(reading: asyncio.Task[None], work: Awaitable[None]) -> None:
    """Awaits ``work``; where ``reading`` ends before, that can only be by an error, which is raised."""
    working = asyncio.ensure_future(work)
    await asyncio.wait((reading, working), return_when=asyncio.FIRST_COMPLETED)
    if not working.done():
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        await reading
    await working


class Load:
    """Persons who write to the bot of ``stack``, and what came of it in ``traffic``; ``late`` are the milliseconds that
    pictures were sent behind the plan of a rate, ``warmed`` how many were sent before it."""

    def __init__(self, stack: Stack) -> None:
        self.traffic = Traffic()
        self.late: list[float] = []
        self.warmed = 0
        self._stack = stack
        self._samples: list[Sample] = []
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._turn = count()

    async def read(self) -> None:
        """Takes in what happens in all chats, until cancelled. Raises ``EventsLost``."""
        url = f"{self._stack.base}/sandbox/events"
        while True:
            query = f"after={self.traffic.seen}&wait=5&types=message,reaction"
            async with self._stack.session.get(f"{url}?{query}") as response:
                self.traffic.take(await response.json())
            await asyncio.sleep(GATHER_SECONDS)

    async def warm_up(self, chosen: Mapping[str, Sequence[Path]]) -> None:
        """Uploads each picture once and waits for its answer, so that the models are loaded. Raises
        ``CannotMeasure``."""
        for model, pictures in chosen.items():
            for picture in pictures:
                form = aiohttp.FormData()
                form.add_field("file", await asyncio.to_thread(picture.read_bytes), filename=picture.name)
                form.add_field("caption", f"/{model}")
                place, message = await self._post(FIRST_PERSON - 1, form)
                try:
                    await asyncio.wait_for(self.traffic.answered(place), PATIENCE_SECONDS)
                except TimeoutError:
                    raise CannotMeasure(f"{picture}: no answer in {PATIENCE_SECONDS:g} s") from None
                if place not in self.traffic.refused:
                    self._samples.append(Sample(model, message["photo"][-1]["file_id"]))
                self.warmed += 1
        if not self._samples:
            raise CannotMeasure("every picture is refused")
        # Pictures of several models come mixed.
        self._samples = [self._samples[place] for place in np.random.default_rng(0).permutation(len(self._samples))]

    async def send(self, plan: LoadPlan) -> None:
        """As ``plan`` says."""
        if plan.rate is None:
            await self._by_persons(plan.persons, plan.seconds)
        else:
            await self._at_rate(plan.rate, plan.persons, plan.seconds)

    async def drain(self) -> None:
        """Waits until every picture is answered, or none has been for long."""
        await self._until(lambda: not self.traffic.open)

    async def _by_persons(self, persons: int, seconds: float) -> None:
        until = time.monotonic() + seconds

        async def person(chat: int) -> None:
            while time.monotonic() < until:
                await self.traffic.answered(await self._send(chat))

        people = [asyncio.create_task(person(FIRST_PERSON + number)) for number in range(persons)]
        await self._all_or_patience(people, until)

    async def _at_rate(self, rate: float, persons: int, seconds: float) -> None:
        gaps = np.random.default_rng(0)
        begun, offset = time.time(), gaps.exponential(1 / rate)
        async with asyncio.TaskGroup() as group:
            for number in count():
                if offset >= seconds:
                    break
                await asyncio.sleep(max(0.0, begun + offset - time.time()))
                chat = FIRST_PERSON + number % persons
                group.create_task(self._send(chat, planned=begun + offset))
                offset += gaps.exponential(1 / rate)

    async def _all_or_patience(self, people: Sequence[asyncio.Task[None]], until: float) -> None:
        await asyncio.wait(people, timeout=max(0.0, until - time.monotonic()))
        await self._until(lambda: all(task.done() for task in people))
        self.traffic.give_up()
        await asyncio.gather(*people)

    async def _until(self, over: Callable[[], bool]) -> None:
        answers, since = -1, time.monotonic()
        while not over():
            if len(self.traffic.answers) != answers:
                answers, since = len(self.traffic.answers), time.monotonic()
            if time.monotonic() - since > PATIENCE_SECONDS:
                return
            await asyncio.sleep(GATHER_SECONDS)

    async def _send(self, chat: int, planned: float | None = None) -> Place:
        sample = self._samples[next(self._turn) % len(self._samples)]
        async with self._free:
            begun = time.time()
            place, _ = await self._post(chat, {"file_id": sample.file_id, "caption": f"/{sample.model}"})
        self.traffic.sent[place] = begun if planned is None else planned
        if planned is not None:
            self.late.append((begun - planned) * 1e3)
        return place

    async def _post(self, chat: int, body: aiohttp.FormData | Mapping[str, str]) -> tuple[Place, dict[str, Any]]:
        url = f"{self._stack.base}/sandbox/chats/{chat}/photo"
        sent = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
        async with self._stack.session.post(url, **sent) as response:
            if response.status != 200:
                raise CannotMeasure(f"the sandbox did not take a picture: {await response.text()}")
            message: dict[str, Any] = await response.json()
        return (chat, message["message_id"]), message

"""Pictures held in memory for a while, so that their heat maps can be drawn when they are asked for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from conversion import Picture
from models import Diagnosis

_NO_PIXELS = np.empty((0, 0, 3), np.uint8)
# The heat map and the probabilities beside the file, and what Python needs to hold them.
_OVERHEAD = 8_192


@dataclass(frozen=True)
class Held:
    """The file as it came, and what was seen in it. The decoded picture would take ten times the room of its file, so
    it is decoded again when it is needed: ``diagnosis`` has none. It was read at ``size`` (width, height)."""

    data: bytes
    diagnosis: Diagnosis
    size: tuple[int, int]
    expires_at: datetime

    def with_picture(self, picture: Picture) -> Diagnosis:
        """The diagnosis with the picture that ``data`` holds, at whichever size."""
        return self.diagnosis.on(picture, self.size)


class Shelf:
    """Holds each picture for ``keep``, at most ``room`` bytes in all: the oldest make room for new ones. Used in one
    event loop."""

    def __init__(self, keep: timedelta, room: int) -> None:
        self._keep = keep
        self._room = room
        self._held: dict[str, Held] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.size = 0

    def put(self, name: str, data: bytes, diagnosis: Diagnosis) -> datetime | None:
        """Until when the picture is held; None where there is no room for it at all."""
        weight = len(data) + _OVERHEAD
        if weight > self._room or not self._keep:
            return None
        while self.size + weight > self._room:
            self._drop(next(iter(self._held)))
        bare = replace(diagnosis, picture=Picture(_NO_PIXELS, diagnosis.picture.source_format))
        size = (diagnosis.picture.width, diagnosis.picture.height)
        held = Held(data, bare, size, datetime.now(UTC) + self._keep)
        self._held[name] = held
        self.size += weight
        loop = asyncio.get_running_loop()
        self._timers[name] = loop.call_later(self._keep.total_seconds(), self._drop, name)
        return held.expires_at

    def get(self, name: str) -> Held | None:
        """The picture, None when it is no longer held."""
        return self._held.get(name)

    def clear(self) -> None:
        """Lets go of everything."""
        for name in list(self._held):
            self._drop(name)

    def _drop(self, name: str) -> None:
        self.size -= len(self._held.pop(name).data) + _OVERHEAD
        self._timers.pop(name).cancel()

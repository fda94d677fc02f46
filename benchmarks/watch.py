"""What a run takes of the machine while it lasts: processor time, memory, the bot's queue and its event loop."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import aiohttp
import numpy as np

from benchmarks.processes import cpu_seconds, descendants, proportional_mib
from bot.metrics import BEAT_SECONDS

EVERY_SECONDS = 1.0
_HEARTBEAT = re.compile(r"^second_look_heartbeat_timestamp_seconds (\S+)$", re.MULTILINE)
_QUEUE = re.compile(r'^second_look_queue\{channel="telegram"\} (\S+)$', re.MULTILINE)


@dataclass
class Watch:
    """Looks again and again at the bot with the number ``bot``, whose metrics are at ``url``, its decoding processes,
    and the ``sandbox``. ``memory`` is MiB of the bot and its decoding processes by seconds since the beginning."""

    session: aiohttp.ClientSession
    url: str
    bot: int
    sandbox: int
    beats: list[float] = field(default_factory=list)
    queue: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    sandbox_memory: list[float] = field(default_factory=list)
    _cpu: dict[str, float] = field(default_factory=dict)
    _begun: float = 0.0

    async def run(self) -> None:
        """Look until cancelled."""
        self._cpu = self._taken()
        self._begun = time.monotonic()
        while True:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Look once."""
        pids = [self.bot, *descendants(self.bot)]
        self.memory.append((time.monotonic() - self._begun, sum(map(proportional_mib, pids))))
        self.sandbox_memory.append(proportional_mib(self.sandbox))
        async with self.session.get(self.url) as response:
            text = await response.text()
        if (beat := _HEARTBEAT.search(text)) and (not self.beats or float(beat[1]) != self.beats[-1]):
            self.beats.append(float(beat[1]))
        if waiting := _QUEUE.search(text):
            self.queue.append(float(waiting[1]))

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time since the beginning, by process."""
        return {name: seconds - self._cpu.get(name, 0.0) for name, seconds in self._taken().items()}

    def _taken(self) -> dict[str, float]:
        return {
            "bot": cpu_seconds(self.bot),
            "decoding": sum(map(cpu_seconds, descendants(self.bot))),
            "sandbox": cpu_seconds(self.sandbox),
            "load generator": cpu_seconds(os.getpid()),
        }


def lags(beats: Sequence[float]) -> list[float]:
    """Milliseconds that the event loop came round late, from the times at which it did (Unix seconds)."""
    return [max(0.0, later - sooner - BEAT_SECONDS) * 1e3 for sooner, later in pairwise(beats)]


def slope(memory: Sequence[tuple[float, float]]) -> float | None:
    """MiB a minute by least squares, from MiB by seconds; None for fewer than two samples."""
    if len(memory) < 2:
        return None
    seconds, mebibytes = np.array(memory).T
    return round(float(np.polyfit(seconds, mebibytes, 1)[0]) * 60, 2)

"""The work queue: many persons at once, one request of a person at a time and in its order."""

from __future__ import annotations

import asyncio
import time
from bisect import insort
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

_WEIGHT_OF_LATEST = 0.2
_SECONDS_AT_FIRST = 1.0


@dataclass(frozen=True)
class Spot:
    """Where the next request of a person stands: at ``place`` 1 it is the next to be taken."""

    person: int
    request_id: int
    place: int


class Lanes:
    """Request numbers by person. Within a lane answers come in the order of the questions, and no person, however many
    pictures they send and wherever, holds more than one worker."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[int, deque[int]] = {}
        self._turns: deque[int] = deque()
        self._in_hand: dict[int, tuple[int, float]] = {}
        # Released once for each turn, and at the end for each worker.
        self._calls = asyncio.Semaphore(0)
        self._closed = False
        self._average = _SECONDS_AT_FIRST

    def put(self, person: int, request_id: int) -> None:
        """Queue a request behind the earlier ones of its person, if it neither waits nor is in hand already."""
        lane = self._waiting.get(person)
        if lane is None:
            self._waiting[person] = deque((request_id,))
            self._give_turn(person)
        elif request_id not in lane and self._in_hand.get(person, (None,))[0] != request_id:
            insort(lane, request_id)

    @property
    def waiting(self) -> int:
        """How many requests nobody works on yet."""
        return sum(len(lane) for lane in self._waiting.values())

    async def take(self) -> tuple[int, int] | None:
        """The next person and request; the person is held until ``done``. None: closed, nothing more is to be begun."""
        if self._closed:
            return None
        while True:
            await self._calls.acquire()
            if not self._turns:
                return None
            person = self._turns.popleft()
            lane = self._waiting[person]
            if lane:
                request_id = lane.popleft()
                self._in_hand[person] = (request_id, self._clock())
                return person, request_id
            del self._waiting[person]

    def done(self, person: int) -> None:
        """Let the person's next request be taken."""
        _, since = self._in_hand.pop(person)
        self._average += _WEIGHT_OF_LATEST * (self._clock() - since - self._average)
        if self._waiting[person]:
            self._give_turn(person)
        else:
            del self._waiting[person]

    def put_back(self, person: int, request_id: int, seconds: float) -> None:
        """Let the request that was taken, and only then the person's others, be taken again after ``seconds``."""
        del self._in_hand[person]
        self._waiting[person].appendleft(request_id)
        asyncio.get_running_loop().call_later(seconds, self._give_turn, person)

    def withdraw(self, person: int, request_ids: Collection[int]) -> None:
        """Forget these requests of the person, as far as they wait."""
        lane = self._waiting.get(person)
        if lane is not None:
            kept = [request_id for request_id in lane if request_id not in request_ids]
            lane.clear()
            lane.extend(kept)

    def in_hand(self) -> list[int]:
        """The requests that are worked on."""
        return [request_id for request_id, _ in self._in_hand.values()]

    def line(self) -> list[Spot]:
        """The next request of each person, in the order in which they will be taken; behind them those of persons of
        whom one is in work. A request that was put back is not in line until its time."""
        order = [*self._turns, *self._in_hand]
        waiting = [(person, self._waiting[person][0]) for person in order if self._waiting[person]]
        return [Spot(person, request_id, place) for place, (person, request_id) in enumerate(waiting, start=1)]

    def seconds_each(self) -> float:
        """How long a request takes: the running average, or what those in work have taken by now if that is more."""
        now = self._clock()
        taken = [now - since for _, since in self._in_hand.values()]
        return max(self._average, sum(taken) / len(taken)) if taken else self._average

    def close(self, workers: int) -> None:
        """Wake the ``workers`` that wait. A request that one of them was about to be given is still given."""
        self._closed = True
        for _ in range(workers):
            self._calls.release()

    def _give_turn(self, person: int) -> None:
        self._turns.append(person)
        self._calls.release()

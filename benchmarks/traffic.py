"""What was sent to the bot, what came of it, and the counting."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HOURGLASS = "⏳"
"""Begins what the bot says of a picture that waits for its turn."""

Place = tuple[int, int]
"""A chat and the number of a message in it."""


class EventsLost(Exception):
    """The sandbox dropped events before they were read."""


@dataclass
class Traffic:
    """When pictures were sent, reacted to and answered, in Unix seconds, by their places.

    Events are those of the sandbox's ``/sandbox/events``. An event may be read before the answer to the request that
    sent the picture, so that ``sent`` is compared with the rest only when it is counted.
    """

    sent: dict[Place, float] = field(default_factory=dict)
    reactions: dict[Place, float] = field(default_factory=dict)
    answers: dict[Place, float] = field(default_factory=dict)
    refused: set[Place] = field(default_factory=set)
    noticed: set[Place] = field(default_factory=set)
    repeats: int = 0
    _seen: int = 0
    _waiting: dict[Place, asyncio.Event] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """The number of the last event that was taken in."""
        return self._seen

    @property
    def open(self) -> int:
        """How many pictures have no answer yet."""
        return len(self.sent.keys() - self.answers.keys())

    def take(self, body: Mapping[str, Any]) -> None:
        """Takes in an answer of ``/sandbox/events?after=SEEN``. Raises ``EventsLost``."""
        if body["first"] > self._seen + 1:
            raise EventsLost(f"{body['first'] - self._seen - 1} events were dropped before they were read")
        for event in body["events"]:
            if event["type"] == "reaction":
                self.reactions.setdefault((event["chat_id"], event["message_id"]), event["at"])
            elif event["type"] == "message":
                self._take_message(event)
        self._seen = body["last"]

    async def answered(self, place: Place) -> None:
        """Returns once the picture at ``place`` has its answer."""
        if place not in self.answers:
            await self._waiting.setdefault(place, asyncio.Event()).wait()

    def give_up(self) -> None:
        """Lets those go who wait for an answer: none is expected any more."""
        for event in self._waiting.values():
            event.set()

    def _take_message(self, event: Mapping[str, Any]) -> None:
        message = event["message"]
        replied = message.get("reply_to_message", {}).get("message_id")
        if replied is None or not message["from"]["is_bot"]:
            return
        place = (event["chat_id"], replied)
        if message.get("text", "").startswith(HOURGLASS):
            self.noticed.add(place)
        elif place in self.answers:
            self.repeats += 1
        else:
            self.answers[place] = event["at"]
            if "photo" not in message:
                self.refused.add(place)
            if waiting := self._waiting.pop(place, None):
                waiting.set()


@dataclass(frozen=True)
class Tally:
    """The counts of a run that sent for ``seconds``, from ``begun`` on (Unix seconds); ``reaction`` and ``answer`` are
    milliseconds from sending, one for each picture. ``accepted`` is what the bot's journal holds, ``lost`` what got no
    answer, ``repeats`` are answers beyond the first, ``noticed`` pictures whose sender was told of the queue,
    ``drained`` the seconds that answers still came after the sending was over."""

    sent: int
    accepted: int
    answered: int
    refused: int
    lost: int
    repeats: int
    noticed: int
    answers_a_second: float
    drained: float
    reaction: tuple[float, ...]
    answer: tuple[float, ...]


def tally(traffic: Traffic, accepted: int, begun: float, seconds: float) -> Tally:
    """Counts ``traffic``. Only what was sent counts; answers a second are those that came while it was sent."""
    answered = traffic.sent.keys() & traffic.answers.keys()
    in_time = sum(begun <= traffic.answers[place] <= begun + seconds for place in answered)
    return Tally(
        sent=len(traffic.sent),
        accepted=accepted,
        answered=len(answered),
        refused=len(traffic.refused & answered),
        lost=traffic.open,
        repeats=traffic.repeats,
        noticed=len(traffic.noticed & traffic.sent.keys()),
        answers_a_second=round(in_time / seconds, 2),
        drained=max(0.0, max((traffic.answers[place] for place in answered), default=0.0) - begun - seconds),
        reaction=_waits(traffic.sent, traffic.reactions),
        answer=_waits(traffic.sent, traffic.answers),
    )


def _waits(sent: Mapping[Place, float], came: Mapping[Place, float]) -> tuple[float, ...]:
    return tuple((came[place] - since) * 1e3 for place, since in sent.items() if place in came)

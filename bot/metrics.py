"""What the bot counts for Prometheus, beside the readings that ``models.metrics`` counts. No person, no chat."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from prometheus_client import Gauge

from bot.lanes import Lanes
from bot.outcome import Failure
from journal import Milliseconds, Reading, Request
from journal.entries import RATE_LIMITED
from models import Diagnosis, Refusal
from models.metrics import ANSWER_SECONDS, PLACES, PLACES_TAKEN, QUEUE, count_failure, count_request, observe
from models.metrics import count as count_result

CHANNEL: Final = "telegram"
BEAT_SECONDS: Final = 5.0
HEARTBEAT: Final = Gauge("second_look_heartbeat_timestamp_seconds", "When the event loop last came round")


def count(result: Diagnosis | Refusal | Failure | Reading) -> None:
    """Counts a request that ended with ``result``."""
    if isinstance(result, Diagnosis | Reading):
        count_request(CHANNEL, result.model, str(result.verdict))
    elif isinstance(result, Refusal):
        count_request(CHANNEL, result.model, "refused")
    else:
        count_failure(CHANNEL, None, result.code)


def count_too_many(model: str | None) -> None:
    """Counts a picture that was one too many for its sender."""
    refusal = Refusal(RATE_LIMITED, "one too many for its sender", model=model)
    count_result(refusal, None)
    count(refusal)


def count_time(request: Request, milliseconds: Milliseconds) -> None:
    """Counts the steps of ``request`` that only the bot knows, and how long the person has waited for its answer."""
    for step, took in (("download", milliseconds.download), ("send", milliseconds.reply)):
        if took is not None:
            observe(step, took / 1e3)
    waited = (datetime.now(UTC) - request.received_at).total_seconds()
    ANSWER_SECONDS.labels(CHANNEL).observe(max(0.0, waited))


def watch(lanes: Lanes, workers: int) -> None:
    """The depth of the queue and the places taken are those of ``lanes`` from now on."""
    PLACES.labels(CHANNEL).set(workers)
    QUEUE.labels(CHANNEL).set_function(lambda: lanes.waiting)
    PLACES_TAKEN.labels(CHANNEL).set_function(lambda: len(lanes.in_hand()))


async def beat() -> None:
    """Tell the time again and again: when that ends, so has the event loop, whatever still answers in its place."""
    while True:
        HEARTBEAT.set_to_current_time()
        await asyncio.sleep(BEAT_SECONDS)

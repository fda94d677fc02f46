"""What is counted for Prometheus by everything that serves: readings, refusals, novelty, time, engines. No person, no
picture. ``deploy/METRICS.md`` tells what each means."""

from __future__ import annotations

import logging
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, Info, start_http_server

from models import tracing
from models.build import version
from models.card import ModelCard
from models.diagnosis import Diagnosis, Refusal
from models.ensemble import Ensemble

NO_MODEL: Final = "none"
_SHARES: Final = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 4.0)
_STEP_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 120.0)
_ANSWER_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)

READINGS = Counter("second_look_readings", "Pictures that a model has read", ("model", "verdict"))
REFUSALS = Counter("second_look_refusals", "Pictures that were refused", ("model", "code"))
NOVELTY = Histogram("second_look_novelty", "Novelty over the limit of the model's card", ("model",), buckets=_SHARES)
REFERENCE = Gauge(
    "second_look_reference_share", "Share of a verdict that the model's card expects", ("model", "verdict")
)
ENGINE = Gauge(
    "second_look_engine",
    "1 for each model that is loaded, and what runs it",
    ("model", "version", "engine", "device", "precision"),
)
ENGINE_FAILURES = Counter("second_look_engine_failures", "Engines that were given up", ("model", "how"))
BUILD = Info("second_look_build", "What is running")

REQUESTS = Counter("second_look_requests", "Pictures by way in, model and outcome", ("channel", "model", "outcome"))
FAILURES = Counter("second_look_failures", "Pictures that could not be answered, by reason", ("channel", "code"))
IN_FLIGHT = Gauge("second_look_in_flight", "HTTP requests that are being worked on", ("channel",))
QUEUE = Gauge("second_look_queue", "Requests that wait to be worked on", ("channel",))
PLACES = Gauge("second_look_places", "Requests that can be worked on at the same time", ("channel",))
PLACES_TAKEN = Gauge("second_look_places_taken", "Places that are taken", ("channel",))
SECONDS = Histogram("second_look_seconds", "Time for a picture, by step", ("channel", "step"), buckets=_STEP_SECONDS)
ANSWER_SECONDS = Histogram(
    "second_look_answer_seconds", "Time from a request's arrival to its answer", ("channel",), buckets=_ANSWER_SECONDS
)
ERRORS = Counter("second_look_errors", "Errors in the log, by their code, or by who logged them", ("code",))


def count(result: Diagnosis | Refusal, card: ModelCard | None) -> None:
    """Counts ``result``; ``card`` is the card of its model, None where it has none."""
    if isinstance(result, Diagnosis):
        READINGS.labels(result.model, result.verdict.value).inc()
    else:
        REFUSALS.labels(result.model or NO_MODEL, str(result.code)).inc()
    if card is not None and result.novelty is not None:
        NOVELTY.labels(card.name).observe(result.novelty / card.novelty.threshold)
    if result.timings is not None:
        observe("convert", result.timings.convert / 1e3)
        observe("infer", result.timings.infer / 1e3)


def count_request(channel: str, model: str | None, outcome: str) -> None:
    """Counts a picture that came by ``channel`` ("api" or the like): ``outcome`` is the verdict, "refused" or
    "failed"."""
    REQUESTS.labels(channel, model or NO_MODEL, outcome).inc()


def count_failure(channel: str, model: str | None, code: str) -> None:
    """Counts a picture that could not be answered, and ``code``, the reason."""
    count_request(channel, model, "failed")
    FAILURES.labels(channel, code).inc()


def observe(step: str, seconds: float) -> None:
    """Counts the time of a ``step`` of the request that is worked on here."""
    SECONDS.labels(tracing.channel(), step).observe(seconds)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Counts the block's time as the step ``name``; a block that fails is no step done."""
    begun = time.perf_counter()
    yield
    observe(name, time.perf_counter() - begun)


def count_answer() -> None:
    """The request that is worked on here has its answer."""
    work = tracing.current()
    if work is not None:
        ANSWER_SECONDS.labels(work.channel).observe(time.perf_counter() - work.begun)


def loaded(card: ModelCard, model: Ensemble) -> None:
    """The model of ``card`` is loaded, and what it is expected to say."""
    ENGINE.labels(*_engine_labels(card, model)).set(1)
    for verdict, share in (card.reference.verdicts if card.reference else {}).items():
        REFERENCE.labels(card.name, verdict).set(share)


def unloaded(card: ModelCard, model: Ensemble) -> None:
    """The model of ``card`` is not loaded any more."""
    ENGINE.remove(*_engine_labels(card, model))


def count_engine_failure(card: ModelCard, how: str) -> None:
    """Counts that the engine of ``card`` was given up: it "failed", or it "hung"."""
    ENGINE_FAILURES.labels(card.name, how).inc()


def show_build(revision: str) -> None:
    """What is running: this version, built from ``revision``."""
    BUILD.info({"version": version(), "revision": revision, "python": platform.python_version()})


@contextmanager
def served_at(host: str, port: int) -> Iterator[int]:
    """Serves the counts at ``http://host:port/metrics`` as long as the block runs; the port, chosen freely for 0.
    Raises ``OSError`` when it is taken."""
    server, thread = start_http_server(port, host)
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _engine_labels(card: ModelCard, model: Ensemble) -> tuple[str, ...]:
    engine = model.engine
    return card.name, card.version, engine.name, engine.device, engine.precision


class ErrorCounter(logging.Handler):
    """Counts the errors that are logged: by the ``alert`` that a line brings along, else by the name of its logger."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        ERRORS.labels(getattr(record, "alert", record.name)).inc()

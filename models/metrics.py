"""What is counted for Prometheus: readings, refusals, novelty and time. No person, no picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import Counter, Histogram, start_http_server

from models.card import ModelCard
from models.diagnosis import Diagnosis, Refusal

NO_MODEL: Final = "none"
_SHARES: Final = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 4.0)
_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

READINGS = Counter("second_look_readings", "Pictures that a model has read", ("model", "verdict"))
REFUSALS = Counter("second_look_refusals", "Pictures that were refused", ("model", "code"))
NOVELTY = Histogram("second_look_novelty", "Novelty over the limit of the model's card", ("model",), buckets=_SHARES)
SECONDS = Histogram("second_look_seconds", "Time for a picture, by step", ("step",), buckets=_SECONDS)


def count(result: Diagnosis | Refusal, card: ModelCard | None) -> None:
    """Counts ``result``; ``card`` is the card of its model, None where it has none."""
    if isinstance(result, Diagnosis):
        READINGS.labels(result.model, result.verdict.value).inc()
    else:
        REFUSALS.labels(result.model or NO_MODEL, str(result.code)).inc()
    if card is not None and result.novelty is not None:
        NOVELTY.labels(card.name).observe(result.novelty / card.novelty.threshold)
    if result.timings is not None:
        SECONDS.labels("convert").observe(result.timings.convert / 1e3)
        SECONDS.labels("infer").observe(result.timings.infer / 1e3)


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

"""The metrics that the programs really have, with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from prometheus_client import REGISTRY

import bot.metrics
import bot.telegram_counts
import journal
import web.tracing  # noqa: F401 - each registers its own
from models.metrics import show_build

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",), "gauge": ("",)}
GIVEN_BY_PROMETHEUS = {"job", "instance"}


@dataclass(frozen=True)
class Metric:
    """``name`` as it is documented: a counter's with ``_total``, an info's with ``_info``."""

    name: str
    kind: str
    labels: frozenset[str]


@cache
def metrics() -> dict[str, Metric]:
    """The project's own metrics by name."""
    assert bot.metrics
    assert bot.telegram_counts
    assert journal
    show_build("")
    found = {}
    for collector in list(REGISTRY._collector_to_names):
        wrapped: Any = collector
        if not getattr(wrapped, "_name", "").startswith("second_look_"):
            continue
        kind = wrapped._type
        labels = wrapped._value if kind == "info" else wrapped._labelnames
        name = wrapped._name + (SUFFIXES[kind][0] if kind in ("counter", "info") else "")
        found[name] = Metric(name, kind, frozenset(labels))
    return found


@cache
def series() -> dict[str, set[str]]:
    """Everything that Prometheus finds at the programs, by name, with its labels."""
    found = {}
    for metric in metrics().values():
        stem = metric.name.removesuffix("_total").removesuffix("_info")
        for suffix in SUFFIXES[metric.kind]:
            extra = {"le"} if suffix == "_bucket" else set()
            found[stem + suffix] = set(metric.labels) | extra | GIVEN_BY_PROMETHEUS
    for family in REGISTRY.collect():
        for sample in family.samples:
            if not sample.name.startswith("second_look_"):
                found[sample.name] = set(sample.labels) | GIVEN_BY_PROMETHEUS
    return found

"""What a PromQL expression asks for: names of metrics, and the labels that they must have for it to make sense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import promql_parser as promql


@dataclass
class Use:
    """A metric, and the labels by which it is selected or grouped."""

    name: str
    labels: set[str] = field(default_factory=set)


def uses(expression: str) -> list[Use]:
    """Every selector of ``expression`` with its labels. Grafana's interval stands for five minutes."""
    return list(_walk(promql.parse(expression.replace("$__rate_interval", "5m"))))


def _walk(node: Any) -> Iterator[Use]:
    if isinstance(node, promql.VectorSelector):
        matchers = node.matchers.matchers
        named = [matcher.value for matcher in matchers if matcher.name == "__name__"]
        labels = {matcher.name for matcher in matchers} - {"__name__"}
        yield Use(node.name or named[0], labels)
    elif isinstance(node, promql.AggregateExpr):
        by = set(node.modifier.labels) if node.modifier and node.modifier.type == promql.AggModifierType.By else set()
        for use in _walk(node.expr):
            yield Use(use.name, use.labels | by)
    elif isinstance(node, promql.BinaryExpr):
        matching = node.modifier.matching if node.modifier else None
        on = set(matching.labels) if matching and matching.type == promql.LabelModifierType.Include else set()
        for side in (node.lhs, node.rhs):
            for use in _walk(side):
                yield Use(use.name, use.labels | on)
    else:
        for name in ("expr", "vector_selector", "args"):
            below = getattr(node, name, None)
            for item in below if isinstance(below, list) else [below]:
                if item is not None:
                    yield from _walk(item)

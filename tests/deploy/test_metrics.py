"""What is documented, alerted of and drawn is what the programs count."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.deploy.dockerfiles import ROOT
from tests.deploy.promql import Use, uses
from tests.deploy.registry import GIVEN_BY_PROMETHEUS, metrics, series

RULES = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/second-look.json").read_text())
PERSONAL = {
    "user",
    "user_id",
    "chat",
    "chat_id",
    "person",
    "language",
    "key",
    "key_id",
    "file_id",
    "request",
    "address",
}
OF_PROMETHEUS = {"up": GIVEN_BY_PROMETHEUS, "ALERTS": {"alertname", "alertstate", "severity"} | GIVEN_BY_PROMETHEUS}


def rules() -> list[dict[str, Any]]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    """Where each expression stands, and the expression."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for annotation in DASHBOARD["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]


def known() -> dict[str, set[str]]:
    """Every series that an expression may ask for. What a rule records has the labels that its name begins with."""
    recorded = {rule["record"]: set(rule["record"].split(":")[0].split("_")) for rule in rules() if "record" in rule}
    return {**series(), **recorded, **OF_PROMETHEUS}


def documented() -> dict[str, tuple[str, frozenset[str]]]:
    table = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", (ROOT / "deploy/METRICS.md").read_text(), re.MULTILINE)
    return {name: (kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels in table}


def test_the_table_lists_every_metric_with_its_labels_and_no_other() -> None:
    assert documented() == {metric.name: (metric.kind, metric.labels) for metric in metrics().values()}


def test_no_label_is_a_persons() -> None:
    assert not {label for metric in metrics().values() for label in metric.labels} & PERSONAL


@pytest.mark.parametrize(("place", "expression"), list(expressions()))
def test_what_is_asked_for_is_there_with_the_labels_that_are_used(place: str, expression: str) -> None:
    asked = uses(expression)
    assert asked
    for use in asked:
        assert use.name in known(), use.name
        assert use.labels <= known()[use.name], use


def test_every_metric_is_looked_at() -> None:
    asked = {use.name for _, expression in expressions() for use in uses(expression)}
    looked_at = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} | asked
    assert set(metrics()) - looked_at == set()


def test_legends_and_texts_name_labels_that_their_series_have() -> None:
    texts = [(target["expr"], target["legendFormat"]) for panel in panels() for target in panel["targets"]]
    texts += [(rule["expr"], rule["annotations"]["summary"]) for rule in rules() if "alert" in rule]
    for expression, text in texts:
        named = set(re.findall(r"\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}", text))
        there = set().union(*(known()[use.name] for use in uses(expression)))
        assert named <= there, text


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('rate(a{x="1"}[5m])', [Use("a", {"x"})]),
        ("sum by (y) (rate(a[$__rate_interval]))", [Use("a", {"y"})]),
        ('{__name__="a",x!~"1"} offset 5m', [Use("a", {"x"})]),
        ('a > on (x) 5 * sum by (y) (b{z="1"})', [Use("a", {"x"}), Use("b", {"x", "y", "z"})]),
        ("histogram_quantile(0.5, sum by (le) (a)) or vector(1)", [Use("a", {"le"})]),
        ("clamp_min(a, 1) unless -b", [Use("a"), Use("b")]),
    ],
)
def test_an_expression_is_taken_apart(expression: str, expected: list[Use]) -> None:
    assert uses(expression) == expected


def test_the_dashboard_has_each_thing_once_and_nothing_overlaps() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    sources = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    (uid,) = [source["uid"] for source in sources["datasources"]]
    assert {target["datasource"]["uid"] for panel in panels() for target in panel["targets"]} == {uid}

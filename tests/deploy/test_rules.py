"""The alerts: correct, tested, and each with words on what to do."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml

from tests.deploy.dockerfiles import ROOT
from tests.deploy.test_metrics import rules

FOLDER = ROOT / "deploy" / "prometheus"
TESTS = sorted(FOLDER.glob("*_test.yml"))
ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}
RUNBOOK = re.findall(r"^### (\w+)$", (ROOT / "deploy/README.md").read_text(), re.MULTILINE)
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


def promtool(*arguments: str) -> str:
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_promtool
def test_prometheus_takes_its_configuration_and_the_rules() -> None:
    assert "is valid" in promtool("check", "config", "prometheus.yml")
    assert "rules found" in promtool("check", "rules", "rules.yml")


@needs_promtool
@pytest.mark.parametrize("tests", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_else_do_not(tests: object) -> None:
    assert "SUCCESS" in promtool("test", "rules", str(tests))


def test_every_alert_is_seen_to_fire_and_every_figure_computed() -> None:
    cases = [case for path in TESTS for case in yaml.safe_load(path.read_text())["tests"]]
    fired = {test["alertname"] for case in cases for test in case.get("alert_rule_test", ()) if test.get("exp_alerts")}
    assert fired == set(ALERTS)
    computed = " ".join(test["expr"] for case in cases for test in case.get("promql_expr_test", ()))
    assert all(rule["record"] in computed for rule in rules() if "record" in rule)


def test_every_alert_says_what_it_is_and_where_it_is_written_what_to_do() -> None:
    assert list(ALERTS) == RUNBOOK
    for name, rule in ALERTS.items():
        assert rule["labels"]["severity"] in ("page", "ticket"), name
        assert len(rule["annotations"]["summary"]) > 15, name
        assert rule["annotations"]["runbook"] == f"deploy/README.md#{name.lower()}"

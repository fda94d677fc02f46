"""What is counted, and where Prometheus finds it."""

from __future__ import annotations

import logging
import platform
import socket
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from models import Catalog, DiagnosisService
from models.card import Reference
from models.metrics import ErrorCounter, count_answer, served_at, show_build, step
from models.tracing import working_on
from tests.tiny_models import flat_png


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"second_look_{name}", labels) or 0.0


async def test_readings_refusals_novelty_and_time_are_counted(weights: Path) -> None:
    names = {
        "suspicious": ("readings_total", {"model": "melanoma", "verdict": "suspicious"}),
        "small": ("refusals_total", {"model": "melanoma", "code": "too_small"}),
        "unlike": ("refusals_total", {"model": "melanoma", "code": "unlike_training"}),
        "no picture": ("refusals_total", {"model": "none", "code": "not_a_picture"}),
        "novelties": ("novelty_count", {"model": "melanoma"}),
        "within the limit": ("novelty_bucket", {"model": "melanoma", "le": "1.0"}),
        "inferences": ("seconds_count", {"channel": "none", "step": "infer"}),
    }
    before = {key: counted(name, **labels) for key, (name, labels) in names.items()}
    async with DiagnosisService(Catalog.load(weights), "onnxruntime") as service:
        for data in (flat_png(204), flat_png(width=20), flat_png(0, 0, 255), b"no picture at all"):
            await service.diagnose(data, None if data.startswith(b"no") else "melanoma")
    added = {key: counted(name, **labels) - before[key] for key, (name, labels) in names.items()}
    assert added == {
        "suspicious": 1, "small": 1, "unlike": 1, "no picture": 1, "novelties": 2, "within the limit": 1,
        "inferences": 4,
    }  # fmt: skip


async def test_what_runs_each_model_is_told_as_long_as_it_is_loaded(weights: Path) -> None:
    def told(model: str, version: str) -> float | None:
        labels = {"model": model, "version": version, "engine": "onnxruntime", "device": "cpu", "precision": "f32"}
        return REGISTRY.get_sample_value("second_look_engine", labels)

    catalog = Catalog.load(weights)
    card = catalog.card("melanoma")
    reference = Reference(
        pictures=9, measured_on="x", verdicts={"suspicious": 0.25}, refusals={}, novelty=tuple(range(9))
    )
    catalog = Catalog(catalog.folder, {**catalog.cards, "melanoma": card.model_copy(update={"reference": reference})})
    async with DiagnosisService(catalog, "onnxruntime") as service:
        assert told("melanoma", card.version) is None
        await service.start()
        assert told("melanoma", card.version) == 1
        assert told("pneumonia", catalog.card("pneumonia").version) == 1
        assert counted("reference_share", model="melanoma", verdict="suspicious") == 0.25
        async with DiagnosisService(catalog, "onnxruntime") as second:
            await second.start()
    assert told("melanoma", card.version) is None


def test_steps_and_answers_are_those_of_the_request_that_is_worked_on() -> None:
    names: tuple[tuple[str, dict[str, str]], ...] = (
        ("seconds_count", {"channel": "api", "step": "a step"}),
        ("seconds_count", {"channel": "none", "step": "a step"}),
        ("answer_seconds_count", {"channel": "api"}),
    )
    before = [counted(name, **labels) for name, labels in names]
    count_answer()
    with step("a step"):
        pass
    with working_on("api", "1"):
        with step("a step"):
            pass
        with pytest.raises(ZeroDivisionError), step("a step"):
            _ = 1 / 0
        count_answer()
    assert [counted(name, **labels) - was for (name, labels), was in zip(names, before, strict=True)] == [1, 1, 1]


def test_errors_in_the_log_are_counted_by_their_code_or_by_who_logged_them() -> None:
    before = counted("errors_total", code="gave_up"), counted("errors_total", code="some.module")
    handler = ErrorCounter()
    for level, extra in ((logging.ERROR, {"alert": "gave_up"}), (logging.CRITICAL, {}), (logging.WARNING, {})):
        record = logging.makeLogRecord({"name": "some.module", "levelno": level, **extra})
        if level >= handler.level:
            handler.handle(record)
    assert (counted("errors_total", code="gave_up"), counted("errors_total", code="some.module")) == (
        before[0] + 1,
        before[1] + 1,
    )


def test_the_build_is_told() -> None:
    show_build("c0ffee")
    labels = {"version": "0.1.0", "revision": "c0ffee", "python": platform.python_version()}
    assert counted("build_info", **labels) == 1


def test_prometheus_finds_them_as_long_as_the_block_runs() -> None:
    with served_at("127.0.0.1", 0) as port:
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60).read().decode()
        assert "second_look_readings_total" in text
        with pytest.raises(OSError, match="in use"), served_at("127.0.0.1", port):
            pass
    with socket.socket() as free:
        assert free.connect_ex(("127.0.0.1", port)) != 0

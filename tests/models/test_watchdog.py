"""Engines that fail or hang cost time, and not the answer."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from models import Catalog, CorruptWeights, Diagnosis, DiagnosisService, EngineFailed, EnginesStuck
from models.engines.base import EngineOptions
from models.threads import MOST_LEFT_BEHIND
from tests.faulty_engines import Faults, choose_faulty
from tests.tiny_models import flat_png

SECONDS = 0.75


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faults:
    folder = tmp_path / "faults"
    folder.mkdir()
    faults = Faults(folder)
    monkeypatch.setattr("models.service.choose", lambda setting: choose_faulty(faults, setting))
    return faults


@pytest.fixture(params=["openvino", "onnxruntime"])
async def service(catalog: Catalog, faults: Faults, request: pytest.FixtureRequest) -> AsyncIterator[DiagnosisService]:
    options = EngineOptions(threads=1)
    async with DiagnosisService(catalog, request.param, options=options, inference_seconds=SECONDS) as service:
        await service.start()
        yield service
        faults.release()


@pytest.fixture
def loads(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "models")
    return caplog


def loaded(log: pytest.LogCaptureFixture, model: str = "melanoma") -> int:
    return sum(line.startswith(f"Loaded {model}") for line in log.messages)


def given_up(how: str, model: str = "melanoma") -> float:
    return REGISTRY.get_sample_value("second_look_engine_failures_total", {"model": model, "how": how}) or 0.0


async def share(service: DiagnosisService, red: int, model: str | None = None) -> float:
    """What the model makes of so much red; a tiny model says just that."""
    result = await service.diagnose(flat_png(red), model)
    assert isinstance(result, Diagnosis)
    return next(f.probability for f in result.findings if f.label in ("malignant", "pneumonia"))


@pytest.mark.parametrize(("fault", "how"), [("raise", "failed"), ("hang", "hung")])
async def test_after_a_fault_the_model_is_loaded_anew_and_the_picture_read(
    service: DiagnosisService, faults: Faults, loads: pytest.LogCaptureFixture, fault: str, how: str
) -> None:
    before = given_up(how)
    faults.plan("infer", fault)
    assert await share(service, 204) == pytest.approx(0.8)
    assert (loaded(loads), given_up(how) - before) == (1, 1)
    (told,) = [record for record in loads.records if record.levelno == logging.ERROR]
    assert (told.getMessage(), told.alert) == (  # type: ignore[attr-defined]
        f"the engine of melanoma {how}; the model is loaded anew",
        "engine_failed",
    )
    assert await share(service, 51) == pytest.approx(0.2)
    assert loaded(loads) == 1


@pytest.mark.parametrize(("fault", "how"), [("raise", "failed"), ("hang", "hung")])
async def test_a_second_fault_is_an_error_of_its_own_and_the_next_picture_is_read(
    service: DiagnosisService, faults: Faults, fault: str, how: str
) -> None:
    faults.plan("infer", fault, fault)
    with pytest.raises(EngineFailed, match=f"^the engine of melanoma {how}$"):
        await share(service, 204)
    assert await share(service, 204) == pytest.approx(0.8)


async def test_all_that_were_in_the_hands_of_an_engine_that_hangs_are_read_by_one_new_one(
    service: DiagnosisService, faults: Faults, loads: pytest.LogCaptureFixture
) -> None:
    faults.plan("infer", "slow", "hang", "slow")
    reds = (51, 102, 153, 204, 51, 102)
    assert await asyncio.gather(*(share(service, red) for red in reds)) == pytest.approx([red / 255 for red in reds])
    # With "slow" being slower than the limit, three of the first four were given up, with one engine.
    assert loaded(loads) == 1


async def test_while_an_engine_hangs_other_models_read(service: DiagnosisService, faults: Faults) -> None:
    faults.plan("infer", "hang")
    hanging = asyncio.create_task(share(service, 204, "melanoma"))
    while faults.left("infer"):
        await asyncio.sleep(0.005)
    assert await share(service, 51, "pneumonia") == pytest.approx(0.2)
    assert not hanging.done()
    assert await hanging == pytest.approx(0.8)


async def test_who_waits_for_a_hanging_engine_is_read_by_the_new_one_and_leaves_no_thread_behind(
    catalog: Catalog,
) -> None:
    """OpenVINO has one request a stream: behind one that hangs all others wait, and would for ever."""
    hangs = threading.Event()
    async with DiagnosisService(catalog, "openvino", options=EngineOptions(threads=1), inference_seconds=2) as service:
        await service.start()
        engine = service._models["melanoma"]._model.engine  # type: ignore[union-attr]

        class Hanging:
            def infer(self, _inputs: object) -> object:
                hangs.wait()
                raise AssertionError("nobody waits for this any more")

        engine._idle.get()  # type: ignore[attr-defined]
        engine._idle.put(Hanging())  # type: ignore[attr-defined]
        first = asyncio.create_task(share(service, 204))
        while not engine._idle.empty():  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)
        await asyncio.sleep(1)  # so that it is the first one's time that is over first, by far
        reds = (51, 102, 153)
        assert await asyncio.gather(*(share(service, red) for red in reds)) == pytest.approx([r / 255 for r in reds])
        assert await first == pytest.approx(0.8)
        assert service._engine_threads._left_behind == 1
        hangs.set()


async def test_a_callers_mistake_costs_no_engine(
    service: DiagnosisService, loads: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"models.engines.{service.engine}.check_images", lambda *_: int("no number"))
    with pytest.raises(ValueError, match="no number"):
        await share(service, 204)
    assert loaded(loads) == 0


async def test_a_model_whose_file_was_spoilt_meanwhile_is_asked_as_it_is_and_not_loaded_anew(
    service: DiagnosisService, faults: Faults, weights: Path
) -> None:
    path = weights / "melanoma" / "model0.onnx"
    good = path.read_bytes()
    path.write_bytes(bytes(len(good)))
    assert await share(service, 204) == pytest.approx(0.8)  # what is in memory is as good as ever
    faults.plan("infer", "raise")
    for _ in range(2):
        with pytest.raises(CorruptWeights, match=r"model0\.onnx"):
            await share(service, 204)
    assert await share(service, 51, "pneumonia") == pytest.approx(0.2)
    path.write_bytes(good)
    assert await share(service, 204) == pytest.approx(0.8)


async def test_a_model_is_shown_as_loaded_only_while_it_is(
    service: DiagnosisService, faults: Faults, weights: Path
) -> None:
    labels = {"model": "melanoma", "version": "0.1.0", "engine": service.engine, "device": "cpu", "precision": "f32"}
    (weights / "melanoma" / "model0.onnx").unlink()
    assert REGISTRY.get_sample_value("second_look_engine", labels) == 1
    faults.plan("infer", "raise")
    with pytest.raises(Exception, match=r"model0\.onnx"):
        await share(service, 204)
    assert REGISTRY.get_sample_value("second_look_engine", labels) is None


async def test_a_load_that_hangs_is_given_up(catalog: Catalog, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.watchdog.LOADING_SECONDS", SECONDS)
    faults.plan("load", "hang")
    async with DiagnosisService(catalog, "onnxruntime") as service:
        with pytest.raises(EngineFailed, match="melanoma hung while it was loaded"):
            await share(service, 204)
        assert await share(service, 204) == pytest.approx(0.8)
        faults.release()


async def test_when_too_many_calls_hang_nothing_more_is_asked_and_the_process_is_told_to_end(
    service: DiagnosisService, faults: Faults
) -> None:
    stuck = asyncio.create_task(service.until_stuck())
    faults.plan("infer", *["hang"] * (MOST_LEFT_BEHIND + 2))
    for _ in range(MOST_LEFT_BEHIND // 2):
        with pytest.raises(EngineFailed, match="hung"):
            await share(service, 204)
    assert not stuck.done()
    # The one that was too many is told like the others: it is one of those that hung.
    with pytest.raises(EngineFailed, match="of melanoma hung"):
        await share(service, 204)
    with pytest.raises(EnginesStuck, match="more than 4 engine threads hang"):
        await stuck
    with pytest.raises(EnginesStuck):
        await share(service, 51, "pneumonia")


async def test_threads_that_come_back_late_are_forgiven(service: DiagnosisService, faults: Faults) -> None:
    for _ in range(MOST_LEFT_BEHIND + 2):
        faults.plan("infer", "slow")  # slower than the limit
        assert await share(service, 204) == pytest.approx(0.8)
        await asyncio.sleep(0.2)
    engines = [thread for thread in threading.enumerate() if thread.name == "engine"]
    assert len(engines) <= 3

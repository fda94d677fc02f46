"""Bytes in, a diagnosis or a refusal out."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import numpy_helper
from PIL import Image

from conversion import DecodingLimits, Fit, QualityLimits
from models import (
    Catalog,
    ContractViolation,
    CorruptWeights,
    Diagnosis,
    DiagnosisService,
    Finding,
    Refusal,
    RefusalCode,
    UnknownModel,
    Verdict,
)
from models.card import Thresholds
from models.engines.base import EngineOptions, NetworkFile
from models.engines.contract import check_output
from models.interpretation import verdict_of
from tests.tiny_models import flat_png, tiny_network, write_tiny_model, write_tiny_skin, write_tiny_weights

ONE_THREAD = EngineOptions(threads=1)


@pytest.fixture
async def service(catalog: Catalog) -> AsyncIterator[DiagnosisService]:
    async with DiagnosisService(catalog, "onnxruntime", options=ONE_THREAD) as service:
        yield service


async def diagnosed(service: DiagnosisService, data: bytes, model: str | None = None) -> Diagnosis:
    result = await service.diagnose(data, model)
    assert isinstance(result, Diagnosis)
    return result


async def refused(service: DiagnosisService, data: bytes, model: str | None = None) -> Refusal:
    result = await service.diagnose(data, model)
    assert isinstance(result, Refusal)
    return result


async def test_a_diagnosis_says_what_was_found_and_by_what(service: DiagnosisService) -> None:
    result = await diagnosed(service, flat_png(204, 51, 128, width=200, height=100))
    assert (result.model, result.version, result.engine) == ("melanoma", "0.1.0", "onnxruntime")
    assert result.weights_hash == service.catalog.weights_hash("melanoma")
    assert result.verdict is Verdict.SUSPICIOUS
    assert [finding.label for finding in result.findings] == ["malignant", "benign"]
    assert [finding.probability for finding in result.findings] == pytest.approx([0.8, 0.2])
    assert result.heatmap == pytest.approx(np.full((8, 8), (204 + 51 + 128) / 3 / 255))
    assert result.novelty == pytest.approx(1 / 255, abs=1e-6)
    assert (result.picture.width, result.picture.height, result.region) == (200, 100, (0, 0, 200, 100))
    assert result.timings.convert > 0
    assert result.timings.infer > 0


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
async def test_every_engine_gives_the_same_verdict(catalog: Catalog, engine: str) -> None:
    async with DiagnosisService(catalog, engine, options=ONE_THREAD) as service:
        result = await diagnosed(service, flat_png(102), "pneumonia")
    assert result.verdict is Verdict.UNCLEAR
    assert result.findings == (
        Finding("normal", pytest.approx(0.6)),
        Finding("pneumonia", pytest.approx(0.4)),
    )


async def test_the_named_model_is_asked_else_the_default_one(catalog: Catalog, service: DiagnosisService) -> None:
    assert (await diagnosed(service, flat_png(10))).model == "melanoma"
    assert (await diagnosed(service, flat_png(10), "pneumonia")).model == "pneumonia"
    async with DiagnosisService(catalog, "onnxruntime", default_model="pneumonia", options=ONE_THREAD) as other:
        assert (await diagnosed(other, flat_png(10))).model == "pneumonia"


async def test_an_unknown_model_is_named_with_the_known_ones(catalog: Catalog, service: DiagnosisService) -> None:
    with pytest.raises(UnknownModel, match="'skin'; known: melanoma, pneumonia"):
        await service.diagnose(flat_png(), "skin")
    with pytest.raises(UnknownModel, match="'skin'"):
        DiagnosisService(catalog, "onnxruntime", default_model="skin")


@pytest.mark.parametrize(
    ("positive", "verdict"),
    [
        (0.0, Verdict.UNSUSPICIOUS),
        (np.nextafter(0.25, 0), Verdict.UNSUSPICIOUS),
        (0.25, Verdict.UNCLEAR),
        (np.nextafter(0.75, 0), Verdict.UNCLEAR),
        (0.75, Verdict.SUSPICIOUS),
        (1.0, Verdict.SUSPICIOUS),
    ],
)
def test_the_bands_meet_at_the_thresholds(positive: float, verdict: Verdict) -> None:
    cuts = Thresholds(
        positive=("b", "c"), unsuspicious_below=0.25, suspicious_from=0.75, chosen_on="a fold", rule="by hand"
    )
    findings = [Finding("a", 1 - positive), Finding("b", positive / 2), Finding("c", positive / 2)]
    assert verdict_of(findings, cuts) is verdict


def test_a_most_probable_label_that_is_positive_is_never_unsuspicious() -> None:
    """Among many labels the first may lead with less than any cut."""
    cuts = Thresholds(
        positive=("mel",), unsuspicious_below=0.4, suspicious_from=0.7, chosen_on="a fold", rule="by hand"
    )
    others = [Finding(label, 0.7 / 6) for label in "abcdef"]
    assert verdict_of([Finding("mel", 0.3), *others], cuts) is Verdict.UNCLEAR
    assert verdict_of([*others, Finding("mel", 0.3)], cuts) is Verdict.UNCLEAR
    assert verdict_of([Finding("nv", 0.4), Finding("mel", 0.3), Finding("a", 0.3)], cuts) is Verdict.UNSUSPICIOUS


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7).filter(any), st.floats(0, 0.5), st.floats(0.5, 1))
def test_unsuspicious_never_has_a_risky_finding_first_nor_more_than_half_at_risk(
    weights: list[float], low: float, high: float
) -> None:
    labels = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
    cuts = Thresholds(
        positive=("akiec", "bcc", "mel"), unsuspicious_below=low, suspicious_from=high, chosen_on="-", rule="-"
    )
    findings = [Finding(label, weight / sum(weights)) for label, weight in zip(labels, weights, strict=True)]
    at_risk = sum(finding.probability for finding in findings if finding.label in cuts.positive)
    leading = max(findings, key=lambda finding: finding.probability)
    if verdict_of(findings, cuts) is Verdict.UNSUSPICIOUS:
        assert at_risk < low
        assert leading.label not in cuts.positive
    else:
        assert at_risk >= low or leading.label in cuts.positive


async def test_an_ensemble_of_many_classes_is_read_as_one_model(tmp_path: Path) -> None:
    card = write_tiny_skin(tmp_path)
    async with DiagnosisService(Catalog.load(tmp_path), "openvino", None, "skin", options=ONE_THREAD) as service:
        suspicious = await diagnosed(service, flat_png(255))
        unclear = await diagnosed(service, flat_png(136))
        unsuspicious = await diagnosed(service, flat_png(51))
    assert [reading.verdict for reading in (suspicious, unclear, unsuspicious)] == [
        Verdict.SUSPICIOUS,
        Verdict.UNCLEAR,
        Verdict.UNSUSPICIOUS,
    ]
    assert suspicious.weights_hash == card.weights_hash
    assert len(suspicious.findings) == 7
    assert [f.probability for f in suspicious.findings] == pytest.approx([0.25] * 3 + [0.0625] * 4)
    assert {finding.label for finding in suspicious.findings[:3]} == {"akiec", "bcc", "mel"}
    assert suspicious.heatmap.shape == (8, 8)


async def test_a_picture_unlike_the_training_data_is_refused(service: DiagnosisService) -> None:
    assert isinstance(await service.diagnose(flat_png(204, 0, 242)), Diagnosis)  # novelty 0.898
    result = await refused(service, flat_png(204, 0, 243))  # 0.906
    assert result.code == RefusalCode.UNLIKE_TRAINING
    assert result.details == {"value": pytest.approx(2 * 243 / 255 - 1), "limit": 0.9}
    assert (result.model, result.novelty) == ("melanoma", pytest.approx(2 * 243 / 255 - 1))
    assert "unlike" in result.message
    assert result.timings
    assert result.timings.infer > 0


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (b"a text, named .jpg", "not_a_picture"), (flat_png()[:60], "damaged")],
)
async def test_what_is_no_picture_is_refused(service: DiagnosisService, data: bytes, code: str) -> None:
    result = await refused(service, data, "pneumonia")
    assert (result.code, result.model, result.novelty) == (code, "pneumonia", None)
    assert result.message


async def test_limits_on_decoding_are_kept(catalog: Catalog) -> None:
    limits = DecodingLimits(megapixels=0.005)
    async with DiagnosisService(catalog, "onnxruntime", limits, options=ONE_THREAD) as service:
        assert (await refused(service, flat_png())).code == "too_many_pixels"


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (flat_png(width=63), "too_small", "the shorter side has 63 pixels, the model needs 64"),
        (flat_png(20, 20, 20), "too_dark", "too dark (brightness 20 of 255, the model needs 40)"),
        (flat_png(250, 250, 250), "too_bright", "too bright (brightness 250 of 255, the model bears 220)"),
        (flat_png(90, 90, 90), "colourless", "no colour (chroma 0.0 of 255, the model needs 5)"),
        (flat_png(90, 60, 60), "blurred", "blurred (sharpness 0.0, the model needs 3)"),
    ],
)
async def test_a_poor_picture_is_refused_with_its_measure(tmp_path: Path, data: bytes, code: str, message: str) -> None:
    quality = QualityLimits(min_sharpness=3, min_brightness=40, max_brightness=220, min_colourfulness=5)
    write_tiny_model(tmp_path, "melanoma", quality=quality)
    async with DiagnosisService(Catalog.load(tmp_path), "onnxruntime", options=ONE_THREAD) as service:
        result = await refused(service, data)
    assert result.code == code
    assert message in result.message
    assert result.details["limit"]


async def test_a_centre_crop_tells_which_part_the_heat_map_shows(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "melanoma", fit=Fit.CENTRE_CROP)
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 100:200] = (204, 204, 128)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    async with DiagnosisService(Catalog.load(tmp_path), "onnxruntime", options=ONE_THREAD) as service:
        result = await diagnosed(service, buffer.getvalue())
    assert result.region == (100, 0, 200, 100)
    assert result.findings[0] == Finding("malignant", pytest.approx(0.8, abs=2e-3))  # the kernel reaches over the edge


async def test_sixteen_callers_at_once_each_get_their_own_answer(catalog: Catalog) -> None:
    reds = [16 * number for number in range(16)]
    async with DiagnosisService(catalog, "openvino", options=EngineOptions(threads=2)) as service:
        results = await asyncio.gather(
            *(service.diagnose(flat_png(red), ("melanoma", "pneumonia")[red // 16 % 2]) for red in reds)
        )
    for red, result in zip(reds, results, strict=True):
        assert isinstance(result, Diagnosis)
        assert {item.label: item.probability for item in result.findings}[
            ("malignant", "pneumonia")[red // 16 % 2]
        ] == pytest.approx(red / 255, abs=1e-6)
        assert result.picture.pixels[0, 0, 0] == red


async def test_the_event_loop_stays_free_while_pictures_are_read(
    service: DiagnosisService, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop_thread, threads = threading.get_ident(), set()

    def slow(network: NetworkFile, pictures: int, arrays: object) -> object:
        threads.add(threading.get_ident())
        time.sleep(0.2)
        return check_output(network, pictures, arrays)  # type: ignore[arg-type]

    await service.start()
    monkeypatch.setattr("models.engines.onnxruntime.check_output", slow)
    reading = asyncio.create_task(service.diagnose(flat_png()))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 10
    assert threads
    assert loop_thread not in threads


async def test_start_loads_every_model_once(catalog: Catalog, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "models.service")
    async with DiagnosisService(catalog, "onnxruntime", options=ONE_THREAD) as service:
        await asyncio.gather(service.start(), service.start(), service.diagnose(flat_png()))
    loaded = sorted(line.split()[1] for line in caplog.messages if line.startswith("Loaded"))
    assert loaded == ["melanoma", "pneumonia"]


async def test_changed_weights_are_never_loaded(weights: Path, service: DiagnosisService) -> None:
    path = weights / "melanoma" / "model0.onnx"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(CorruptWeights):
        await service.diagnose(flat_png())
    assert isinstance(await service.diagnose(flat_png(), "pneumonia"), Diagnosis)


async def test_numbers_that_are_not_finite_never_become_a_verdict(tmp_path: Path) -> None:
    """A network that loads and is well on grey, but divides by zero where the picture is black."""
    card = write_tiny_model(tmp_path, "melanoma")
    model = tiny_network()
    (rest,) = (node for node in model.graph.node if node.output[0] == "novelty")
    rest.op_type = "Div"
    rest.input[:] = ["two_", "mean_blue"]
    model.graph.initializer.append(numpy_helper.from_array(np.float32(0.1), "two_"))
    data = model.SerializeToString()
    (tmp_path / "melanoma" / "model0.onnx").write_bytes(data)
    file = card.files[0].model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})
    card.model_copy(update={"files": (file,)}).write(tmp_path / "melanoma" / "card.json")
    async with DiagnosisService(Catalog.load(tmp_path), "onnxruntime", options=ONE_THREAD) as service:
        assert isinstance(await service.diagnose(flat_png()), Diagnosis)
        with pytest.raises(ContractViolation, match="novelty holds numbers that are not finite"):
            await service.diagnose(flat_png(0, 0, 0))


async def test_after_close_nothing_is_read(tmp_path: Path) -> None:
    service = DiagnosisService(Catalog.load(write_tiny_weights(tmp_path)), "onnxruntime", options=ONE_THREAD)
    await service.diagnose(flat_png())
    await service.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        await service.diagnose(flat_png())

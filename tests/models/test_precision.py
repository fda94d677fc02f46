"""Which precision a model is run in: what its card, the processor, and a process that tries it out have to say."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client import REGISTRY

from models import Catalog, DiagnosisService
from models.diagnosis import Diagnosis
from models.engines import openvino, processor
from models.engines.base import EngineOptions, NetworkFile, Precision
from models.precision import choice, trial
from models.precision.choice import Precisions
from models.precision.findings import Finding, Findings
from models.precision.trial import Trial
from models.verification import Outcome, verify
from tests.tiny_models import SIDE, TinyNetwork, allow_bf16, flat_png, tiny_parity, write_tiny_model
from tests.waiting import wait_until

BF16_HERE = openvino.computes_bf16()
needs_bf16 = pytest.mark.skipif(not BF16_HERE, reason="this CPU has no bf16")


@pytest.fixture
def weights(weights: Path) -> Path:
    """As everywhere, but ``pneumonia`` has a network of its own."""
    write_tiny_model(
        weights, "pneumonia", labels=("normal", "pneumonia"), positive=("pneumonia",), networks=(TinyNetwork(gain=0.5),)
    )
    return weights


@pytest.fixture
def options(tmp_path: Path) -> EngineOptions:
    return EngineOptions(threads=1, cache=tmp_path / "compiled")


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO says that this CPU has bfloat16."""
    monkeypatch.setattr(openvino, "computes_bf16", lambda: True)


def keep(catalog: Catalog, options: EngineOptions, name: str = "melanoma", **found: Any) -> Findings:
    """What was found out about the model's network on this machine: by default that bfloat16 works and pays."""
    assert options.cache is not None
    findings = Findings(options.cache / "precision", f"openvino {openvino.version()}")
    told = {"works": True, "differs": 0.001, "speedup": 2.5, **found}
    findings.keep(Finding(sha256=catalog.card(name).files[0].sha256, **told))
    return findings


def chosen(weights: Path, options: EngineOptions, setting: str = "auto", engine: str = "openvino") -> Precision:
    return Precisions(Catalog.load(weights), engine, options, setting).of("melanoma")


def told_by_child(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Has bfloat16 tried out by ``script``."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(path))


def networks(weights: Path) -> list[NetworkFile]:
    catalog = Catalog.load(weights)
    return [network for name in catalog.cards for network in catalog.networks(name)]


@pytest.mark.usefixtures("announced")
def test_bf16_needs_a_card_that_allows_it_and_a_trial_that_went_well(weights: Path, options: EngineOptions) -> None:
    keep(Catalog.load(weights), options)
    assert chosen(weights, options) is Precision.F32
    allow_bf16(weights)
    assert chosen(weights, options) is Precision.BF16
    assert chosen(weights, options, "f32") is Precision.F32
    assert chosen(weights, options, "auto", "onnxruntime") is Precision.F32
    assert chosen(weights, EngineOptions(threads=1)) is Precision.F32  # nowhere to know it from


@pytest.mark.usefixtures("announced")
@pytest.mark.parametrize(
    "found",
    [{"works": False}, {"differs": 0.03}, {"speedup": 1.05}],
    ids=["does not work", "computes something else", "is hardly quicker"],
)
def test_what_a_trial_speaks_against_is_not_used(weights: Path, options: EngineOptions, found: dict[str, Any]) -> None:
    allow_bf16(weights)
    keep(Catalog.load(weights), options, **found)
    assert chosen(weights, options) is Precision.F32


def test_a_cpu_without_bf16_is_not_asked_for_it(
    weights: Path, options: EngineOptions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(openvino, "computes_bf16", lambda: False)
    monkeypatch.setattr(choice, "Trial", None)  # none is made
    allow_bf16(weights)
    keep(Catalog.load(weights), options)
    assert chosen(weights, options) is Precision.F32
    assert not caplog.records
    assert chosen(weights, options, "bf16") is Precision.F32
    assert "INFERENCE_PRECISION: melanoma is computed in f32: this CPU has no bf16" in caplog.text
    Precisions(Catalog.load(weights), "openvino", options).try_out_now()


@pytest.mark.usefixtures("announced")
def test_who_asks_for_bf16_gets_it_untried_where_the_card_allows_it(
    weights: Path, options: EngineOptions, caplog: pytest.LogCaptureFixture
) -> None:
    assert chosen(weights, options, "bf16") is Precision.F32
    assert "melanoma is computed in f32: its card does not allow bf16" in caplog.text
    allow_bf16(weights)
    assert chosen(weights, options, "bf16") is Precision.BF16
    assert chosen(weights, options, "bf16", "onnxruntime") is Precision.F32
    assert "only OpenVINO computes in bf16" in caplog.text


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"probability_largest": 0.021}, "a probability differs by 0.0210, more than 0.02"),
        ({"verdicts_changed": 0.0021}, "the share of verdicts that change is 0.0021, more than 0.002"),
        ({"refusals_changed": 0.006}, "the share of refusals that change is 0.0060, more than 0.005"),
        ({"auc_difference": -0.0021}, "the AUC differs by 0.0021, more than 0.002"),
    ],
)
def test_a_card_allows_what_keeps_all_limits_on_all_folds(weights: Path, change: dict[str, float], fault: str) -> None:
    card = Catalog.load(weights).card("melanoma")
    good, bad = tiny_parity(card), tiny_parity(card, **change)
    assert good.faults() == ()
    assert bad.faults() == (fault,)

    def allows(*records: Any) -> bool:
        return card.model_copy(update={"parity": records}).allows(Precision.BF16)

    assert card.allows(Precision.F32)
    assert not allows()
    assert allows(good)
    assert not allows(bad)
    assert not allows(good, bad.model_copy(update={"fold": "calibration"}))
    assert not allows(good.model_copy(update={"fold": "calibration"}))
    assert not allows(good.model_copy(update={"weights_hash": "0" * 64}))


@needs_bf16
def test_a_trial_finds_out_and_the_next_start_uses_it(weights: Path, options: EngineOptions) -> None:
    allow_bf16(weights)
    catalog = Catalog.load(weights)
    precisions = Precisions(catalog, "openvino", options)
    precisions.try_out()
    wait_until(lambda: precisions._findings.get(catalog.card("melanoma").files[0].sha256) is not None, 60)
    precisions.close()
    found = precisions._findings.get(catalog.card("melanoma").files[0].sha256)
    assert found is not None
    assert found.works
    assert found.differs < 0.01
    assert found.speedup > 0
    assert precisions._findings.get(catalog.card("pneumonia").files[0].sha256) is None  # its card does not allow it
    assert options.cache is not None
    assert {path.name.partition("-")[2] for path in (options.cache / "openvino").iterdir()} == {"f32", "bf16"}


@pytest.mark.usefixtures("announced")
def test_what_is_known_is_not_tried_again(
    weights: Path, options: EngineOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_bf16(weights)
    tried: list[str] = []

    class NoTrial:
        def __init__(self, networks: list[NetworkFile], threads: int, cache: Path) -> None:
            tried.extend(network.sha256 for network in networks)

        def findings(self) -> list[Finding]:
            return [Finding(sha256=tried[-1], works=True, speedup=2.0)]

    monkeypatch.setattr(choice, "Trial", NoTrial)
    for _ in range(2):
        Precisions(Catalog.load(weights), "openvino", options).try_out_now()
    assert len(tried) == 1
    assert chosen(weights, options) is Precision.BF16

    monkeypatch.setattr(processor, "identity", lambda: "another processor")
    assert chosen(weights, options) is Precision.F32
    Precisions(Catalog.load(weights), "openvino", options).try_out_now()
    assert len(tried) == 2
    monkeypatch.setattr(openvino, "version", lambda: "9999.1")
    assert chosen(weights, options) is Precision.F32


@pytest.mark.usefixtures("announced")
@pytest.mark.parametrize("text", ["", "{", '{"sha256": "0"}', '{"works": true, "speedup": NaN}', "\xff"])
def test_a_finding_that_cannot_be_read_is_left_aside(
    weights: Path, options: EngineOptions, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    allow_bf16(weights)
    keep(Catalog.load(weights), options)
    assert options.cache is not None
    (path,) = (options.cache / "precision").iterdir()
    path.write_text(text, encoding="latin-1")
    assert chosen(weights, options) is Precision.F32
    assert "cannot be read" in caplog.text
    keep(Catalog.load(weights), options)
    assert chosen(weights, options) is Precision.BF16


def test_a_finding_of_another_network_is_left_aside(weights: Path, options: EngineOptions) -> None:
    findings = keep(Catalog.load(weights), options)
    first, second = (network.sha256 for network in networks(weights))
    assert options.cache is not None
    (path,) = (options.cache / "precision").iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"sha256": second}))
    assert findings.get(first) is None


def test_findings_that_cannot_be_kept_cost_time_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    findings = Findings(tmp_path / "cache", "openvino")
    findings.keep(Finding(sha256="0" * 64, works=True))
    assert findings.get("0" * 64) is None
    assert "is not kept" in caplog.text


@pytest.mark.parametrize(("ends_by", "known"), [("ILL", 2), ("SEGV", 2), ("ABRT", 2), ("KILL", 1), ("TERM", 1)])
def test_a_process_that_bf16_ends_says_that_it_does_not_work(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends_by: str, known: int
) -> None:
    """One that is ended for want of memory, or with the machine, says nothing."""
    first, second = networks(weights)
    line = Finding(sha256=first.sha256, works=True, speedup=2.0).model_dump_json()
    told_by_child(monkeypatch, tmp_path, f"echo '{line}'; kill -{ends_by} $$")
    found = {finding.sha256: finding.pays for finding in Trial([first, second], 1, tmp_path).findings()}
    expected = {first.sha256: True, second.sha256: False}
    assert found == dict(list(expected.items())[:known])


def test_a_process_that_hangs_says_that_bf16_does_not_work(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_by_child(monkeypatch, tmp_path, "exec sleep 600")
    monkeypatch.setattr(trial, "_GRACE_SECONDS", 0.1)
    found = Trial(networks(weights), 1, tmp_path, seconds=0).findings()
    assert [finding.works for finding in found] == [False, False]


@pytest.mark.parametrize(
    "script",
    [
        "echo it is quick",
        "echo '{}'",
        f"""echo '{{"sha256": "{"0" * 64}", "works": true, "differs": NaN, "speedup": 2}}'""",
        f"""echo '{{"sha256": "{"0" * 64}", "works": true, "differs": 0, "speedup": 2}}'""",
        "exit 1",
        "true",
    ],
    ids=["words", "nothing in it", "no number", "of a network that was not asked for", "failed", "silent"],
)
def test_a_process_that_lies_or_fails_says_nothing(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    told_by_child(monkeypatch, tmp_path, script)
    assert Trial(networks(weights), 1, tmp_path).findings() == []


@pytest.mark.usefixtures("announced")
async def test_a_service_tries_it_out_beside_its_work_and_ends_that_with_itself(
    weights: Path, options: EngineOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_bf16(weights)
    told_by_child(monkeypatch, tmp_path, f"touch {tmp_path / 'begun'}; exec sleep 600")
    async with DiagnosisService(Catalog.load(weights), "openvino", options=options, precision="auto") as service:
        await service.start()
        wait_until((tmp_path / "begun").exists)
        assert isinstance(await service.diagnose(flat_png(204), "melanoma"), Diagnosis)
    assert options.cache is not None
    assert not (options.cache / "precision").exists()  # that it was ended tells nothing


@needs_bf16
async def test_the_precision_is_logged_and_counted_and_the_engine_keeps_its_name(
    weights: Path, options: EngineOptions, caplog: pytest.LogCaptureFixture
) -> None:
    card = allow_bf16(weights)
    caplog.set_level(logging.INFO)
    async with DiagnosisService(Catalog.load(weights), "openvino", options=options, precision="bf16") as service:
        result = await service.diagnose(flat_png(204), "melanoma")
        labels = {
            "model": "melanoma", "version": card.version, "engine": "openvino", "device": "cpu", "precision": "bf16",
        }  # fmt: skip
        assert REGISTRY.get_sample_value("second_look_engine", labels) == 1
    assert isinstance(result, Diagnosis)
    assert result.engine == "openvino"
    assert result.findings[0].probability == pytest.approx(0.8, abs=0.01)
    assert any("Loaded melanoma" in line and "bf16" in line for line in caplog.messages)


@needs_bf16
def test_the_head_is_computed_in_f32_all_the_same(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny networks are nothing but a head."""
    (network,) = Catalog.load(weights).networks("melanoma")
    images = np.random.default_rng(3).integers(0, 256, (2, SIDE, SIDE, 3), np.uint8)
    images[..., 0] //= 3
    expected = openvino.OpenVinoEngine(network, EngineOptions(1)).infer(images).probabilities

    def difference() -> float:
        narrow = openvino.OpenVinoEngine(network, EngineOptions(1, None, Precision.BF16))
        return float(np.abs(narrow.infer(images).probabilities - expected).max())

    assert difference() < 1e-6
    monkeypatch.setattr(openvino, "_keep_head_in_f32", lambda model: None)
    assert difference() > 1e-5


@needs_bf16
def test_both_precisions_are_compiled_apart_and_their_golden_outputs_checked(
    weights: Path, options: EngineOptions
) -> None:
    catalog = Catalog.load(weights)
    (network,) = catalog.networks("melanoma")
    wide = openvino.OpenVinoEngine(network, options)
    narrow = openvino.OpenVinoEngine(network, EngineOptions(1, options.cache, Precision.BF16))
    assert (wide.precision, narrow.precision) == (Precision.F32, Precision.BF16)
    assert "bf16" in narrow.describe()
    images = np.random.default_rng(3).integers(0, 256, (2, SIDE, SIDE, 3), np.uint8)
    assert narrow.infer(images).probabilities == pytest.approx(wide.infer(images).probabilities, abs=0.01)
    assert options.cache is not None
    blobs = {path.parent.name.partition("-")[2] for path in options.cache.rglob("*.blob")}
    assert blobs == {"f32", "bf16"}
    checks = [check for check in verify(catalog, "melanoma", options, Precision.BF16) if "bf16" in check.subject]
    assert [(check.subject, check.outcome) for check in checks] == [
        ("openvino bf16 contract", Outcome.OK),
        ("openvino bf16 golden", Outcome.FAILED),  # there are none
    ]

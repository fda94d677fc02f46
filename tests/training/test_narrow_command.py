"""A served model of float16 kernels becomes one of 8-bit kernels, measured anew, or stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models.card import ModelCard
from models.catalog import CARD, Catalog
from models.engines.base import EngineOptions
from models.verification import Outcome, verify
from tests.tiny_models import SIDE, write_tiny_model
from tests.training.commands import run
from tests.training.networks import Convolutions, save_onnx
from tests.training.pictures import write_xrays
from training.evaluation.served import ServedModel
from training.export.card_writer import weights_file
from training.export.narrow import store_narrow, to_half_precision


@pytest.fixture(scope="module")
def xrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_xrays(tmp_path_factory.mktemp("xrays"), patients=25)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """The model ``pneumonia`` 0.1.0, its kernels float16."""
    network = Convolutions(2)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data = torch.from_numpy(to_half_precision(module.weight.detach().numpy()))
    card = write_tiny_model(tmp_path / "weights", "pneumonia", labels=("normal", "pneumonia"), positive=("pneumonia",))
    folder = tmp_path / "weights" / "pneumonia"
    path = save_onnx(network, folder / "exported.onnx", SIDE)
    assert store_narrow(path) >= 4
    (folder / card.files[0].path).unlink()
    entry = weights_file(path, "convolutions")
    path.rename(folder / entry.path)
    card.model_copy(update={"files": (entry,)}).write(folder / CARD)
    return tmp_path / "weights"


def _narrow(xrays: Path, weights: Path, *options: str) -> tuple[int, str]:
    done = run(
        "narrow", "model=pneumonia", f"data.root={xrays}", f"weights_dir={weights}", "resamples=50",
        f"data.cache={weights.parent / 'cache'}", f"run_dir={weights.parent / 'run'}", *options,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_kernels_become_8_bit_and_everything_is_measured_anew(xrays: Path, weights: Path) -> None:
    before = Catalog.load(weights).card("pneumonia")
    size = (weights / "pneumonia" / before.files[0].path).stat().st_size
    pixels = np.random.default_rng(0).integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)
    expected = ServedModel.load(weights, "pneumonia", "onnxruntime").infer(pixels)
    status, said = _narrow(xrays, weights)
    assert status == 0, said
    assert "calibration AUC" in said
    card = Catalog.load(weights).card("pneumonia")
    assert (before.version, card.version) == ("0.1.0", "0.1.1")
    assert card.thresholds == before.thresholds
    assert card.novelty.threshold != before.novelty.threshold
    assert {figure.fold for figure in card.figures} == {"test"}
    assert [path.name for path in (weights / "pneumonia").glob("*.onnx")] == [card.files[0].path]
    assert (weights / "pneumonia" / card.files[0].path).stat().st_size < size - 17_000
    found = ServedModel.load(weights, "pneumonia", "onnxruntime").infer(pixels)
    assert 0 < np.abs(found.probabilities - expected.probabilities).max() < 0.02
    checks = list(verify(Catalog.load(weights), "pneumonia", EngineOptions()))
    assert [check for check in checks if check.outcome is Outcome.FAILED] == []
    assert any(check.subject.endswith("golden") for check in checks)

    status, said = _narrow(xrays, weights)
    assert (status, said.splitlines()[-1]) == (
        2, "error: convolutions: no kernel is left that is not stored in 8 bits."
    )  # fmt: skip


def test_a_loss_that_is_too_large_leaves_the_served_model_as_it_is(xrays: Path, weights: Path) -> None:
    before = ModelCard.read(weights / "pneumonia" / CARD)
    status, said = _narrow(xrays, weights, "largest_loss=-1")
    assert status == 2
    assert "of AUC, more than -1; nothing was changed." in said
    assert ModelCard.read(weights / "pneumonia" / CARD) == before
    assert (weights / "pneumonia" / before.files[0].path).is_file()

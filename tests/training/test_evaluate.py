"""The evaluation command on a model whose answers are known: the probability of pneumonia is the mean of red."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiny_models import TinyNetwork, write_tiny_model, write_tiny_weights

ROOT = Path(__file__).parents[2]
LESIONS = {"melanoma": (51, 105, 153, 204), "mole": (26, 77, 128), "wart": (13, 179)}
REDS = {"clear": (26, 51, 77, 102, 128, 153), "ill": (102, 128, 153, 179, 204, 230)}


@pytest.fixture(scope="module")
def reds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes whose reds overlap; the noise in green keeps pictures from being each other's lookalikes."""
    generator = np.random.default_rng(0)
    root = tmp_path_factory.mktemp("reds")
    for folder, values in REDS.items():
        (root / folder).mkdir()
        for patient, red in enumerate(values):
            for view in range(3):
                number = patient + (10 if folder == "ill" else 20)
                _picture(red, generator).save(root / folder / f"000000{number}_00{view}.png")
    (root / "clear" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    write_tiny_weights(root / "weights")
    return root


@pytest.fixture(scope="module")
def lesions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes, and the model ``skin``: two networks, to the second of which a red is half as red."""
    generator = np.random.default_rng(1)
    root = tmp_path_factory.mktemp("lesions")
    for folder, values in LESIONS.items():
        (root / folder).mkdir()
        for number, red in enumerate(values):
            _picture(red, generator).save(root / folder / f"{folder}{number}.png")
    networks = (TinyNetwork(), TinyNetwork(gain=0.5))
    write_tiny_model(root / "weights", "skin", labels=("mel", "nv", "bkl"), positive=("mel",), networks=networks)
    return root


def _picture(red: int, generator: np.random.Generator) -> Image.Image:
    pixels = np.full((80, 80, 3), (red, 0, 128), np.uint8)
    pixels[:, :, 1] = np.kron(generator.integers(0, 256, (20, 20)), np.ones((4, 4)))
    return Image.fromarray(pixels)


def _evaluate(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training.evaluate", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_figures_of_a_folder_are_written_with_intervals_and_the_command(reds: Path, tmp_path: Path) -> None:
    out = tmp_path / "metrics.json"
    done = _evaluate(
        "model=pneumonia", f"data.root={reds}", "data.classes=[clear,ill]", "fold=all", "shift=true", "resamples=200",
        f"weights_dir={reds / 'weights'}", f"data.cache={tmp_path / 'cache'}", f"out={out}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(out.read_text())
    assert report["pictures"] == {"normal": 18, "pneumonia": 18}
    assert (report["groups"], report["unreadable"], report["fold"]) == (12, 0, "all")
    assert report["refused"] == {"quality": 0.0, "unlike_training": 0.0}
    figures = report["figures"]
    # Of 36 pairs of reds 30 are in order the right way: three are ties, three the wrong way round, so 31.5 / 36.
    assert figures["auc"]["value"] == pytest.approx(31.5 / 36, abs=1e-4)
    assert figures["auc"]["low"] < figures["auc"]["value"] <= figures["auc"]["high"]
    assert figures["sensitivity"]["value"] == 1.0
    assert figures["specificity"]["value"] == pytest.approx(2 / 6, abs=1e-4)
    assert figures["sensitivity_suspicious"]["value"] == pytest.approx(3 / 6, abs=1e-4)
    assert set(report["shifted"]) >= {"darker", "brighter", "blurred", "cropped", "compressed"}
    assert report["shifted"]["darker"]["sensitivity"]["value"] < 1.0
    for name in ("sensitivity", "specificity", "sensitivity_suspicious", "specificity_suspicious"):
        worst = report["worst_shift"][name]
        assert worst["value"] == min(figures[name]["value"] for figures in report["shifted"].values())
        assert worst["value"] == report["shifted"][worst["shift"]][name]["value"]
        assert f"worst {name}: {worst['shift']}" in done.stdout
    assert "members" not in report
    assert str(reds.parent) not in report["command"]
    assert report["command"].startswith("python -m training.evaluate model=pneumonia data.root=")
    assert "auc" in done.stdout


def test_an_ensemble_of_three_classes_is_measured_class_by_class_and_member_by_member(
    lesions: Path, tmp_path: Path
) -> None:
    out = tmp_path / "skin.json"
    done = _evaluate(
        "model=skin", f"data.root={lesions}", f"data.classes=[{','.join(LESIONS)}]", "fold=all", "resamples=200",
        f"weights_dir={lesions / 'weights'}", f"data.cache={tmp_path / 'cache'}", f"out={out}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(out.read_text())
    values = {name: figure["value"] for name, figure in report["figures"].items()}
    # The first network answers (r, (1 - r) / 2, (1 - r) / 2) to a share r of red, the second so to r / 2: together
    # they say "mel" from r = 4 / 9 on, alone from 1 / 3 and from 2 / 3 on, and else "nv".
    assert report["confusion"]["counts"] == [[2, 2, 0], [1, 2, 0], [1, 1, 0]]
    assert values["accuracy"] == pytest.approx(4 / 9, abs=1e-5)
    assert values["balanced_accuracy_argmax"] == pytest.approx((2 / 4 + 2 / 3 + 0) / 3, abs=1e-5)
    assert values["macro_f1"] == pytest.approx((4 / 8 + 4 / 8 + 0) / 3, abs=1e-5)
    assert values["auc"] == pytest.approx(14 / 20, abs=1e-5)
    assert values["macro_auc"] == pytest.approx((14 / 20 + 12 / 18 + 8 / 14) / 3, abs=1e-5)
    assert (values["sensitivity"], values["specificity"]) == (3 / 4, 3 / 5)  # the mole of red 128 leads with "mel"
    assert report["pictures"] == {"mel": 4, "nv": 3, "bkl": 2}
    nv, bkl = report["classes"]["nv"], report["classes"]["bkl"]
    assert (nv["support"], nv["precision"]["value"], nv["f1"]["value"]) == (3, 0.4, 0.5)
    assert (bkl["precision"]["value"], bkl["recall"]["value"], bkl["f1"]["value"]) == (None, 0.0, 0.0)
    assert bkl["auc"]["value"] == pytest.approx(8 / 14, abs=1e-5)

    first, second = report["members"]
    assert (first["path"], first["architecture"]) == ("model0.onnx", "arithmetic")
    assert first["figures"]["balanced_accuracy_argmax"]["value"] == pytest.approx((3 / 4 + 2 / 3) / 3, abs=1e-5)
    assert second["figures"]["balanced_accuracy_argmax"]["value"] == pytest.approx((1 / 4 + 1) / 3, abs=1e-5)
    lead = report["ensemble_minus_best_member"]
    assert lead["balanced_accuracy_argmax"]["value"] == pytest.approx((2 / 4 - 3 / 4) / 3, abs=1e-5)
    assert lead["macro_auc"]["value"] == 0.0  # both order pictures alike
    for plot in ("reliability", "confusion", "roc"):
        with Image.open(tmp_path / f"skin-{plot}.png") as image:
            assert image.format == "PNG"
            assert min(image.size) > 300
    for text in ("macro_auc", "arithmetic: balanced_accuracy_argmax", "nv ", "skin-roc.png"):
        assert text in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["model=pneumonia"], "Say where the pictures are: data.root=DIR"),
        (
            ["model=dermatitis", "data.root=."],
            "model=dermatitis: no such model. Known: melanoma, pneumonia, router, skin",
        ),
        (["model=pneumonia", "data.root=nowhere"], "nowhere: no such folder"),
        (["model=pneumonia", "data.root={reds}", "data.classes=[clear,ill]", "fold=last"], "fold=last: choose one of"),
    ],
)
def test_a_mistake_ends_in_one_line_and_status_2(reds: Path, options: list[str], message: str) -> None:
    done = _evaluate(*(option.format(reds=reds) for option in options), f"weights_dir={reds / 'weights'}")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr

"""The evaluation command on a model whose answers are known: the probability of pneumonia is the mean of red."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiny_models import write_tiny_weights

ROOT = Path(__file__).parents[2]
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
                pixels = np.full((80, 80, 3), (red, 0, 128), np.uint8)
                pixels[:, :, 1] = np.kron(generator.integers(0, 256, (20, 20)), np.ones((4, 4)))
                Image.fromarray(pixels).save(
                    root / folder / f"000000{patient + (10 if folder == 'ill' else 20)}_00{view}.png"
                )
    (root / "clear" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    write_tiny_weights(root / "weights")
    return root


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
    assert str(reds.parent) not in report["command"]
    assert report["command"].startswith("python -m training.evaluate model=pneumonia data.root=")
    assert "auc" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["model=pneumonia"], "Say where the pictures are: data.root=DIR"),
        (["model=dermatitis", "data.root=."], "model=dermatitis: no such model. Known: melanoma, pneumonia"),
        (["model=pneumonia", "data.root=nowhere"], "nowhere: no such folder"),
        (["model=pneumonia", "data.root={reds}", "data.classes=[clear,ill]", "fold=last"], "fold=last: choose one of"),
    ],
)
def test_a_mistake_ends_in_one_line_and_status_2(reds: Path, options: list[str], message: str) -> None:
    done = _evaluate(*(option.format(reds=reds) for option in options), f"weights_dir={reds / 'weights'}")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr

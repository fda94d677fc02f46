"""The folds of a model's pictures as files: every picture once, no patient torn, everything counted."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.training.pictures import write_xrays

ROOT = Path(__file__).parents[2]


def _prepare(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training.prepare", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def xrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 patients a class with two pictures each; one picture twice, one file that is none."""
    root = write_xrays(tmp_path_factory.mktemp("xrays"), patients=25)
    shutil.copyfile(root / "NORMAL" / "IM-0000-0000.png", root / "NORMAL" / "IM-0000-0009.png")
    (root / "PNEUMONIA" / "person9_virus_0.png").write_bytes(b"no picture")
    return root


def test_every_picture_is_in_one_fold_and_every_patient_too(xrays: Path, tmp_path: Path) -> None:
    old = tmp_path / "run" / "checkpoints"
    old.mkdir(parents=True)
    done = _prepare(
        "model=pneumonia", f"data.root={xrays}", f"data.cache={tmp_path}/cache", f"out={tmp_path}/out",
        f"stale_run={tmp_path}/run",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not old.exists()
    with (tmp_path / "out" / "folds.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len({row["picture"] for row in rows}) == 100
    assert all((xrays / row["picture"]).is_file() for row in rows)
    assert {row["class"] for row in rows} == {"normal", "pneumonia"}
    folds = {row["group"]: row["fold"] for row in rows}
    assert all(folds[row["group"]] == row["fold"] for row in rows)
    counts = json.loads((tmp_path / "out" / "folds.json").read_text())
    assert counts["left_out"] == {"copies": 1, "contradictory": 0, "unreadable": 1}
    assert counts["groups"] == dict(Counter(folds.values()))
    for fold in ("train", "calibration", "test"):
        assert sum(counts["pictures"][fold].values()) == sum(row["fold"] == fold for row in rows) > 0
        assert f"{fold:12} normal {counts['pictures'][fold]['normal']}, " in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["model=pneumonia"], "Say where the pictures are: data.root=DIR"),
        (["data.root=."], "Say model=..."),
        (["model=pneumonia", "data.root=nowhere"], "nowhere: no such folder"),
    ],
)
def test_a_mistake_ends_in_one_line_and_leaves_an_earlier_run(tmp_path: Path, options: list[str], message: str) -> None:
    (tmp_path / "run").mkdir()
    done = _prepare(*options, f"out={tmp_path}/out", f"stale_run={tmp_path}/run")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert (tmp_path / "run").is_dir()

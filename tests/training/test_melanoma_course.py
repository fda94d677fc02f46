"""Stages of training: what is frozen, how an interrupted course goes on, two devices; Keras in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("keras_course.py")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("course")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(out)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads((out / "found.json").read_text()))


def test_a_frozen_backbone_keeps_its_weights_and_its_statistics(found: dict[str, Any]) -> None:
    assert found["backbone_moved"] == 0
    assert found["head_moved"] > 0.001


def test_an_interrupted_course_goes_on_after_the_last_epoch_kept(found: dict[str, Any]) -> None:
    assert found["stopped_3"] == [1, 3]
    assert found["stopped_5"] == [2, 5]
    assert found["epochs_seen_last"] == [6]


def test_a_finished_course_leaves_its_stages_and_the_best_weights(found: dict[str, Any]) -> None:
    assert found["stages_done"] == 3
    assert found["kept"] == [
        "best.json",
        "best.weights.h5",
        "network.json",
        *(f"stage-{n}.weights.h5" for n in (1, 2, 3)),
    ]
    assert found["best"] == found["score_again"] == 1.0


def test_two_devices_share_the_work(found: dict[str, Any]) -> None:
    assert found["replicas"] == 2
    assert found["best_on_two_devices"] == 1.0

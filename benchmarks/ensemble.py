"""The full skin ensemble, five networks with random weights, ours against PyTorch."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.comparison import OURS, Comparison
from benchmarks.engines import UNCHECKED, Plan, compare, task_of
from benchmarks.folders import ROOT, CannotMeasure
from models.catalog import Catalog
from models.errors import ModelsError

MODEL = "skin"
CONTENDERS = (OURS, UNCHECKED, "OpenVINO f32", "PyTorch eager")


def measure_ensemble(models_dir: Path, plan: Plan, say: Callable[[str], None]) -> Comparison:
    """At the size and with the classes of the skin model's card. Raises ``CannotMeasure``, also where the training's
    code, which writes the networks, is not installed."""
    card = models_dir / MODEL / "card.json"
    if not card.is_file():
        raise CannotMeasure(f"{card}: the ensemble is measured at the size of this card, which is not there")
    with tempfile.TemporaryDirectory() as folder:
        say("ensemble: five networks with random weights are exported")
        _export(Path(folder) / MODEL, card)
        try:
            task = task_of(Catalog.load(Path(folder)), MODEL)
        except ModelsError as error:
            raise CannotMeasure(str(error)) from error
        return compare(task, Path(folder), CONTENDERS, plan, say)


def _export(target: Path, card: Path) -> None:
    # In a process of its own: PyTorch is not to be part of this one.
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.random_ensemble", str(target), str(card.resolve())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotMeasure(f"the ensemble cannot be exported, which takes the extra 'training': {reason}")

"""``python -m training.prepare model=NAME data.root=DIR``: the folds of a model's pictures, checked before hours are
spent on them, as ``folds.csv`` (a row a picture) and ``folds.json`` (counts).

Folds are by hash, so training and evaluation make the same ones by themselves; here is where bad data stops first.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig

from training.command import refusing_clearly
from training.data import Prepared
from training.evaluation.datasets import configuration, data_settings, prepare_folds

FOLDS = ("train", "calibration", "test")


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="prepare")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        prepare(config)


def prepare(config: DictConfig) -> None:
    """Writes both files and prints the counts. Raises ``DataError``, and ``LeakError`` should a group be torn."""
    data = data_settings(config.model, config.data)
    prepared = prepare_folds(data, configuration(config.model).seed)
    if config.stale_run:
        shutil.rmtree(config.stale_run, ignore_errors=True)
    out, classes = Path(config.out), list(data.classes)
    out.mkdir(parents=True, exist_ok=True)
    write_folds(prepared, classes, Path(data.root), out / "folds.csv")
    counts = count_folds(prepared, classes)
    (out / "folds.json").write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    for fold in FOLDS:
        found = ", ".join(f"{name} {count}" for name, count in counts["pictures"][fold].items())
        sys.stdout.write(f"{fold:12} {found}; {counts['groups'][fold]} groups\n")
    sys.stdout.write(f"written to {out}\n")


def write_folds(prepared: Prepared, classes: Sequence[str], root: Path, path: Path) -> None:
    """``path`` becomes a table of ``picture`` (below ``root``), ``class``, ``group`` and ``fold``."""
    fold_of = {row: fold for fold in FOLDS for row in prepared.split.fold(fold)}
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["picture", "class", "group", "fold"])
        for row, sample in enumerate(prepared.samples):
            picture = sample.path.relative_to(root).as_posix()
            table.writerow([picture, classes[sample.label], sample.group, fold_of[row]])


def count_folds(prepared: Prepared, classes: Sequence[str]) -> dict[str, Any]:
    """Pictures by fold and class, groups by fold, and what was left out or merged."""
    pictures, groups = {}, {}
    for fold in FOLDS:
        members = [prepared.samples[row] for row in prepared.split.fold(fold)]
        labels = Counter(sample.label for sample in members)
        pictures[fold] = {name: labels[label] for label, name in enumerate(classes)}
        groups[fold] = len({sample.group for sample in members})
    left_out = {"copies": prepared.copies, "contradictory": prepared.contradictory, "unreadable": prepared.skipped}
    return {"pictures": pictures, "groups": groups, "left_out": left_out, "merged_groups": prepared.merged_groups}


if __name__ == "__main__":
    main()

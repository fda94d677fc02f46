"""Folds by a hash of the group: the same picture falls into the same fold on every machine, and groups never part."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from training.data.samples import DataError, Sample

FOLDS = ("train", "calibration", "test", "all")


class LeakError(Exception):
    """One group, or one file, lies on two sides of a split."""


@dataclass(frozen=True)
class Split:
    """Indices into the list of samples. ``calibration`` serves the choice of a checkpoint, the temperature and the
    thresholds; ``test`` is only measured."""

    train: tuple[int, ...]
    calibration: tuple[int, ...]
    test: tuple[int, ...]

    def fold(self, name: str) -> tuple[int, ...]:
        """The indices of ``train``, ``calibration``, ``test``, or ``all`` of them in order."""
        if name == "all":
            return tuple(sorted(self.train + self.calibration + self.test))
        folds = {"train": self.train, "calibration": self.calibration, "test": self.test}
        check_fold(name)
        return folds[name]


def check_fold(name: str) -> None:
    """Raises ``DataError`` when there is no fold ``name``."""
    if name not in FOLDS:
        raise DataError(f"fold={name}: choose one of {', '.join(FOLDS)}.")


def assign_folds(samples: Sequence[Sample], folds: int = 5, seed: int = 0) -> list[int]:
    """A fold for each sample, 0..folds-1: the hash of its group, so it does not depend on the other samples."""
    return [_fold_of(sample.group, folds, seed) for sample in samples]


def split_folds(samples: Sequence[Sample], folds: int = 5, seed: int = 0) -> Split:
    """Fold 0 is the test fold, fold 1 the calibration fold, the rest trains. Checked for leaks and empty sides."""
    assigned = assign_folds(samples, folds, seed)
    split = Split(
        train=tuple(index for index, fold in enumerate(assigned) if fold > 1),
        calibration=tuple(index for index, fold in enumerate(assigned) if fold == 1),
        test=tuple(index for index, fold in enumerate(assigned) if fold == 0),
    )
    labels = {sample.label for sample in samples}
    for name in ("train", "calibration", "test"):
        missing = labels - {samples[index].label for index in split.fold(name)}
        if missing:
            raise DataError(
                f"The {name} fold has no picture of class {min(missing)}: too few patients for {folds} folds by hash; "
                "more pictures, or another seed, are needed."
            )
    check_no_leak(samples, split)
    return split


def check_no_leak(samples: Sequence[Sample], split: Split) -> None:
    """Raises ``LeakError`` where a group or a file is on two sides of ``split``."""
    home: dict[str, str] = {}
    for name in ("train", "calibration", "test"):
        for index in split.fold(name):
            for key in (f"group {samples[index].group}", f"file {samples[index].path}"):
                if home.setdefault(key, name) != name:
                    raise LeakError(f"{key} is in both the {home[key]} and the {name} fold")


def _fold_of(group: str, folds: int, seed: int) -> int:
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % folds

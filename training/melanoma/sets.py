"""Further public sets of lesions, as the config group ``union`` describes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from hydra.utils import get_method
from numpy.typing import NDArray
from omegaconf import DictConfig

from training.data import DataError, Sample, list_samples

DIAGNOSES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
"""HAM10000's seven, in the order of the network that is pretrained on them."""
MALIGNANT = ("akiec", "bcc", "mel")


def to_join(sets: DictConfig, classes: Sequence[str]) -> list[Sample]:
    """The samples of ``sets``, labelled with the index in ``classes`` that the set's ``classes`` gives a folder.

    Raises ``DataError`` for a folder that is missing.
    """
    return [
        replace(sample, label=list(classes).index(listed.entry.classes[listed.folders[sample.label]]))
        for listed in _all_listed(sets)
        for sample in listed.samples
    ]


def to_pretrain(sets: DictConfig) -> tuple[list[Sample], NDArray[np.float32]]:
    """The samples of ``sets`` with a label for each kind of folder, and what that label means: float32 ``[K, 7]``, each
    row the shares of ``DIAGNOSES`` among the folder's pictures, as the set's ``diagnoses`` says. Raises ``DataError``.
    """
    samples: list[Sample] = []
    meanings: list[NDArray[np.float32]] = []
    for listed in _all_listed(sets):
        samples += [replace(sample, label=sample.label + len(meanings)) for sample in listed.samples]
        for folder in listed.folders:
            shares = listed.entry.diagnoses[folder]
            meanings.append(np.array([shares.get(name, 0.0) for name in DIAGNOSES], np.float32))
    return samples, np.stack(meanings)


def count_pictures(entry: DictConfig) -> int:
    """How many pictures a set of the config group ``union`` has on disk."""
    return len(list_samples(Path(entry.root), list(entry.classes), get_method(entry.group_of)))


@dataclass(frozen=True)
class _Listed:
    entry: DictConfig
    folders: list[str]
    samples: list[Sample]


def _all_listed(sets: DictConfig) -> list[_Listed]:
    listed = []
    for name, entry in ((str(name), entry) for name, entry in sets.items()):
        folders = list(entry.classes)
        try:
            samples = list_samples(Path(entry.root), folders, get_method(entry.group_of))
        except DataError as problem:
            raise DataError(
                f"{problem} It is the set {name}: set roots.{name}=DIR, or fetch it with "
                f"python -m training.fetch {name.replace('_', '-')}."
            ) from problem
        listed.append(_Listed(entry, folders, [_named(sample, name) for sample in samples]))
    return listed


def _named(sample: Sample, name: str) -> Sample:
    """HAM10000's lesions keep their number, which the main set's pictures carry too; others get the set's name."""
    return sample if sample.group.startswith("HAM_") else replace(sample, group=f"{name}/{sample.group}")

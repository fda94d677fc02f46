"""Pictures of other sets join the training fold, and only after every one that could tell about a held-out picture is
gone: public sets overlap, and one set's training picture is often another's test picture."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from conversion import Fit
from training.data.duplicates import difference_hash, drop_copies
from training.data.folds import Split, check_no_leak
from training.data.pictures import load_pictures
from training.data.prepare import LOOK_SIDE, Prepared
from training.data.samples import Sample

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Apart:
    """``samples`` that tell nothing about the held-out folds. ``leaking`` counts those left out because they, or
    another picture of their group, equal a held-out picture, look like one, or share its group; ``copies`` those that
    are bytewise equal to one that is kept, with one label or several; ``unreadable`` those that cannot be read."""

    samples: list[Sample]
    leaking: int
    copies: int
    unreadable: int


def keep_apart(prepared: Prepared, extra: Sequence[Sample], *, lookalike_bits: int, cache: Path | None = None) -> Apart:
    """The pictures of ``extra`` that may be trained on while ``prepared``'s calibration and test folds are held out.

    Pictures are compared after stretching to the same square, so that a copy stretched by another set is found.
    Groups are left out whole: another view of a held-out lesion tells as much as its copy.
    """
    loaded = load_pictures(extra, LOOK_SIDE, LOOK_SIDE, Fit.STRETCH, cache)
    held_out = [prepared.samples[row] for row in (*prepared.split.calibration, *prepared.split.test)]
    known = load_pictures(held_out, LOOK_SIDE, LOOK_SIDE, Fit.STRETCH, cache)
    contents, groups = {_content(sample) for sample in held_out}, {sample.group for sample in held_out}
    alike = _look_like(loaded.pixels, known.pixels, lookalike_bits)
    tainted = groups | {
        sample.group
        for sample, similar in zip(loaded.samples, alike, strict=True)
        if similar or _content(sample) in contents
    }
    clean = [sample for sample in loaded.samples if sample.group not in tainted]
    kept = drop_copies(clean)
    apart = Apart(kept.samples, len(loaded.samples) - len(clean), kept.copies + kept.contradictory, len(loaded.skipped))
    logger.info(
        "%d further pictures to train on; left out: %d that tell about held-out ones, %d copies, %d unreadable",
        len(apart.samples), apart.leaking, apart.copies, apart.unreadable,
    )  # fmt: skip
    return apart


def add_to_training(
    prepared: Prepared, extra: Sequence[Sample], *, lookalike_bits: int, cache: Path | None = None
) -> Prepared:
    """``prepared`` with those of ``extra`` in its training fold, behind its own samples, that ``keep_apart`` keeps and
    that are not there already (bytewise). The held-out folds stay as they are; checked for leaks."""
    own = {_content(prepared.samples[row]) for row in prepared.split.train}
    kept = keep_apart(prepared, extra, lookalike_bits=lookalike_bits, cache=cache).samples
    joining = [sample for sample in kept if _content(sample) not in own]
    first = len(prepared.samples)
    samples = [*prepared.samples, *joining]
    rows = range(first, len(samples))
    split = Split((*prepared.split.train, *rows), prepared.split.calibration, prepared.split.test)
    check_no_leak(samples, split)
    return replace(prepared, samples=samples, split=split, copies=prepared.copies + len(kept) - len(joining))


def _content(sample: Sample) -> bytes:
    return hashlib.sha256(sample.path.read_bytes()).digest()


def _look_like(pixels: NDArray[np.uint8], known: NDArray[np.uint8], max_distance: int) -> NDArray[np.bool_]:
    """Whether each of ``pixels`` is within ``max_distance`` bits of one of ``known`` or of its mirror images and
    quarter turns, bool ``[N]``; both uint8 ``[*, S, S, 3]``."""
    hashes = np.ascontiguousarray(difference_hash(pixels)).view(np.uint64)
    alike = np.zeros(len(pixels), np.bool_)
    for mirrored in (known, known[:, :, ::-1]):
        for turns in range(4):
            turned = np.rot90(mirrored, turns, axes=(1, 2))
            for words in np.ascontiguousarray(difference_hash(turned)).view(np.uint64):
                alike |= np.bitwise_count(hashes ^ words).sum(axis=1) <= max_distance
    return alike

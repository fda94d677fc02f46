"""Which pictures an epoch shows; nothing here needs TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Draw:
    """What an epoch shows: of each of ``strata`` (rows of the pictures) as many as ``counts`` says, anew each time."""

    strata: Sequence[Rows]
    counts: Sequence[int]

    def __call__(self, random: np.random.Generator) -> Rows:
        """The rows of one epoch in random order; where more are wanted than there are, all come before any again."""
        drawn = [
            np.concatenate([random.permutation(rows) for _ in range(-(-count // len(rows)))])[:count]
            for rows, count in zip(self.strata, self.counts, strict=True)
            if count
        ]
        return random.permutation(np.concatenate(drawn))

    def __len__(self) -> int:
        return sum(self.counts)


def evened(labels: NDArray[np.integer], total: int) -> Draw:
    """About ``total`` pictures in an epoch, of each label in proportion to the square root of how many there are: rare
    ones are seen more often than they are met, and not as often as the common ones."""
    strata = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    roots = np.sqrt([len(rows) for rows in strata])
    return Draw(strata, [max(1, round(total * root / roots.sum())) for root in roots])


def whole_and_some(own: int, labels: NDArray[np.integer], total: int) -> Draw:
    """The first ``own`` pictures, each once, and of the others about ``total``, as many of each label."""
    strata = [own + np.flatnonzero(labels[own:] == label) for label in np.unique(labels[own:])]
    return Draw([np.arange(own), *strata], [own, *(total // len(strata) for _ in strata)])

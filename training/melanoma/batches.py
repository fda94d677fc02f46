"""Batches of augmented pictures, drawn anew in each epoch and the same for the same seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.melanoma.augment import Augmentation
from training.melanoma.draw import Draw
from training.melanoma.framework import keras


class AugmentedBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """``pixels`` uint8 ``[N, H, W, 3]`` with ``targets`` float32 ``[N, C]``; a last short batch is left out (batch
    normalisation wants full ones).

    ``mixup`` is the parameter of its beta distribution (Zhang et al. 2018), 0 for none: pictures and targets of a batch
    are mixed with those of the same batch in another order.
    """

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        targets: NDArray[np.float32],
        draw: Draw,
        augment: Augmentation,
        *,
        batch_size: int,
        mixup: float,
        seed: int,
        first_epoch: int,
    ) -> None:
        super().__init__(workers=1)
        self._pixels, self._targets, self._draw, self._augment = pixels, targets, draw, augment
        self._batch_size, self._mixup = min(batch_size, len(draw)), mixup
        self._seed, self._epoch = seed, first_epoch

    def __len__(self) -> int:
        return len(self._draw) // self._batch_size

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        order = self._draw(np.random.default_rng((self._seed, self._epoch)))
        rows = order[index * self._batch_size : (index + 1) * self._batch_size]
        random = np.random.default_rng((self._seed, self._epoch, index))
        pictures, targets = np.stack([self._augment(self._pixels[row], random) for row in rows]), self._targets[rows]
        return self._mixed(pictures, targets, random) if self._mixup else (pictures, targets)

    def _mixed(
        self, pictures: NDArray[np.uint8], targets: NDArray[np.float32], random: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        other = random.permutation(len(pictures))
        share = random.beta(self._mixup, self._mixup, len(pictures)).astype(np.float32)
        in_pictures, in_targets = share[:, None, None, None], share[:, None]
        mixed = in_pictures * pictures + (1 - in_pictures) * pictures[other]
        return np.rint(mixed).astype(np.uint8), in_targets * targets + (1 - in_targets) * targets[other]

    def on_epoch_end(self) -> None:
        self._epoch += 1

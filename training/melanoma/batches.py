"""Batches of augmented pictures, drawn anew in each epoch and the same for the same seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.melanoma.augment import Augmentation
from training.melanoma.framework import keras


class AugmentedBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """``pixels`` uint8 ``[N, H, W, 3]`` with ``targets`` one-hot float32 ``[N, C]``; a last short batch is left out
    (batch normalisation wants full ones)."""

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        targets: NDArray[np.float32],
        augment: Augmentation,
        *,
        batch_size: int,
        seed: int,
        first_epoch: int,
    ) -> None:
        super().__init__(workers=1)
        self._pixels, self._targets, self._augment = pixels, targets, augment
        self._batch_size, self._seed, self._epoch = min(batch_size, len(pixels)), seed, first_epoch

    def __len__(self) -> int:
        return len(self._pixels) // self._batch_size

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        order = np.random.default_rng((self._seed, self._epoch)).permutation(len(self._pixels))
        rows = order[index * self._batch_size : (index + 1) * self._batch_size]
        random = np.random.default_rng((self._seed, self._epoch, index))
        return np.stack([self._augment(self._pixels[row], random) for row in rows]), self._targets[rows]

    def on_epoch_end(self) -> None:
        self._epoch += 1

"""Batches: cached pictures, augmented for training, at a size that grows from stage to stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import albumentations
import cv2
import lightning.pytorch as pl
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, WeightedRandomSampler

from training.data import Sample

cv2.setNumThreads(0)  # the loader's processes are the parallelism; threads within them fight the training for cores


@dataclass(frozen=True)
class Stage:
    """``epochs`` at pictures of ``size`` x ``size`` pixels: early epochs learn as well from small ones, and faster."""

    epochs: int
    size: int


class PictureDataset(Dataset[tuple[torch.Tensor, int]]):
    """Pictures uint8 ``[N, H, W, 3]`` with labels, each changed by ``augment`` when there is one."""

    def __init__(
        self, pixels: NDArray[np.uint8], labels: NDArray[np.int64], augment: albumentations.Compose | None
    ) -> None:
        self._pixels = pixels
        self._labels = labels
        self._augment = augment

    def reseed(self, seed: int) -> None:
        """Starts the augmentation anew from ``seed``."""
        if self._augment is not None:
            self._augment.set_random_seed(seed)

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = self._pixels[index]
        if self._augment is not None:
            picture = self._augment(image=picture)["image"]
        return torch.from_numpy(np.ascontiguousarray(picture)), int(self._labels[index])


class Loaders(pl.LightningDataModule):
    """Training and calibration batches. The trainer reloads them every epoch; the epoch's stage sets the size.

    ``load`` gives pictures uint8 ``[N, size, size, 3]`` of samples (``training.data.load_pictures``). With ``balance``
    above 0 training pictures are drawn with replacement, each with the weight of its class's count to the power of
    ``-balance``: 1 draws all classes equally often.
    """

    def __init__(
        self,
        *,
        train: Sequence[Sample],
        calibration: Sequence[Sample],
        load: Callable[[Sequence[Sample], int], NDArray[np.uint8]],
        stages: Sequence[Stage],
        augment: albumentations.Compose,
        batch_size: int,
        workers: int,
        balance: float,
    ) -> None:
        super().__init__()
        self._train = train
        self._calibration = calibration
        self._load = load
        self._stages = stages
        self._augment = augment
        self._batch_size = batch_size
        self._workers = workers
        self._balance = balance

    def size_at(self, epoch: int) -> int:
        """The side in pixels of the pictures of ``epoch``."""
        for stage in self._stages:
            if epoch < stage.epochs:
                return stage.size
            epoch -= stage.epochs
        return self._stages[-1].size

    def _epoch(self) -> int:
        return self.trainer.current_epoch if self.trainer else 0

    def _processes(self) -> int:
        return self.trainer.world_size if self.trainer else 1

    def train_dataloader(self) -> DataLoader[Any]:
        return self._loader(self._train, self._augment)

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader(self._calibration, None)

    def _loader(self, samples: Sequence[Sample], augment: albumentations.Compose | None) -> DataLoader[Any]:
        training = augment is not None
        labels = np.array([sample.label for sample in samples], dtype=np.int64)
        dataset = PictureDataset(self._load(samples, self.size_at(self._epoch())), labels, augment)
        sampler = _balanced(labels, self._balance) if training and self._balance else None
        return DataLoader(
            dataset,
            batch_size=self._batch_size,
            shuffle=training and sampler is None,
            sampler=sampler,
            drop_last=training and len(samples) >= self._batch_size * self._processes(),
            num_workers=self._workers if training else 0,
            worker_init_fn=_reseed,
        )


def _balanced(labels: NDArray[np.int64], balance: float) -> WeightedRandomSampler:
    weights = np.bincount(labels).astype(np.float64)[labels] ** -balance
    return WeightedRandomSampler(weights.tolist(), len(labels))


def _reseed(_worker: int) -> None:
    """Each worker of each epoch starts as a copy of one process: without its own seed all would augment alike."""
    info = torch.utils.data.get_worker_info()
    info.dataset.reseed(info.seed % 2**32)  # type: ignore[union-attr]

"""The Lightning module: loss, optimiser, and what is measured on the calibration fold after each epoch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from torch import nn
from torch.nn.functional import one_hot
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from training.pytorch.architectures import Normalise
from training.pytorch.losses import class_logits

logger = logging.getLogger(__name__)

Batch = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Mixup:
    """Pictures and targets blended in pairs by shares drawn from Beta(``alpha``, ``alpha``) (Zhang et al. 2018), not in
    the last ``off_at_end`` epochs; ``alpha`` 0 is none."""

    alpha: float
    off_at_end: int

    def __call__(self, images: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        share = float(np.random.default_rng(int(torch.randint(2**31, ()))).beta(self.alpha, self.alpha))
        order = torch.randperm(len(images), device=images.device)
        return torch.lerp(images[order], images, share), torch.lerp(targets[order], targets, share)


class ImageClassifier(pl.LightningModule):
    """``network`` maps normalised pictures to the logits that ``loss`` takes (``training.pytorch.losses``).

    ``optimizer`` takes parameters, ``scheduler`` an optimizer and the total of steps.
    """

    def __init__(
        self,
        *,
        network: nn.Module,
        normalise: Normalise,
        loss: nn.Module,
        optimizer: Callable[..., Optimizer],
        scheduler: Callable[..., LRScheduler],
        classes: int,
        mixup: Mixup,
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self.normalise = normalise
        self.loss = loss
        self._optimizer = optimizer
        self._scheduler = scheduler
        self._classes = classes
        self._mixup = mixup
        self._logits: list[torch.Tensor] = []
        self._labels: list[torch.Tensor] = []

    def training_step(self, batch: Batch, _index: int) -> torch.Tensor:
        images, targets = self.normalise(batch[0]), one_hot(batch[1], self._classes).float()
        if self._mixup.alpha and self.current_epoch < self._epochs() - self._mixup.off_at_end:
            images, targets = self._mixup(images, targets)
        loss: torch.Tensor = self.loss(self.network(images).float(), targets)
        self.log("train_loss", loss, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(targets))
        return loss

    def validation_step(self, batch: Batch, _index: int) -> None:
        images, labels = batch
        self._logits.append(self.network(self.normalise(images)).float())
        self._labels.append(labels)

    def on_validation_epoch_end(self) -> None:
        logits, labels = self._together(self._logits), self._together(self._labels)
        loss = float(self.loss(logits, one_hot(labels, self._classes).float()))
        probabilities = torch.softmax(class_logits(logits).double(), dim=1).cpu().numpy()
        truth = labels.cpu().numpy()
        scores = probabilities[:, 1] if self._classes == 2 else probabilities
        auc = float(roc_auc_score(truth, scores, multi_class="ovr", labels=list(range(self._classes))))
        balanced = float(balanced_accuracy_score(truth, probabilities.argmax(axis=1)))
        figures = {"calibration_auc": auc, "calibration_balanced_accuracy": balanced, "calibration_loss": loss}
        self.log_dict(figures, prog_bar=True)
        logger.info(
            "epoch %d: calibration AUC %.4f, balanced accuracy %.4f, loss %.4f", self.current_epoch, auc, balanced, loss
        )

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        optimizer = self._optimizer(self.network.parameters())
        scheduler = self._scheduler(optimizer, total_steps=int(self.trainer.estimated_stepping_batches))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def _epochs(self) -> int:
        assert self.trainer.max_epochs is not None
        return self.trainer.max_epochs

    def _together(self, parts: list[torch.Tensor]) -> torch.Tensor:
        """The parts of all processes that train together as one; the list is emptied."""
        joined = torch.cat(parts)
        parts.clear()
        if self.trainer.world_size == 1:
            return joined
        gathered = self.all_gather(joined)
        assert isinstance(gathered, torch.Tensor)
        return gathered.flatten(0, 1)

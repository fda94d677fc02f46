"""The Lightning module: loss, optimiser, and what is measured on the calibration fold after each epoch."""

from __future__ import annotations

import logging
from collections.abc import Callable

import lightning.pytorch as pl
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from training.evaluation.metrics import roc_auc
from training.pneumonia.network import normalise

logger = logging.getLogger(__name__)

Batch = tuple[torch.Tensor, torch.Tensor]


class PneumoniaClassifier(pl.LightningModule):
    """``network`` maps normalised pictures to one logit of pneumonia.

    ``positive_weight`` scales the loss of pneumonia pictures, so that both classes weigh the same in all;
    ``optimizer`` takes parameters, ``scheduler`` an optimizer and the total of steps.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: Callable[..., Optimizer],
        scheduler: Callable[..., LRScheduler],
        positive_weight: float,
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self._optimizer = optimizer
        self._scheduler = scheduler
        self._positive_weight = positive_weight
        self._logits: list[torch.Tensor] = []
        self._labels: list[torch.Tensor] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits float ``[N]`` of pictures uint8 ``[N, H, W, 3]``."""
        logits: torch.Tensor = self.network(normalise(images))[:, 0]
        return logits

    def _loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        weight = torch.tensor(self._positive_weight, device=logits.device)
        return binary_cross_entropy_with_logits(logits, labels.float(), pos_weight=weight)

    def training_step(self, batch: Batch, _index: int) -> torch.Tensor:
        images, labels = batch
        loss = self._loss(self(images), labels)
        self.log("train_loss", loss, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(labels))
        return loss

    def validation_step(self, batch: Batch, _index: int) -> None:
        images, labels = batch
        self._logits.append(self(images))
        self._labels.append(labels)

    def on_validation_epoch_end(self) -> None:
        logits, labels = torch.cat(self._logits), torch.cat(self._labels)
        self._logits.clear()
        self._labels.clear()
        auc = roc_auc(logits.double().cpu().numpy(), labels.cpu().numpy() == 1)
        loss = float(self._loss(logits, labels))
        self.log_dict({"calibration_auc": auc, "calibration_loss": loss}, prog_bar=True)
        logger.info("epoch %d: calibration AUC %.4f, loss %.4f", self.current_epoch, auc, loss)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        optimizer = self._optimizer(self.network.parameters())
        scheduler = self._scheduler(optimizer, total_steps=int(self.trainer.estimated_stepping_batches))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

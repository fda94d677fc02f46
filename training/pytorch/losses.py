"""Losses that make up for rare classes. Each is built from the training fold's class counts ``[C]`` and takes logits
``[N, outputs]`` and targets ``[N, C]``, each row a distribution over the classes (mixup blends them)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


class BalancedBinaryCrossEntropy(nn.Module):
    """One logit, of the second of two classes, whose pictures are weighted so that both classes weigh the same."""

    weight: torch.Tensor

    def __init__(self, counts: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", counts[0] / counts[1], persistent=False)

    @staticmethod
    def outputs_for(classes: int) -> int:
        """Logits of a network for so many classes."""
        if classes != 2:
            raise ValueError("one logit tells two classes apart")
        return 1

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return binary_cross_entropy_with_logits(logits[:, 0], targets[:, 1], pos_weight=self.weight)


class LogitAdjustedCrossEntropy(nn.Module):
    """Softmax cross-entropy of logits to which ``tau`` times the log of the class's share was added (Menon et al. 2021,
    "Long-tail learning via logit adjustment", eq. 10): with ``tau`` 1 the logits learn what each class would be worth
    if all were equally frequent; with 0 it is the plain loss.

    ``label_smoothing`` as Szegedy et al. 2016.
    """

    adjustment: torch.Tensor

    def __init__(self, counts: torch.Tensor, tau: float, label_smoothing: float) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        self.register_buffer("adjustment", tau * torch.log(counts / counts.sum()), persistent=False)

    @staticmethod
    def outputs_for(classes: int) -> int:
        """Logits of a network for so many classes."""
        return classes

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return cross_entropy(logits + self.adjustment, targets, label_smoothing=self.label_smoothing)


def class_logits(logits: torch.Tensor) -> torch.Tensor:
    """Logits ``[N, C]`` for a softmax; a single logit z of the second class becomes -z/2 and z/2."""
    return torch.cat([-logits, logits], dim=1) / 2 if logits.shape[1] == 1 else logits

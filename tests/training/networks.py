"""A small network of the contract with every kind of kernel, and its ONNX file."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from training.pytorch.served import export_onnx


class Convolutions(nn.Module):
    """A convolution of each kind that the architectures use, and both ways to multiply by a matrix."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.plain = nn.Conv2d(3, 64, 3, stride=4)
        self.grouped = nn.Conv2d(64, 64, 3, padding=1, groups=4)
        self.depthwise = nn.Conv2d(64, 64, 5, padding=2, groups=64)
        self.point = nn.Conv2d(64, 128, 1)
        self.wide = nn.Linear(128, 128)
        self.head = nn.Linear(128, classes)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x = self.plain(image.permute(0, 3, 1, 2) / 255.0 - 0.5)
        x = self.point(torch.relu(self.depthwise(torch.relu(self.grouped(torch.relu(x))))))
        x = torch.relu(self.wide(x.permute(0, 2, 3, 1)))
        logits = self.head(x.mean(dim=(1, 2)))
        return torch.softmax(logits, dim=1), torch.sigmoid(x.mean(dim=3)), logits.square().sum(dim=1)


def save_onnx(network: nn.Module, path: Path, side: int) -> Path:
    """``network`` for pictures of ``side`` x ``side`` pixels in the file ``path``, which is returned."""
    export_onnx(network, path, side)
    return path

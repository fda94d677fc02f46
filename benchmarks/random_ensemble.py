"""``python -m benchmarks.random_ensemble FOLDER CARD``: the full skin ensemble with random weights as a model folder.

Built and exported by the training's own code for the size and the classes of ``CARD``. The time that a network takes
does not depend on what it has learned.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.card import ModelCard
from training.export.card_writer import weights_file
from training.export.narrow import store_narrow
from training.novelty import FeatureSpace
from training.pytorch.architectures import build, last_layer
from training.pytorch.served import Backbone, ServedNetwork, export_onnx

ARCHITECTURES = ("efficientnet_v2_s", "regnet_y_8gf", "convnext_tiny", "densenet161", "resnext50_32x4d")
AXES = 64


def write(folder: Path, card: ModelCard) -> None:
    """Writes ``card`` with the five networks instead of its own to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    files = []
    for name in ARCHITECTURES:
        path = folder / f"{name}.onnx"
        export_onnx(_served(name, len(card.labels)), path, card.input.height)
        store_narrow(path)
        file = weights_file(path, name)
        path.rename(folder / file.path)
        files.append(file)
    card.model_copy(update={"files": tuple(files)}).write(folder / "card.json")


def _served(name: str, classes: int) -> ServedNetwork:
    network = build(name, classes, "none", dense_maps=True)
    for module in network.modules():
        # Residual blocks begin as nothing: their scales of 0 would become kernels that an engine may skip.
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.0)
    size = last_layer(network, name).in_features
    axes, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((size, AXES)))
    space = FeatureSpace(np.zeros(size, np.float32), axes.astype(np.float32), np.ones(AXES, np.float32), 1.0)
    return ServedNetwork(Backbone(network, name, grey=False), 1.0, space).eval()


if __name__ == "__main__":
    write(Path(sys.argv[1]), ModelCard.read(Path(sys.argv[2])))

"""``python -m training.pytorch.reference MEMBER_DIR PICTURES.npy OUTPUTS.npz``: what PyTorch computes, for parity."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from training.data import DataError
from training.export.reference import answer
from training.novelty import FeatureSpace
from training.pytorch.architectures import build
from training.pytorch.served import Backbone, ServedNetwork, run_served

FILE = "served.pt"


def save(network: ServedNetwork, name: str, folder: Path, *, grey: bool) -> None:
    """Keeps the network whose export is served."""
    stored = {"name": name, "outputs": network.backbone.last.out_features, "grey": grey}
    stored |= {"temperature": network.temperature, "noise": network.noise, "state": network.state_dict()}
    torch.save(stored, folder / FILE)


def load(folder: Path) -> ServedNetwork:
    """The network that ``save`` kept. Raises ``DataError`` when there is none."""
    path = folder / FILE
    if not path.is_file():
        raise DataError(f"{path}: no such file. It is written at the end of a training.")
    stored = torch.load(path, weights_only=True)
    state = stored["state"]
    space = FeatureSpace(state["mean"].numpy(), state["axes"].numpy(), state["spread"].numpy(), stored["noise"])
    random = build(stored["name"], stored["outputs"], "none", dense_maps=True)
    network = ServedNetwork(Backbone(random, stored["name"], grey=stored["grey"]), stored["temperature"], space)
    network.load_state_dict(state)
    return network.eval()


if __name__ == "__main__":
    answer(load, run_served, sys.argv[1:])

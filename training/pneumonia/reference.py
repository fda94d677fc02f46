"""``python -m training.pneumonia.reference RUN_DIR PICTURES.npy OUTPUTS.npz``: what PyTorch computes, for parity."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from training.data import DataError
from training.novelty import FeatureSpace
from training.pneumonia.network import build_resnet
from training.pneumonia.served import ServedNetwork, for_serving, run_served

FILE = "served.pt"


def save(network: ServedNetwork, layers: list[int], run_dir: Path) -> None:
    """Keeps the network whose export is served."""
    stored = {"layers": layers, "temperature": network.temperature, "noise": network.noise}
    torch.save(stored | {"state": network.state_dict()}, run_dir / FILE)


def load(run_dir: Path) -> ServedNetwork:
    """The network that ``save`` kept. Raises ``DataError`` when there is none."""
    path = run_dir / FILE
    if not path.is_file():
        raise DataError(f"{path}: no such file. It is written at the end of python -m training.pneumonia.")
    stored = torch.load(path, weights_only=True)
    state = stored["state"]
    space = FeatureSpace(state["mean"].numpy(), state["axes"].numpy(), state["spread"].numpy(), stored["noise"])
    resnet = for_serving(build_resnet(stored["layers"], "none", dense_maps=True))
    network = ServedNetwork(resnet, stored["temperature"], space)
    network.load_state_dict(state)
    return network.eval()


def main(run_dir: str, pictures: str, outputs: str) -> None:
    try:
        network = load(Path(run_dir))
    except DataError as problem:
        sys.exit(f"error: {problem}")
    found = run_served(network, np.load(pictures))
    np.savez(outputs, probabilities=found.probabilities, heatmap=found.heatmap, novelty=found.novelty)


if __name__ == "__main__":
    main(*sys.argv[1:])

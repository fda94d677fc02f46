"""``python -m training.melanoma.reference RUN_DIR PICTURES.npy OUTPUTS.npz``: what TensorFlow computes, for parity."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from training.data import DataError
from training.export.reference import answer
from training.melanoma.network import build_network
from training.melanoma.served import FLIPS, ServedNetwork, run_served, with_dense_maps
from training.novelty import FeatureSpace

WEIGHTS, REST = "served.weights.h5", "served.npz"


def save(served: ServedNetwork, run_dir: Path, *, classes: list[str], dense: int) -> None:
    """Keeps the network whose export is served."""
    served.network.save_weights(run_dir / WEIGHTS)
    identity = {"backbone": served.network.name, "classes": classes, "dense": dense}
    space = served.space
    np.savez(
        run_dir / REST, identity=json.dumps(identity), temperature=served.temperature, views=len(served.views),
        mean=space.mean, axes=space.axes, spread=space.spread, noise=space.noise,
    )  # fmt: skip


def load(run_dir: Path) -> ServedNetwork:
    """The network that ``save`` kept. Raises ``DataError`` when there is none."""
    path = run_dir / REST
    if not path.is_file():
        raise DataError(f"{path}: no such file. It is written at the end of python -m training.melanoma.")
    with np.load(path) as stored:
        identity = json.loads(str(stored["identity"]))
        network = with_dense_maps(
            build_network(identity["backbone"], identity["classes"], dense=identity["dense"], dropout=0.0)
        )
        network.load_weights(run_dir / WEIGHTS)
        space = FeatureSpace(stored["mean"], stored["axes"], stored["spread"], float(stored["noise"]))
        return ServedNetwork(network, float(stored["temperature"]), space, FLIPS[int(stored["views"])])


if __name__ == "__main__":
    answer(load, run_served, sys.argv[1:])

"""``python -m training.parity model=NAME data.root=DIR``: the served model in both engines against its framework.

The framework runs in a process of its own (``python -m training.NAME.reference RUN_DIR PICTURES.npy OUTPUTS.npz``),
since PyTorch and TensorFlow do not bear each other.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import hydra
import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from models.catalog import Catalog
from models.engines.base import EngineOutput
from models.errors import ModelsError
from training.command import refusing_clearly
from training.data import DataError, load_pictures
from training.evaluation.datasets import configuration, data_settings, prepare_folds
from training.export.parity import compare, parity_rows


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="parity")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        if not check(config):
            sys.exit(1)


def check(config: DictConfig) -> bool:
    """Prints the largest differences of each engine; whether all are within tolerance. Raises ``DataError``."""
    settings = configuration(config.model)
    try:
        catalog = Catalog.load(Path(config.weights_dir))
        card, networks = catalog.card(config.model), catalog.networks(config.model)
    except ModelsError as problem:
        raise DataError(str(problem)) from problem
    data = data_settings(config.model, config.data, card.codes)
    prepared = prepare_folds(data, settings.seed)
    samples = [prepared.samples[row] for row in parity_rows(prepared, config.pictures)]
    spec, cache = card.input, Path(data.cache) if data.cache else None
    pixels = load_pictures(samples, spec.height, spec.width, spec.fit, cache).pixels
    run_dir = Path(config.run_dir or settings.run_dir)
    good = True
    for entry, network in zip(card.files, networks, strict=True):
        # PyTorch's trainings keep a folder for each member of an ensemble, TensorFlow's has one network.
        torch = "members" in settings
        module = "training.pytorch.reference" if torch else f"training.{config.model}.reference"
        expected = reference(module, run_dir / entry.architecture if torch else run_dir, pixels)
        for found in compare(network, pixels, expected):
            sys.stdout.write(f"{entry.architecture}, {found}: {'ok' if found.within else 'TOO FAR'}\n")
            good = good and found.within
    return good


def reference(module: str, run_dir: Path, pixels: NDArray[np.uint8]) -> EngineOutput:
    """What the framework computes for ``pixels``, with the network that a training run left in ``run_dir``."""
    with tempfile.TemporaryDirectory() as folder:
        pictures, outputs = Path(folder) / "pictures.npy", Path(folder) / "outputs.npz"
        np.save(pictures, pixels)
        command = [sys.executable, "-m", module, str(run_dir), str(pictures), str(outputs)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own module
        if done.returncode:
            raise DataError(done.stderr.strip().removeprefix("error: "))
        with np.load(outputs) as found:
            return EngineOutput(found["probabilities"], found["heatmap"], found["novelty"])


if __name__ == "__main__":
    main()

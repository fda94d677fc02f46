"""What a run folder holds, and the refusal of one that was made for another network."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from training.data import DataError, Prepared
from training.melanoma.framework import keras


class RunFolder:
    """``backup/`` is Keras' own, written after each epoch; ``best.weights.h5`` are the weights to serve; ``mlflow_run``
    holds the number of the tracked run."""

    def __init__(self, config: DictConfig) -> None:
        self._folder = Path(config.run_dir) / "checkpoints"
        self._identity = {
            "backbone": config.network.backbone,
            "dense": config.network.dense,
            "classes": list(config.data.classes),
        }
        self.backup = self._folder / "backup"
        self.mlflow_run = self._folder / "mlflow_run"
        self._best_weights = self._folder / "best.weights.h5"
        self._best_score = self._folder / "best.json"

    def claim(self, prepared: Prepared) -> int:
        """The number of epochs already done here; stamps a new folder with the network and what it is trained on.

        Raises ``DataError`` when the folder holds another network, or one that has seen other pictures (they may be
        test pictures now).
        """
        stamp = self._folder / "network.json"
        asked = self._identity | {"trained_on": _fingerprint(prepared)}
        if stamp.is_file() and (held := json.loads(stamp.read_text())) != asked:
            difference = (
                "a network trained on other pictures"
                if held | {"trained_on": asked["trained_on"]} == asked
                else f"{_describe(held)}; asked for is {_describe(asked)}"
            )
            raise DataError(
                f"{self._folder} holds {difference}. Set another run_dir, or remove the folder to start anew."
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        stamp.write_text(json.dumps(asked))
        return self._epochs_done()

    def _epochs_done(self) -> int:
        """As Keras noted, after mending what a kill in the middle of its writing leaves."""
        progress = self.backup / "training_metadata.json"
        if not progress.is_file():
            shutil.rmtree(self.backup, ignore_errors=True)
            return 0
        try:
            return int(json.loads(progress.read_text())["epoch"])
        except ValueError:
            previous = progress.with_name(f"{progress.name}.bkp")
            if not previous.is_file():
                shutil.rmtree(self.backup)
                return 0
            shutil.copyfile(previous, progress)
            return int(json.loads(progress.read_text())["epoch"])

    @property
    def best_score(self) -> float:
        return float(json.loads(self._best_score.read_text())["calibration_auc"]) if self._best_score.is_file() else 0.0

    def keep(self, model: keras.Model, score: float, epoch: int) -> None:
        """Makes ``model`` the one to serve."""
        _without_optimizer(model).save_weights(self._best_weights)
        self._best_score.write_text(json.dumps({"calibration_auc": score, "epoch": epoch}))

    def load_best(self, model: keras.Model) -> None:
        """Gives ``model`` the weights last kept. Raises ``DataError`` when there are none."""
        if not self._best_weights.is_file():
            raise DataError(f"{self._best_weights} is missing though training is over. Remove {self._folder}.")
        _without_optimizer(model).load_weights(self._best_weights)


class KeepBest(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Scores each epoch and keeps the weights with the highest score."""

    def __init__(self, run: RunFolder, score: Callable[[], float], *, keep: bool) -> None:
        super().__init__()
        self._run, self._score, self._keep = run, score, keep

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        score = self._score()
        if logs is not None:
            logs["calibration_auc"] = score
        if self._keep and score > self._run.best_score:
            self._run.keep(self.model, score, epoch + 1)


def _without_optimizer(model: keras.Model) -> keras.Model:
    """A view of ``model``: Keras would store the optimizer's state, twice as large, with the weights."""
    return keras.Model(model.inputs, model.outputs)


def _fingerprint(prepared: Prepared) -> str:
    """Of the names of the pictures to train on; the same wherever their folder lies."""
    names = sorted("/".join(prepared.samples[row].path.parts[-2:]) for row in prepared.split.train)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def _describe(identity: dict[str, Any]) -> str:
    return f"{identity['backbone']} with Dense {identity['dense']} for {', '.join(identity['classes'])}"

"""What a run folder holds, and the refusal of one that was made for another network."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.data import DataError, Sample
from training.melanoma.framework import keras


class RunFolder:
    """The state of one training in ``folder``: ``stage-N/`` is Keras' own backup of the stage that is under way,
    written after each epoch; ``stage-N.weights.h5`` are the weights at the end of one that is done;
    ``best.weights.h5`` are those to go on with, and ``best.json`` says how they did; ``mlflow_run`` holds the number of
    the tracked run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.mlflow_run = folder / "mlflow_run"
        self._best_weights = folder / "best.weights.h5"
        self._best_score = folder / "best.json"

    def claim(self, identity: Mapping[str, Any], shown: Sequence[Sample]) -> None:
        """Stamps a folder, in which no epoch is done yet, with the ``identity`` of the network (``backbone``,
        ``dense``, ``classes``), of the way it is trained (whatever else), and of the pictures ``shown`` to it.

        Raises ``DataError`` when the folder holds another network, or one that is trained in another way or has seen
        other pictures (they may be test pictures now).
        """
        stamp = self._folder / "network.json"
        asked = {**identity, "trained_on": _fingerprint(shown)}
        if self.started and stamp.is_file() and (held := json.loads(stamp.read_text())) != asked:
            raise DataError(
                f"{self._folder} holds {_difference(held, asked)}. "
                "Set another run_dir, or remove the folder to start anew."
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        stamp.write_text(json.dumps(asked))

    @property
    def started(self) -> bool:
        """Whether there is an epoch to go on from."""
        return self.stages_done() > 0 or self.epochs_done(1) > 0

    def stages_done(self) -> int:
        """How many stages are over."""
        done = 0
        while self._weights_after(done + 1).is_file():
            done += 1
        return done

    def backup(self, stage: int) -> Path:
        """Keras' folder for the stage of that number, from 1."""
        return self._folder / f"stage-{stage}"

    def epochs_done(self, stage: int) -> int:
        """As Keras noted, after mending what a kill in the middle of its writing leaves."""
        backup = self.backup(stage)
        progress = backup / "training_metadata.json"
        if not progress.is_file():
            shutil.rmtree(backup, ignore_errors=True)
            return 0
        try:
            return int(json.loads(progress.read_text())["epoch"])
        except ValueError:
            previous = progress.with_name(f"{progress.name}.bkp")
            if not previous.is_file():
                shutil.rmtree(backup)
                return 0
            shutil.copyfile(previous, progress)
            return int(json.loads(progress.read_text())["epoch"])

    def finish(self, stage: int, model: keras.Model) -> None:
        """Keeps ``model`` as it is at the end of the stage, in place of the backup."""
        _save(model, self._weights_after(stage))
        shutil.rmtree(self.backup(stage), ignore_errors=True)

    def load_stage(self, stage: int, model: keras.Model) -> None:
        """Gives ``model`` the weights that ``finish`` kept."""
        _load(model, self._weights_after(stage))

    @property
    def best_score(self) -> float:
        """The calibration AUC of the weights kept last, 0 when there are none."""
        return float(json.loads(self._best_score.read_text())["calibration_auc"]) if self._best_score.is_file() else 0.0

    def keep(self, model: keras.Model, score: float, epoch: int) -> None:
        """Makes the weights of ``model`` those to go on with."""
        _save(model, self._best_weights)
        self._best_score.write_text(json.dumps({"calibration_auc": score, "epoch": epoch}))

    def load_best(self, model: keras.Model) -> None:
        """Gives ``model`` the weights last kept. Raises ``DataError`` when there are none."""
        if not self._best_weights.is_file():
            raise DataError(f"{self._best_weights} is missing though training is over. Remove {self._folder}.")
        _load(model, self._best_weights)

    def _weights_after(self, stage: int) -> Path:
        return self._folder / f"stage-{stage}.weights.h5"


class KeepBest(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Scores each epoch and keeps the weights with the highest score."""

    def __init__(self, run: RunFolder, score: Callable[[keras.Model], float], *, keep: bool) -> None:
        super().__init__()
        self._run, self._score, self._keep = run, score, keep

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        score = self._score(self.model)
        if logs is not None:
            logs["calibration_auc"] = score
        if self._keep and score > self._run.best_score:
            self._run.keep(self.model, score, epoch + 1)


def _save(model: keras.Model, path: Path) -> None:
    """All or nothing: a kill in the middle leaves what was there."""
    partial = path.with_name(f"partial-{path.name}")
    _without_optimizer(model).save_weights(partial)
    partial.replace(path)


def _load(model: keras.Model, path: Path) -> None:
    _without_optimizer(model).load_weights(path)


def _without_optimizer(model: keras.Model) -> keras.Model:
    """A view of ``model``: Keras would store the optimizer's state, twice as large, with the weights."""
    return keras.Model(model.inputs, model.outputs)


def _fingerprint(shown: Sequence[Sample]) -> str:
    """Of the names of the pictures to train on; the same wherever their folder lies."""
    names = sorted("/".join(sample.path.parts[-2:]) for sample in shown)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def _difference(held: dict[str, Any], asked: dict[str, Any]) -> str:
    if _describe(held) != _describe(asked):
        return f"{_describe(held)}; asked for is {_describe(asked)}"
    pictures = held["trained_on"] != asked["trained_on"]
    return f"a network trained {'on other pictures' if pictures else 'in another way'}"


def _describe(identity: Mapping[str, Any]) -> str:
    return f"{identity['backbone']} with Dense {identity['dense']} for {', '.join(identity['classes'])}"

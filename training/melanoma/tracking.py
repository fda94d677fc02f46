"""MLflow: the settings and the figures of each epoch, in a local store unless MLFLOW_TRACKING_URI names a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from models.card import ModelCard
from training.melanoma.framework import keras


class _EpochFigures(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        import mlflow  # noqa: PLC0415 - slow to import, and not needed with tracking=false

        figures = {f"{self._prefix}{name}": float(value) for name, value in (logs or {}).items()}
        figures[f"{self._prefix}learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        mlflow.log_metrics(figures, step=epoch + 1)


@contextmanager
def track(config: DictConfig, number: Path, prefix: str = "") -> Iterator[keras.callbacks.Callback | None]:
    """A callback that logs each epoch, with ``prefix`` before each name, or None where ``tracking`` is false.

    The MLflow run's number is kept in the file ``number``, so that a resumed training goes on in the same run.
    """
    if not config.tracking:
        yield None
        return
    import mlflow  # noqa: PLC0415 - as above

    if config.tracking_uri.startswith("sqlite:///"):
        Path(config.tracking_uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(config.tracking_uri)
    mlflow.set_experiment(config.name)
    with mlflow.start_run(run_id=_known(mlflow, number)) as run:
        number.write_text(run.info.run_id)
        mlflow.log_text(OmegaConf.to_yaml(config, resolve=True), "config.yaml")
        yield _EpochFigures(prefix)


def log_figures(config: DictConfig, number: Path, card: ModelCard) -> None:
    """Adds the figures of ``card`` to the run whose number is in the file ``number``."""
    with track(config, number) as tracker:
        if tracker:
            import mlflow  # noqa: PLC0415 - as above

            # MLflow takes no parentheses in names.
            figures = {re.sub(r"[()]", "", f"{figure.fold} {figure.name}"): figure.value for figure in card.figures}
            mlflow.log_metrics(figures)


def _known(mlflow: Any, number: Path) -> str | None:
    """The kept number, unless the store does not know it (any more)."""
    if not number.is_file():
        return None
    try:
        return str(mlflow.get_run(number.read_text()).info.run_id)
    except mlflow.exceptions.MlflowException:
        return None

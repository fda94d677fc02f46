"""What ``python -m training.pneumonia`` and ``python -m training.skin`` do."""

from __future__ import annotations

from omegaconf import DictConfig

from training.command import refusing_clearly
from training.evaluation.datasets import prepare_folds


def train_and_publish(config: DictConfig) -> None:
    """Trains the members of ``config`` or resumes them, then places them as one model; mistakes are told in a line.

    Of several processes that train together the first one publishes.
    """
    with refusing_clearly(config):
        prepared = prepare_folds(config.data, config.seed)

        from training.pytorch.fit import is_first_process, train  # noqa: PLC0415 - torch is loaded once data are checked
        from training.pytorch.publish import publish_best  # noqa: PLC0415

        logs = train(config, prepared)
        if not is_first_process():
            return
        card = publish_best(config, prepared)
        for log in logs.values():
            log({f"{figure.fold} {figure.name}": figure.value for figure in card.figures})

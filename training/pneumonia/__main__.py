"""``python -m training.pneumonia data.root=DIR``: trains (or resumes), then exports, measures and places the model."""

from __future__ import annotations

import hydra
from omegaconf import DictConfig

from training.command import refusing_clearly
from training.evaluation.datasets import prepare_folds


@hydra.main(version_base="1.3", config_path="../conf", config_name="pneumonia")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        prepared = prepare_folds(config.data, config.seed)

        from training.pytorch.fit import train  # noqa: PLC0415 - torch is loaded once settings and data are checked
        from training.pytorch.publish import publish_best  # noqa: PLC0415

        logs = train(config, prepared)
        card = publish_best(config, prepared)
        for log in logs.values():
            log({f"{figure.fold} {figure.name}": figure.value for figure in card.figures})


if __name__ == "__main__":
    main()

"""``python -m training.pneumonia data.root=DIR``: trains (or resumes), then exports, measures and places the model."""

from __future__ import annotations

import hydra
from omegaconf import DictConfig

from training.command import refusing_clearly


@hydra.main(version_base="1.3", config_path="../conf", config_name="pneumonia")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        from training.pneumonia.publish import publish_best  # noqa: PLC0415 - torch is loaded once settings are checked
        from training.pneumonia.train import train  # noqa: PLC0415

        trained = train(config)
        card = publish_best(config, trained.data)
        trained.log({f"{figure.fold} {figure.name}": figure.value for figure in card.figures})


if __name__ == "__main__":
    main()

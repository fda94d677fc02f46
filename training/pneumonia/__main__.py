"""``python -m training.pneumonia data.root=DIR``: trains (or resumes), then exports, measures and places the model."""

from __future__ import annotations

import hydra
from omegaconf import DictConfig

from training.command import refusing_clearly


@hydra.main(version_base="1.3", config_path="../conf", config_name="pneumonia")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        from training.pneumonia.train import train  # noqa: PLC0415 - torch is loaded after the settings are checked

        train(config)


if __name__ == "__main__":
    main()

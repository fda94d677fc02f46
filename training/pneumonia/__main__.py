"""``python -m training.pneumonia data.root=DIR``: trains (or resumes), then exports, measures and places the model."""

from __future__ import annotations

import hydra
from omegaconf import DictConfig

from training.pytorch.command import train_and_publish


@hydra.main(version_base="1.3", config_path="../conf", config_name="pneumonia")
def main(config: DictConfig) -> None:
    train_and_publish(config)


if __name__ == "__main__":
    main()

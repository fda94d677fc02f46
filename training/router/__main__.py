"""``python -m training.router data.root=DIR``: gathers pictures of every kind from the sets in DIR, then trains (or
resumes), exports, measures and places the model that tells the kinds apart."""

from __future__ import annotations

import hydra
from omegaconf import DictConfig

from training.command import refusing_clearly
from training.pytorch.command import train_and_publish
from training.router.gather import gather


@hydra.main(version_base="1.3", config_path="../conf", config_name="router")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        config.data.root = str(gather(config))
    train_and_publish(config)


if __name__ == "__main__":
    main()

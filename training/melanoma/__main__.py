"""``python -m training.melanoma data.root=DIR``: trains (or resumes), then exports, measures and places the model."""

from __future__ import annotations

import hydra
from omegaconf import DictConfig

from training.command import refusing_clearly


@hydra.main(version_base="1.3", config_path="../conf", config_name="melanoma")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        from training.melanoma.train import train  # noqa: PLC0415 - TensorFlow is loaded after the settings are checked

        network, prepared = train(config)

        from training.melanoma.publish import publish  # noqa: PLC0415 - as above

        publish(config, network, prepared)


if __name__ == "__main__":
    main()

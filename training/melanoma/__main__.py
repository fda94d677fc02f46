"""``python -m training.melanoma data.root=DIR``: trains (or resumes), then exports, measures and places the model."""

from __future__ import annotations

import hydra
from omegaconf import DictConfig

from training.command import refusing_clearly
from training.melanoma.pictures import prepare_lesions, with_union


@hydra.main(version_base="1.3", config_path="../conf", config_name="melanoma")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        own = prepare_lesions(config)
        prepared = with_union(config, own)

        from training.melanoma.publish import publish  # noqa: PLC0415 - TensorFlow is loaded once the data are checked
        from training.melanoma.train import train  # noqa: PLC0415

        publish(config, train(config, prepared, own), own)


if __name__ == "__main__":
    main()

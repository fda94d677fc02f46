"""``python -m training.evaluate model=NAME data.root=DIR``: the served model's figures, in ``metrics.json``."""

from __future__ import annotations

import sys
from pathlib import Path

import hydra
from omegaconf import DictConfig

from training.command import refusing_clearly
from training.evaluation.datasets import configuration, data_settings, samples_of, shown
from training.evaluation.report import Question, measure, write
from training.evaluation.served import ServedModel


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="evaluate")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        evaluate(config)


def evaluate(config: DictConfig) -> None:
    """Measures as ``config`` says and prints the figures. Raises ``DataError``."""
    data = data_settings(config.model, config.data)
    samples = samples_of(data, configuration(config.model).seed, config.fold)
    served = ServedModel.load(Path(config.weights_dir), config.model, config.engine)
    command = " ".join(
        [f"python -m training.evaluate model={config.model} data.root={shown(Path(data.root))}"]
        + ([f"data.classes=[{','.join(config.data.classes)}]"] if config.data.classes else [])
        + ([f"fold={config.fold}"] if config.fold != "test" else [])
        + (["shift=true"] if config.shift else [])
    )
    cache = Path(data.cache) if data.cache else None
    report = measure(served, Question(samples, config.fold, config.shift, config.resamples, command, cache))
    write(report, Path(config.out))
    for name, figure in report["figures"].items():
        if figure["value"] is not None:
            sys.stdout.write(f"{name:24} {figure['value']:.4f}  ({figure['low']:.4f} to {figure['high']:.4f})\n")
    for name, rate in report["refused"].items():
        sys.stdout.write(f"{'refused: ' + name:24} {rate:.4f}\n")
    sys.stdout.write(f"written to {config.out}\n")


if __name__ == "__main__":
    main()

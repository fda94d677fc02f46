"""``python -m training.evaluate model=NAME data.root=DIR``: figures and plots of the served model."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig

from training.command import refusing_clearly
from training.evaluation.datasets import configuration, data_settings, samples_of, shown
from training.evaluation.report import Question, measure
from training.evaluation.served import ServedModel

WIDTH = 44
CLASS_FIGURES = ("recall", "precision", "f1", "auc")
MEMBER_FIGURES = ("auc", "macro_auc", "balanced_accuracy_argmax")
UNDEFINED: Mapping[str, Any] = {"value": None}


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="evaluate")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        evaluate(config)


def evaluate(config: DictConfig) -> None:
    """Measures as ``config`` says and prints the figures. Raises ``DataError``."""
    seed = configuration(config.model).seed
    served = ServedModel.load(Path(config.weights_dir), config.model, config.engine)
    data = data_settings(config.model, config.data, served.card.codes)
    samples = samples_of(data, seed, config.fold)
    command = " ".join(
        [f"python -m training.evaluate model={config.model} data.root={shown(Path(data.root))}"]
        + ([f"data.classes=[{','.join(config.data.classes)}]"] if config.data.classes else [])
        + ([f"fold={config.fold}"] if config.fold != "test" else [])
        + (["shift=true"] if config.shift else [])
    )
    cache = Path(data.cache) if data.cache else None
    measured = measure(served, Question(samples, config.fold, config.shift, config.resamples, command, cache))
    written = measured.write(Path(config.out))
    sys.stdout.writelines(f"{line}\n" for line in lines(measured.report))
    sys.stdout.write(f"written to {', '.join(map(str, written))}\n")


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """What ``metrics.json`` holds, for a person to read."""
    for name, figure in report["figures"].items():
        yield from _line(name, figure)
    for name, rate in report["refused"].items():
        yield f"{'refused: ' + name:{WIDTH}} {rate:.4f}"
    for code, table in report["classes"].items():
        numbers = (f"{name} {table[name]['value']:.3f}" for name in CLASS_FIGURES if table[name]["value"] is not None)
        yield f"{code:{WIDTH}} {table['support']} pictures  {'  '.join(numbers)}"
    for member in report.get("members", ()):
        for name in MEMBER_FIGURES:
            yield from _line(f"{member['architecture']}: {name}", member["figures"].get(name, UNDEFINED))
    for name, figure in report.get("ensemble_minus_best_member", {}).items():
        yield from _line(f"ensemble - best member: {name}", figure)
    for name, figure in report.get("worst_shift", {}).items():
        yield from _line(f"worst {name}: {figure['shift']}", figure)


def _line(name: str, figure: Mapping[str, Any]) -> Iterator[str]:
    if figure["value"] is not None:
        yield f"{name:{WIDTH}} {figure['value']:.4f}  ({figure['low']:.4f} to {figure['high']:.4f})"


if __name__ == "__main__":
    main()

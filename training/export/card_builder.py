"""A card out of the configuration, what calibration chose, and the exported file; figures come later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from conversion import Fit, measure_quality, open_picture
from models.card import Calibration, DataSource, InputSpec, Label, ModelCard, Novelty, Thresholds
from training.calibration import Cuts, quality_limits
from training.data import Prepared, Sample
from training.evaluation.datasets import samples_of, shown
from training.evaluation.report import Question
from training.export.card_writer import Exported, weights_file

CALIBRATION_FOLD = "calibration fold"


@dataclass(frozen=True)
class Chosen:
    """What was chosen on the calibration fold: the side of the ``size`` x ``size`` input, the temperature, the cuts,
    and the novelty threshold with the method that measures it."""

    size: int
    fit: Fit
    temperature: float
    cuts: Cuts
    novelty_method: str
    novelty_threshold: float


def draft_card(
    config: DictConfig, prepared: Prepared, chosen: Chosen, *, exported: Sequence[Exported], framework: str
) -> ModelCard:
    """The card of the networks ``exported``, without figures."""
    train = fold_samples(prepared, "train")
    return ModelCard(
        name=config.name,
        version=config.version,
        created=datetime.now(UTC).date(),
        framework=framework,
        modality=config.card.modality,
        files=tuple(weights_file(network.path, network.architecture) for network in exported),
        input=InputSpec(height=chosen.size, width=chosen.size, fit=chosen.fit),
        labels=tuple(Label(**label) for label in config.card.labels),
        thresholds=Thresholds(
            positive=tuple(config.card.positive),
            unsuspicious_below=chosen.cuts.unsuspicious_below,
            suspicious_from=chosen.cuts.suspicious_from,
            chosen_on=CALIBRATION_FOLD,
            rule=chosen.cuts.rule,
        ),
        calibration=Calibration(temperature=chosen.temperature, chosen_on=CALIBRATION_FOLD),
        novelty=Novelty(
            method=chosen.novelty_method,
            threshold=chosen.novelty_threshold,
            quantile=config.novelty.quantile,
            chosen_on=CALIBRATION_FOLD,
        ),
        quality=quality_limits(
            [measure_quality(open_picture(sample.path.read_bytes())) for sample in train],
            config.card.min_side,
            config.card.colour,
        ),
        data=(_source(config, prepared),),
        intended_use=config.card.intended_use,
        limits=tuple(config.card.limits),
    )


def positive_rows(config: DictConfig) -> list[int]:
    """Which classes the verdict is about: those that the card calls positive."""
    return [row for row, label in enumerate(config.card.labels) if label.code in config.card.positive]


def fold_samples(prepared: Prepared, fold: str) -> list[Sample]:
    """The samples of a fold, in the order of ``prepared.split``."""
    return [prepared.samples[index] for index in prepared.split.fold(fold)]


def held_out_question(config: DictConfig, prepared: Prepared) -> Question:
    """The held-out fold, measured as ``python -m training.evaluate`` would, as it is and under simulated shifts."""
    samples, root = fold_samples(prepared, "test"), Path(config.data.root)
    return _question(config, samples, "test", root, " shift=true", shift=True)


def question_elsewhere(config: DictConfig, other: DictConfig) -> Question:
    """Another set of pictures, ``other`` with ``name``, ``root`` and ``classes``: measured whole."""
    data = OmegaConf.merge(config.data, {"root": other.root, "classes": other.classes})
    assert isinstance(data, DictConfig)
    options = f" data.classes=[{','.join(other.classes)}] fold=all"
    return _question(config, samples_of(data, config.seed, "all"), other.name, Path(other.root), options)


def _question(
    config: DictConfig, samples: list[Sample], fold: str, root: Path, options: str, *, shift: bool = False
) -> Question:
    command = f"python -m training.evaluate model={config.name} data.root={shown(root)}{options}"
    cache = Path(config.data.cache) if config.data.cache else None
    return Question(samples, fold, shift=shift, resamples=config.resamples, command=command, cache=cache)


def _source(config: DictConfig, prepared: Prepared) -> DataSource:
    train, calibration, test = (len(prepared.split.fold(name)) for name in ("train", "calibration", "test"))
    return DataSource(
        name=config.card.data_name,
        source=config.card.source,
        licence=config.card.licence,
        pictures=len(prepared.samples),
        split=f"by {config.card.split_by}, by hash, {config.data.folds} folds: {test} pictures test, {calibration} "
        f"calibrate, {train} train; {prepared.copies} copies left out; lookalikes kept on one side",
    )

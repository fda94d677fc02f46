"""``python -m training.precision model=NAME data.root=DIR``: the served model in bfloat16 beside float32, on the
held-out and the calibration fold; what changes is kept in its card, which by that allows bfloat16 or does not.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import hydra
import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from models.card import Modality, ModelCard
from models.catalog import Catalog
from models.engines import processor
from models.engines.base import EngineOutput, Precision
from models.engines.choice import EngineSetting
from models.interpretation import findings_of, label_set_of, verdict_of
from models.precision.parity import HELD_OUT, Parity
from models.routing import kind_of
from training.command import refusing_clearly
from training.data import DataError, load_pictures
from training.evaluation.datasets import configuration, data_settings, prepare_folds, shown
from training.evaluation.ranking import Ranking
from training.evaluation.report import Question
from training.evaluation.served import ServedModel
from training.export.card_builder import fold_samples
from training.export.card_writer import next_patch, replace_card

FOLDS = (HELD_OUT, "calibration")
"""The thresholds were chosen on the calibration fold, so many of its pictures lie near them."""


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="precision")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        check(config)


def check(config: DictConfig) -> ModelCard:
    """Measures, prints and keeps what bfloat16 changes. Returns the new card, a patch release. Raises ``DataError``,
    also where this CPU has no bfloat16."""
    weights_dir = Path(config.weights_dir)
    wide, narrow = (
        ServedModel.load(weights_dir, config.model, EngineSetting.OPENVINO, precision) for precision in Precision
    )
    if narrow.ensemble.engine.precision is not Precision.BF16:
        raise DataError("This CPU has no bf16: what it changes cannot be measured here.")
    data = data_settings(config.model, config.data, wide.card.codes)
    prepared = prepare_folds(data, configuration(config.model).seed)
    command = f"python -m training.precision model={config.model} data.root={shown(Path(data.root))}"
    cache = Path(data.cache) if data.cache else None
    records = []
    for fold in FOLDS:
        record = parity(wide, narrow, Question(fold_samples(prepared, fold), fold, False, 0, command, cache))
        sys.stdout.write(f"{config.model}, {fold} fold: {summary(record)}\n")
        records.append(record)
    card = wide.card.model_copy(
        update={
            "version": next_patch(wide.card.version),
            "created": datetime.now(UTC).date(),
            "parity": tuple(records),
        }
    )
    replace_card(Catalog.load(weights_dir).path(config.model), card)
    verb = "allows" if card.allows(Precision.BF16) else "does not allow"
    sys.stdout.write(f"{card.name} {card.version} {verb} bf16\n")
    return card


def parity(wide: ServedModel, narrow: ServedModel, question: Question) -> Parity:
    """What ``narrow`` answers otherwise than ``wide``, the same model in float32, to ``question``."""
    card, spec = wide.card, wide.card.input
    loaded = load_pictures(question.samples, spec.height, spec.width, spec.fit, question.cache)
    expected, found = wide.infer(loaded.pixels), narrow.infer(loaded.pixels)
    labels = np.array([sample.label for sample in loaded.samples])
    probabilities = np.abs(found.probabilities - expected.probabilities)
    heatmaps = np.abs(found.heatmap - expected.heatmap).max(axis=(1, 2))
    limit = card.novelty.threshold
    auc = _auc(narrow, found, labels)
    return Parity(
        precision=narrow.ensemble.engine.precision,
        weights_hash=narrow.weights_hash,
        fold=question.fold,
        pictures=len(labels),
        probability_largest=_rounded(probabilities.max()),
        probability_mean=_rounded(probabilities.mean()),
        verdicts_changed=_rounded(np.mean(np.not_equal(_verdicts(card, found), _verdicts(card, expected)))),
        refusals_changed=_rounded(np.mean((found.novelty > limit) != (expected.novelty > limit))),
        auc=_rounded(auc),
        auc_difference=_rounded(auc - _auc(wide, expected, labels)),
        heatmap_largest=_rounded(heatmaps.max()),
        heatmap_p99=_rounded(np.quantile(heatmaps, 0.99)),
        novelty_largest=_rounded(np.abs(found.novelty - expected.novelty).max() / limit),
        engine=narrow.ensemble.describe(),
        processor=processor.described(),
        command=question.command,
    )


def summary(record: Parity) -> str:
    """The record in a line."""
    return (
        f"{record.pictures} pictures, probabilities within {record.probability_largest:.4f} (mean "
        f"{record.probability_mean:.5f}), verdicts changed {record.verdicts_changed:.2%}, refusals changed "
        f"{record.refusals_changed:.2%}, AUC {record.auc_difference:+.5f}, heat maps within "
        f"{record.heatmap_largest:.3f} (99 %: {record.heatmap_p99:.3f}), novelty within {record.novelty_largest:.3f} "
        f"of its limit; beyond limits: {'; '.join(record.faults()) or 'nothing'}"
    )


def _verdicts(card: ModelCard, output: EngineOutput) -> list[str]:
    """What is said of each picture: its verdict, or of the router its kind."""
    if card.modality is Modality.ANY:
        rows = zip(output.probabilities, output.heatmap, output.novelty, strict=True)
        return [kind_of(card, EngineOutput(*(np.asarray(part)[None] for part in row))) for row in rows]
    findings = [findings_of(card, row) for row in output.probabilities]
    return [verdict_of(found, card.thresholds, label_set_of(found, card)) for found in findings]


def _auc(served: ServedModel, output: EngineOutput, labels: NDArray[np.intp]) -> float:
    """ROC AUC of the positive labels together."""
    positives = list(served.positive_labels())
    score = output.probabilities[:, positives].sum(axis=1).astype(np.float64)
    auc = Ranking.of(score, np.isin(labels, positives)).auc(np.ones(len(labels)))
    if np.isnan(auc):
        raise DataError("Pictures of both kinds, positive and not, are needed in each fold.")
    return auc


def _rounded(value: float | np.floating) -> float:
    return round(float(value), 6)


if __name__ == "__main__":
    main()

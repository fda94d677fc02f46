"""What the served model gives on the calibration fold, kept in its card: sets of labels, and a reference to tell by it
when the world has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from conversion import check_quality, open_picture
from models.card import Conformal, Modality, ModelCard, Reference
from models.diagnosis import RefusalCode, Verdict
from models.interpretation import findings_of, label_set_of, verdict_of
from training.calibration import conformal_cuts
from training.data import Sample, load_pictures
from training.evaluation.served import ServedModel
from training.export.card_builder import CALIBRATION_FOLD

COVERAGE = 0.9
DECILES = np.arange(0.1, 0.95, 0.1)


def freeze(served: ServedModel, calibration: Sequence[Sample], cache: Path | None) -> ModelCard:
    """The card of ``served`` with what its answers for the ``calibration`` fold say: for more than two labels that a
    person is told of, the cuts of their conformal sets, and the reference for the drift watch."""
    card, spec = served.card, served.card.input
    loaded = load_pictures(calibration, spec.height, spec.width, spec.fit, cache)
    output = served.infer(loaded.pixels)
    if len(card.labels) > 2 and card.modality is not Modality.ANY:
        labels = np.array([sample.label for sample in loaded.samples])
        cuts = conformal_cuts(output.probabilities, labels, COVERAGE)
        conformal = Conformal(
            coverage=COVERAGE, cuts=dict(zip(card.codes, cuts, strict=True)), chosen_on=CALIBRATION_FOLD
        )
        card = card.model_copy(update={"conformal": conformal})
    return card.model_copy(update={"reference": _reference(card, loaded.samples, output.probabilities, output.novelty)})


def _reference(
    card: ModelCard, samples: Sequence[Sample], probabilities: NDArray[np.float32], novelty: NDArray[np.float32]
) -> Reference:
    refusals: Counter[str] = Counter()
    verdicts: Counter[str] = Counter({verdict.value: 0 for verdict in Verdict})
    for sample, row, distance in zip(samples, probabilities, novelty, strict=True):
        problem = check_quality(open_picture(sample.path.read_bytes()), card.quality)
        if problem:
            refusals[problem.code] += 1
        elif distance > card.novelty.threshold:
            refusals[RefusalCode.UNLIKE_TRAINING] += 1
        else:
            findings = findings_of(card, row)
            verdicts[verdict_of(findings, card.thresholds, label_set_of(findings, card))] += 1
    read = max(verdicts.total(), 1)
    return Reference(
        pictures=len(samples),
        measured_on=CALIBRATION_FOLD,
        verdicts={str(name): round(count / read, 5) for name, count in verdicts.items()},
        refusals={str(code): round(count / len(samples), 5) for code, count in refusals.items()},
        novelty=tuple(float(f"{value:.6g}") for value in np.quantile(novelty, DECILES)),
    )

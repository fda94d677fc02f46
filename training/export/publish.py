"""The last steps of every training run: contract, parity, figures, card, and the model in its place."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.catalog import CARD
from models.engines.base import NetworkFile
from models.golden import write_golden
from training.data import Sample
from training.evaluation.report import Question, measure
from training.evaluation.served import ServedModel
from training.export.card_writer import Exported, card_figures, card_reliability, place, stage
from training.export.frozen import freeze
from training.export.parity import compare, require_parity

logger = logging.getLogger(__name__)


def publish(
    card: ModelCard,
    exported: Sequence[Exported],
    pixels: NDArray[np.uint8],
    *,
    calibration: Sequence[Sample],
    question: Question,
    elsewhere: Sequence[Question] = (),
    run_dir: Path,
    weights_dir: Path,
) -> ModelCard:
    """Checks each of ``exported`` in both engines against what its framework computed for ``pixels`` uint8
    ``[N, H, W, 3]``, then goes on as ``measure_and_place``. Returns the card as placed.

    Raises ``ContractViolation`` or ``ParityError``, with what was served before left as it was.
    """
    staged = run_dir / "staged" / card.name
    stage(staged, card, [network.path for network in exported])
    for entry, network in zip(card.files, exported, strict=True):
        file = NetworkFile(staged / entry.path, entry.sha256, card.input.height, card.input.width, len(card.labels))
        differences = compare(file, pixels, network.reference)
        for found in differences:
            logger.info("parity, %s, %s", network.architecture, found)
        require_parity(differences)
    return measure_and_place(
        staged, calibration=calibration, question=question, elsewhere=elsewhere, run_dir=run_dir,
        weights_dir=weights_dir,
    )  # fmt: skip


def measure_and_place(
    staged: Path,
    *,
    calibration: Sequence[Sample],
    question: Question,
    elsewhere: Sequence[Question] = (),
    run_dir: Path,
    weights_dir: Path,
) -> ModelCard:
    """Freezes in the card of the folder ``staged`` what the model gives for the ``calibration`` fold, measures it for
    ``question``, writes the figures to ``run_dir/metrics.json``, the card and the golden outputs, and places the model
    in ``weights_dir``. Returns the card as placed.

    Of each set of pictures ``elsewhere`` the card gets the ROC AUC; its figures go to ``run_dir/metrics-FOLD.json``.
    """
    served = ServedModel.load(staged.parent, staged.name, "auto")
    served = replace(served, card=freeze(served, calibration, question.cache))
    measured = measure(served, question)
    measured.write(run_dir / "metrics.json")
    figures, reliability = card_figures(measured.report), card_reliability(measured.report)
    for other in elsewhere:
        measured = measure(served, other)
        measured.write(run_dir / f"metrics-{other.fold}.json")
        figures += card_figures(measured.report, ("auc",))
    card = served.card.model_copy(update={"figures": figures, "reliability": reliability})
    card.write(staged / CARD)
    write_golden(staged, card, served.ensemble)
    folder = place(staged, weights_dir)
    for figure in card.figures:
        logger.info("%s: %.4f (%.4f to %.4f)", figure.name, figure.value, figure.low, figure.high)
    logger.info("%s %s is in %s", card.name, card.version, folder)
    return card

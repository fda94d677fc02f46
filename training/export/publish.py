"""The last steps of every training run: contract, parity, figures, card, and the model in its place."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.catalog import CARD
from models.engines.base import EngineOutput, NetworkFile
from models.golden import write_golden
from training.evaluation.report import Question, measure, write
from training.evaluation.served import ServedModel
from training.export.card_writer import card_figures, place, stage
from training.export.parity import compare, require_parity

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reference:
    """What the framework computed for real pictures ``pixels`` uint8 ``[N, H, W, 3]``."""

    pixels: NDArray[np.uint8]
    output: EngineOutput


def publish(
    card: ModelCard,
    weights: Path,
    *,
    reference: Reference,
    question: Question,
    elsewhere: Sequence[Question] = (),
    run_dir: Path,
    weights_dir: Path,
) -> ModelCard:
    """Checks ``weights`` against ``reference`` in both engines, measures it for ``question``, writes the figures to
    ``run_dir/metrics.json``, the card and the golden outputs, and places the model in ``weights_dir``.

    Returns the card as placed.

    Of each set of pictures ``elsewhere`` the card gets the ROC AUC; its figures go to ``run_dir/metrics-FOLD.json``.

    Raises ``ContractViolation`` or ``ParityError``, with what was served before left as it was.
    """
    staged = run_dir / "staged" / card.name
    stage(staged, card, weights)
    network = NetworkFile(
        staged / card.files[0].path, card.files[0].sha256, card.input.height, card.input.width, len(card.labels)
    )
    differences = compare(network, reference.pixels, reference.output)
    for found in differences:
        logger.info("parity, %s", found)
    require_parity(differences)
    served = ServedModel.load(staged.parent, card.name, "auto")
    report = measure(served, question)
    write(report, run_dir / "metrics.json")
    figures = card_figures(report)
    for other in elsewhere:
        report = measure(served, other)
        write(report, run_dir / f"metrics-{other.fold}.json")
        figures += card_figures(report, ("auc",))
    card = card.model_copy(update={"figures": figures})
    card.write(staged / CARD)
    write_golden(staged, card, served.ensemble)
    folder = place(staged, weights_dir)
    for figure in card.figures:
        logger.info("%s: %.4f (%.4f to %.4f)", figure.name, figure.value, figure.low, figure.high)
    logger.info("%s %s is in %s", card.name, card.version, folder)
    return card

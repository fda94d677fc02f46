"""``python -m training.remeasure model=NAME data.root=DIR``: everything in a served model's card that is not inside its
graph, chosen anew on the same folds: the limits of the quality gate, the novelty threshold, the conformal sets, the
reference of the drift watch, and all figures. The weights and the cuts of the verdict stay as they are.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import hydra
from omegaconf import DictConfig

from conversion import measure_quality, open_picture
from models.card import ModelCard
from models.catalog import Catalog
from training.calibration import novelty_threshold, quality_limits
from training.command import refusing_clearly
from training.data import load_pictures
from training.evaluation.datasets import configuration, data_settings, prepare_folds, shown
from training.evaluation.report import Question
from training.evaluation.served import ServedModel
from training.export.card_builder import fold_samples, question_elsewhere
from training.export.card_writer import next_patch, stage
from training.export.publish import measure_and_place

logger = logging.getLogger(__name__)


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="remeasure")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        remeasure(config)


def remeasure(config: DictConfig) -> ModelCard:
    """Chooses, measures and places as ``config`` says. Returns the new card, a patch release. Raises ``DataError``."""
    weights_dir = Path(config.weights_dir)
    served = ServedModel.load(weights_dir, config.model, config.engine)
    recipe = configuration(config.model)
    recipe.data = data_settings(config.model, config.data, served.card.codes)
    recipe.resamples = config.resamples
    prepared = prepare_folds(recipe.data, recipe.seed)
    cache = Path(recipe.data.cache) if recipe.data.cache else None
    train, calibration, test = (fold_samples(prepared, fold) for fold in ("train", "calibration", "test"))

    spec, novelty = served.card.input, served.card.novelty
    pixels = load_pictures(calibration, spec.height, spec.width, spec.fit, cache).pixels
    threshold = novelty_threshold(served.infer(pixels).novelty, recipe.novelty.quantile)
    limits = quality_limits(
        [measure_quality(open_picture(sample.path.read_bytes())) for sample in train],
        recipe.card.min_side,
        recipe.card.colour,
    )
    logger.info("novelty threshold %.4g (was %.4g); %s", threshold, novelty.threshold, limits)
    card = served.card.model_copy(
        update={
            "version": next_patch(served.card.version),
            "created": datetime.now(UTC).date(),
            "quality": limits,
            "novelty": novelty.model_copy(update={"threshold": threshold, "quantile": recipe.novelty.quantile}),
            "limits": tuple(recipe.card.limits),
            "intended_use": recipe.card.intended_use,
            "figures": (),
            "parity": (),  # of the thresholds as they were
        }
    )
    run_dir = Path(config.run_dir) / card.name
    staged = run_dir / "staged" / card.name
    stage(staged, card, [network.path for network in Catalog.load(weights_dir).networks(card.name)])
    command = f"python -m training.evaluate model={card.name} data.root={shown(Path(recipe.data.root))} shift=true"
    return measure_and_place(
        staged,
        calibration=calibration,
        question=Question(test, "test", True, config.resamples, command, cache),
        elsewhere=[question_elsewhere(recipe, other) for other in config.elsewhere],
        run_dir=run_dir,
        weights_dir=weights_dir,
    )


if __name__ == "__main__":
    main()

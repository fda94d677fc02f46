"""Reports of made-up readings by our models, for the tests of each format."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from omegaconf import OmegaConf

from models.card import ModelCard
from models.catalog import Catalog
from models.diagnosis import Diagnosis, Verdict
from models.interpretation import label_set_of
from models.settings import WEIGHTS
from report.document import Document, compose
from tests.report.samples import DERMNET_SKIN, card, diagnosis, spread
from tests.report.test_card_words import CARDS

WHEN = datetime(2026, 9, 21, 14, 5, tzinfo=UTC)
SHIPPED = ("melanoma", "pneumonia", "skin")
MODELS = (*SHIPPED, DERMNET_SKIN)


@cache
def card_of(model: str) -> ModelCard:
    """The shipped card of ``model``; for Dermnet's, which is not shipped, one with all that it will say."""
    catalog = Catalog.load(WEIGHTS)
    if model in catalog.names:
        return catalog.card(model)
    config, skin = OmegaConf.load(CARDS / "dermnet.yaml"), catalog.card("skin")
    data = skin.data[0].model_copy(
        update={"name": config.data_name, "source": config.source, "licence": config.licence}
    )
    changes = {"limits": tuple(config.limits), "figures": skin.figures, "data": (data,)}
    return card(model).model_copy(update=changes)


def reading(
    model: str, lead: str, verdict: Verdict, probability: float = 0.4, size: tuple[int, int] = (320, 240)
) -> Diagnosis:
    """A reading of a grey picture by the model as it is shipped."""
    of = card_of(model)
    made = diagnosis(spread(model, lead, probability), verdict, model=model, size=size)
    return replace(made, version=of.version, weights_hash=of.weights_hash, label_set=label_set_of(made.findings, of))


def report(
    model: str, lead: str, verdict: Verdict, language: str, probability: float = 0.4, request_id: str = "1234"
) -> Document:
    return compose(reading(model, lead, verdict, probability), card_of(model), WHEN, request_id, language)

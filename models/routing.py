"""Which kind of picture this is, and whether a model reads that kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from conversion import Picture
from models.card import Modality, ModelCard
from models.diagnosis import RefusalCode
from models.engines.base import EngineOutput

LEAST_PROBABILITY = 0.5
"""A picture that is of no kind with at least so much is of none."""
_GAP = 2


class Kind(StrEnum):
    """What a picture shows: the labels of the router."""

    DERMOSCOPY = "dermoscopy"
    CHEST_XRAY = "chest_xray"
    ADULT_CHEST_XRAY = "adult_chest_xray"
    OTHER = "other"


_READ: Mapping[Modality, frozenset[Kind]] = MappingProxyType(
    {
        Modality.DERMOSCOPY: frozenset({Kind.DERMOSCOPY}),
        # The router was not taught what a camera's pictures of skin look like, so to it they may be anything.
        Modality.SKIN_PHOTO: frozenset({Kind.DERMOSCOPY, Kind.OTHER}),
        Modality.CHEST_XRAY: frozenset({Kind.CHEST_XRAY}),
        Modality.ANY: frozenset(Kind),
    }
)


def router_input(picture: Picture, card: ModelCard) -> NDArray[np.uint8]:
    """``picture`` as the router takes it, uint8 ``[1, H, W, 3]``: the whole of it, by way of every nth pixel, which
    costs a fraction of a millisecond where averaging all of a camera's picture costs thirty."""
    size = (card.input.width, card.input.height)
    step = max(1, min(picture.width // (_GAP * size[0]), picture.height // (_GAP * size[1])))
    resized = Image.fromarray(picture.pixels[::step, ::step]).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(resized)[None]


def kind_of(card: ModelCard, output: EngineOutput) -> Kind:
    """The kind of the first picture of ``output``, computed by the router whose card is ``card``.

    It is ``OTHER`` from the card's upper cut on, when it is unlike the router's own pictures, and when no kind is more
    likely than not.
    """
    probabilities = dict(zip(card.codes, output.probabilities[0].tolist(), strict=True))
    likely = max(probabilities, key=probabilities.__getitem__)
    if (
        probabilities[Kind.OTHER] >= card.thresholds.suspicious_from
        or probabilities[likely] < LEAST_PROBABILITY
        or float(output.novelty[0]) > card.novelty.threshold
    ):
        return Kind.OTHER
    return Kind(likely)


def reads(modality: Modality, kind: Kind) -> bool:
    """Whether a model of ``modality`` was made for pictures of ``kind``."""
    return kind in _READ[modality]


def why_not_read(modality: Modality, kind: Kind) -> RefusalCode:
    """The reason that a model of ``modality`` is not asked about a picture of ``kind``."""
    if kind is Kind.OTHER:
        return RefusalCode.UNKNOWN_KIND
    if kind is Kind.ADULT_CHEST_XRAY and modality is Modality.CHEST_XRAY:
        return RefusalCode.ADULT_XRAY
    return RefusalCode.WRONG_KIND

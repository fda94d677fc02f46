"""What comes out of a second look: a diagnosis or a refusal. Both are values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from conversion import Picture


class Verdict(StrEnum):
    SUSPICIOUS = "suspicious"
    UNCLEAR = "unclear"
    UNSUSPICIOUS = "unsuspicious"


@dataclass(frozen=True)
class Finding:
    """A class and its calibrated probability, 0..1."""

    label: str
    probability: float


@dataclass(frozen=True)
class Timings:
    """Milliseconds spent opening and checking the picture, and in the model."""

    convert: float
    infer: float


@dataclass(frozen=True)
class Diagnosis:
    """One model's reading of one picture.

    ``findings`` hold every class, most probable first. ``heatmap`` is float32 ``[h, w]``, 0..1: where the model looked
    within ``region`` (left, top, right, bottom, in pixels of ``picture``). ``weights_hash`` is the SHA-256 of the only
    weights file, or of the joined hashes of several. ``label_set`` are the labels that may be meant: empty when too
    many, None when the model's card has no cuts for them. ``picture`` lives in memory only and is never journaled.
    """

    model: str
    version: str
    weights_hash: str
    engine: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    heatmap: NDArray[np.float32]
    region: tuple[int, int, int, int]
    novelty: float
    picture: Picture
    timings: Timings
    label_set: tuple[str, ...] | None = None

    def on(self, picture: Picture, size: tuple[int, int]) -> Diagnosis:
        """The same with ``picture``: the one that was read, whose width and height were ``size``, at another size."""
        across, down = picture.width / size[0], picture.height / size[1]
        left, top, right, bottom = self.region
        region = (round(left * across), round(top * down), round(right * across), round(bottom * down))
        return replace(self, picture=picture, region=region)


class RefusalCode(StrEnum):
    """Why a readable picture is refused by the service; ``conversion.ReasonCode`` lists the earlier reasons."""

    UNLIKE_TRAINING = "unlike_training"
    UNKNOWN_KIND = "unknown_kind"
    WRONG_KIND = "wrong_kind"
    ADULT_XRAY = "adult_xray"


@dataclass(frozen=True)
class Refusal:
    """Why there is no diagnosis: a code (``conversion.ReasonCode`` or ``RefusalCode``), an English sentence, and the
    values that fill the placeholders of the person's language. ``model`` is the model that was named, or
    that the router chose, if there is one."""

    code: str
    message: str
    details: Mapping[str, float | int | str] = field(default_factory=dict)
    model: str | None = None
    novelty: float | None = None
    timings: Timings | None = None

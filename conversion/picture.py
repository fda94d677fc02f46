"""What the conversion module hands on: a checked picture, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field


class SourceFormat(StrEnum):
    """File formats that are read, told by content and never by file name."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    BMP = "bmp"
    TIFF = "tiff"
    GIF = "gif"
    HEIF = "heif"
    AVIF = "avif"
    DICOM = "dicom"


class ReasonCode(StrEnum):
    """Why a picture is refused before a model sees it. Each code has one text per language in ``report``."""

    EMPTY = "empty"
    FILE_TOO_LARGE = "file_too_large"
    NOT_A_PICTURE = "not_a_picture"
    UNSUPPORTED_FORMAT = "unsupported_format"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    SEVERAL_FRAMES = "several_frames"
    NO_PIXELS = "no_pixels"
    TOO_SLOW = "too_slow"
    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    COLOURLESS = "colourless"
    OVEREXPOSED = "overexposed"
    MOSTLY_BORDER = "mostly_border"
    SCREENSHOT = "screenshot"


@dataclass(frozen=True)
class Picture:
    """A decoded picture, upright, free of metadata.

    ``pixels`` is uint8 ``[H, W, 3]``, RGB, 0..255, read-only; of a larger picture than is of use they are a half, a
    quarter or an eighth a side (:mod:`conversion.reduction`). ``source_format`` says what the bytes were.
    """

    pixels: NDArray[np.uint8]
    source_format: SourceFormat

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])


FOR_MODELS = 448
"""Twice the 224 pixels that networks for pictures are mostly made for: from there on it makes hardly a difference
whether a picture was averaged before it is brought to size (0.3 of 255 in the mean), and none is measured at more than
256."""
TO_BE_SHOWN = 720
"""Answers are shown at up to 1,280 pixels on the longer side."""


class DecodingLimits(BaseModel):
    """Bounds on what is decoded at all, checked before the pixels are.

    ``megabytes`` are 2**20 bytes, ``megapixels`` 10**6 pixels of the whole file (all frames), ``seconds`` wall clock.
    ``enough`` are the pixels that the shorter side has to keep: ``FOR_MODELS``, or ``TO_BE_SHOWN``.
    """

    model_config = ConfigDict(frozen=True)

    megabytes: float = Field(default=20.0, gt=0)
    megapixels: float = Field(default=50.0, gt=0)
    seconds: float = Field(default=4.0, gt=0)
    enough: int = Field(default=FOR_MODELS, ge=1)


class QualityLimits(BaseModel):
    """What a picture must have to be worth a model's time; each model's card carries its own.

    Brightness is the mean luma (ITU-R BT.601), 0..255; sharpness the variance of the Laplacian of the luma of the
    picture resized to 256 px on its shorter side; colourfulness the mean chroma (max - min of RGB), 0..255. Border is
    the share outside the rectangle that holds all content; plainness the share of the three commonest of 256 levels of
    luma. What is plain and sharper than ``max_sharpness`` is a page or a drawing; plain and white, overexposed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_side: int = Field(default=64, ge=1, description="pixels on the shorter side")
    min_sharpness: float = Field(default=0.0, ge=0)
    min_brightness: float = Field(default=0.0, ge=0, le=255)
    max_brightness: float = Field(default=255.0, ge=0, le=255)
    min_colourfulness: float = Field(default=0.0, ge=0, le=255)
    max_border: float = Field(default=1.0, ge=0, le=1)
    max_plainness: float = Field(default=1.0, ge=0, le=1)
    max_sharpness: float = Field(default=0.0, ge=0)


@dataclass(frozen=True)
class QualityProblem:
    """One reason not to read a picture, with the measured value and the limit it missed."""

    code: ReasonCode
    details: Mapping[str, float | int | str] = field(default_factory=dict)


class UnreadablePicture(Exception):
    """The bytes are not a picture that can be read; ``code`` says why, ``details`` fills the texts' placeholders."""

    def __init__(self, code: ReasonCode, message: str, **details: float | int | str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details: Mapping[str, float | int | str] = details


@dataclass(frozen=True)
class ModelInput:
    """What a model is given: ``pixels`` uint8 ``[H, W, 3]`` at the card's size, RGB.

    ``region`` is the part of the picture that it shows: ``(left, top, right, bottom)`` in the picture's pixels, so a
    heat map can be laid back where it belongs.
    """

    pixels: NDArray[np.uint8]
    region: tuple[int, int, int, int]

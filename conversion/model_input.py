"""A picture becomes a model's input: one crop, one resize, the same in training and serving."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from PIL import Image

from conversion.picture import ModelInput, Picture

_GAP = 3.0  # times the size


class Fit(StrEnum):
    """How a picture of any shape is brought to the model's: the whole of it stretched, or its centre cropped."""

    STRETCH = "stretch"
    CENTRE_CROP = "centre_crop"


def to_model_input(picture: Picture, height: int, width: int, fit: Fit) -> ModelInput:
    """``picture`` at ``height`` x ``width`` pixels, antialiased bicubic (Keys 1981, as Pillow does it).

    What is more than three times too large is averaged to at least that first (Pillow's ``reducing_gap``): a quarter of
    the time, for 0.2 of 255 in the mean on photographs of 1280 x 960.
    """
    region = (0, 0, picture.width, picture.height)
    if fit is Fit.CENTRE_CROP:
        region = _centre(picture.width, picture.height, width / height)
    image = Image.fromarray(picture.pixels)
    resized = image.resize((width, height), Image.Resampling.BICUBIC, box=region, reducing_gap=_GAP)
    return ModelInput(np.asarray(resized), region)


def _centre(width: int, height: int, aspect: float) -> tuple[int, int, int, int]:
    crop_width = min(width, max(1, round(height * aspect)))
    crop_height = min(height, max(1, round(width / aspect)))
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    return left, top, left + crop_width, top + crop_height

"""What one call of :func:`conversion.open_picture` may end in, and what not."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from conversion import DecodingLimits, Fit, ReasonCode, UnreadablePicture, measure_quality, open_picture, to_model_input

SECONDS = 5.0
MEGABYTES = 300.0
"""How much the process may grow over a whole run."""

LISTED = frozenset(
    {
        ReasonCode.EMPTY,
        ReasonCode.FILE_TOO_LARGE,
        ReasonCode.NOT_A_PICTURE,
        ReasonCode.UNSUPPORTED_FORMAT,
        ReasonCode.DAMAGED,
        ReasonCode.TOO_MANY_PIXELS,
        ReasonCode.SEVERAL_FRAMES,
        ReasonCode.NO_PIXELS,
        ReasonCode.TOO_SLOW,
    }
)
"""The codes that opening may refuse with; all others are about a picture that was opened."""


@dataclass(frozen=True)
class Verdict:
    """``outcome`` is the format or the refusal's code; ``fault`` what must not be, with where it came from."""

    outcome: str
    seconds: float
    fault: str | None = None


def judge(data: bytes, limits: DecodingLimits) -> Verdict:
    """Open ``data`` and take the picture as far as a model, within ``limits``."""
    start = time.monotonic()
    fault = None
    try:
        picture = open_picture(data, limits)
        outcome = picture.source_format.value
        pixels = picture.pixels
        if pixels.dtype != np.uint8 or pixels.shape != (picture.height, picture.width, 3) or pixels.flags.writeable:
            fault = f"a picture of {pixels.dtype} {pixels.shape}"
        elif not 0 < picture.height * picture.width <= limits.megapixels * 1e6:
            fault = f"a picture of {picture.width} x {picture.height} pixels, over the limit"
        else:
            measure_quality(picture)
            to_model_input(picture, 64, 64, Fit.CENTRE_CROP)
    except UnreadablePicture as refusal:
        outcome = str(refusal.code)
        if refusal.code not in LISTED:
            fault = f"a refusal that is not listed: {refusal.code}"
    except BaseException as error:
        outcome, fault = "exception", _told(error)
    seconds = time.monotonic() - start
    if fault is None and seconds > SECONDS:
        fault = f"took more than {SECONDS:g} s: {outcome}"
    return Verdict(outcome, seconds, fault)


def _told(error: BaseException) -> str:
    """The exception's kind and where it was raised; its text may quote the file."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    return f"{type(error).__name__}{where}"

"""Work on a large picture a few rows at a time.

Decoders hand over up to 50 million samples; whole copies of those as indices or 64-bit numbers take gigabytes, while a
strip stays in the processor's cache, which is faster too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SAMPLES = 2**19


def strips(values: NDArray[Any]) -> Iterator[slice]:
    """The rows of ``values`` ``[H, ...]`` in runs of about half a million samples."""
    rows = max(1, _SAMPLES // max(1, values[:1].size))
    for top in range(0, len(values), rows):
        yield slice(top, top + rows)


def in_strips(values: NDArray[Any], work: Callable[[NDArray[Any]], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """What ``work`` makes of ``values`` ``[H, ...]``, which has to be as high, whatever else its shape."""
    made: NDArray[np.uint8] | None = None
    for rows in strips(values):
        strip = work(values[rows])
        if made is None:
            made = np.empty((len(values), *strip.shape[1:]), np.uint8)
        made[rows] = strip
    return np.zeros(values.shape, np.uint8) if made is None else made


def pixels_of(image: Image.Image) -> NDArray[np.uint8]:
    """The pixels of an ``image`` in mode RGB, ``[H, W, 3]``; numpy alone would take all of them three times over."""
    made = np.empty((image.height, image.width, 3), np.uint8)
    for rows in strips(made):
        made[rows] = np.asarray(image.crop((0, rows.start, image.width, min(rows.stop, image.height))))
    return made

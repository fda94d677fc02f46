"""Pictures that carry a number which can still be read from the bot's overlay of them."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BITS = 32
_COLUMNS = 8
_CELL = 32
_SIDE = _COLUMNS * _CELL
_SHRUNK = 4


def picture_of(number: int) -> bytes:
    """A JPEG that shows ``number``: a bit is a dark cell above a light one, or the other way round.

    Half of it is dark whatever the number, so the tiny models find it as familiar as any other.
    """
    bits = np.array([(number >> bit) & 1 for bit in range(BITS)]).reshape(-1, _COLUMNS)
    cells = np.stack([bits, 1 - bits], axis=1).reshape(-1, _COLUMNS)
    pixels = np.kron(cells, np.ones((_CELL, _CELL))) * 235 + 10
    file = BytesIO()
    Image.fromarray(np.repeat(pixels[..., None], 3, axis=2).astype(np.uint8)).save(file, "JPEG", quality=92)
    return file.getvalue()


def number_in(overlay: bytes) -> int:
    """The number in an overlay of such a picture, which stands above its legend and may have borders at its sides."""
    with Image.open(BytesIO(overlay)) as image:
        width = image.width
        image.draft("L", (image.width // _SHRUNK, image.height // _SHRUNK))  # decoded small, which is quicker
        luma = np.asarray(image.convert("L"), np.float64)
    # Overlays are at least as large as a heat map is legible at; the picture is a square on top of the sheet.
    side = min(width, 640) * luma.shape[1] / width
    left = (luma.shape[1] - side) / 2
    cell = side / _COLUMNS
    means = np.array(
        [
            [_middle(luma, row * cell, left + column * cell, cell) for column in range(_COLUMNS)]
            for row in range(_COLUMNS)
        ]
    )
    bits = (means[0::2] > means[1::2]).ravel()
    return int(sum(1 << bit for bit in range(BITS) if bits[bit]))


def _middle(luma: NDArray[np.float64], top: float, left: float, cell: float) -> float:
    quarter = cell / 4
    part = luma[int(top + quarter) : int(top + cell - quarter), int(left + quarter) : int(left + cell - quarter)]
    return float(part.mean())

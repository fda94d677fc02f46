"""Colour in DICOM: samples of any depth, luma and chroma, palettes (PS3.3, C.7.6.3.1.2, C.7.6.3.1.5 and C.7.9)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut, convert_color_space

from conversion.guard import damaged
from conversion.picture import ReasonCode, UnreadablePicture
from conversion.strips import in_strips, strips

_MOST_ENTRIES = 2**16
_DISCRETE, _LINEAR = 0, 1


def colour_to_bytes(colours: NDArray[np.generic], bits: int, photometric: str) -> NDArray[np.uint8]:
    """Samples of ``bits`` significant bits, ``[H, W, 3]``, as uint8 RGB of the same shape."""
    shift = max(0, bits - 8)
    is_luma_and_chroma = photometric in ("YBR_FULL", "YBR_FULL_422")

    def convert(strip: NDArray[Any]) -> NDArray[np.uint8]:
        shown: NDArray[np.uint8] = (strip.view(f"u{strip.itemsize}") >> shift if shift else strip).astype(np.uint8)
        return convert_color_space(shown, "YBR_FULL", "RGB") if is_luma_and_chroma else shown

    return in_strips(colours, convert)


def palette_to_bytes(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.uint8]:
    """``stored`` numbers of colours ``[H, W]`` looked up in the palette of ``dataset``, uint8 ``[H, W, 3]``."""
    _check_segments(dataset)
    low, high = int(stored.min()), int(stored.max())
    if high - low >= _MOST_ENTRIES:
        raise damaged("more colours than any palette has")
    used = np.zeros(high - low + 1, bool)
    for rows in strips(stored):
        used[np.subtract(stored[rows], low, dtype=np.int64)] = True
    colours = apply_color_lut(np.arange(low, high + 1), dataset)[..., :3]
    # Entries of 16 bits often hold values of eight.
    table = (colours if colours[used].max() < 256 else colours >> 8).astype(np.uint8)
    return in_strips(stored, lambda strip: table[np.subtract(strip, low, dtype=np.int64)])


def _check_segments(dataset: Dataset) -> None:
    """Refuse a segmented palette that unpacks to more than one can have: three numbers may stand for 65,535.

    Segments that repeat others (PS3.3, C.7.9.2.3) are not counted but refused: they may call one another without end.
    """
    for colour in ("Red", "Green", "Blue", "Alpha"):
        packed = dataset.get(f"Segmented{colour}PaletteColorLookupTableData")
        if not packed:
            continue
        deep = int(dataset[f"{colour}PaletteColorLookupTableDescriptor"].value[2]) > 8
        numbers = np.frombuffer(packed[: len(packed) // 2 * 2], "<u2") if deep else np.frombuffer(packed, np.uint8)
        at = entries = 0
        while at + 1 < len(numbers):
            kind, length = int(numbers[at]), int(numbers[at + 1])
            if kind not in (_DISCRETE, _LINEAR):
                message = "a segmented palette with repetitions is not read"
                raise UnreadablePicture(ReasonCode.UNSUPPORTED_FORMAT, message, format="DICOM")
            entries += length
            at += 2 + (length if kind == _DISCRETE else 1)
        if entries > _MOST_ENTRIES:
            raise damaged("a segmented palette of more entries than there can be")

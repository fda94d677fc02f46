"""Stored values of a grey DICOM picture become what a screen shows (PS3.3 C.11.1, C.11.2; PS3.4 N.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_modality_lut, apply_voi

from conversion.strips import in_strips

Floats = NDArray[np.float64]

# Without a window the range is the data's own, less the odd pixels that a marker or a dead detector line sets.
_RANGE = (0.001, 0.999)
_SAMPLE = 1_000_000
_TABLE = 2**16


def grey_to_bytes(stored: NDArray[np.generic], dataset: Dataset, photometric: str) -> NDArray[np.uint8]:
    """``stored`` values ``[H, W]`` as uint8 of the same shape, 0 black, 255 white.

    Modality LUT or rescale first; then the first VOI LUT, else the first window, else the values' own range (8-bit
    values without any transformation are left as they are); MONOCHROME1 is inverted; padding is black.
    """
    low, high = stored.min(), stored.max()
    span = _span(stored, dataset)
    if stored.dtype.kind in "iu" and int(high) - int(low) < _TABLE:
        # Few different values: each is worked out once.
        table: NDArray[np.uint8] = _shown(
            np.arange(int(low), int(high) + 1, dtype=np.float64), dataset, photometric, span
        )
        return in_strips(stored, lambda strip: table[np.subtract(strip, low, dtype=np.int64)])
    return in_strips(stored, lambda strip: _shown(strip.astype(np.float64), dataset, photometric, span))


def _shown(values: Floats, dataset: Dataset, photometric: str, span: tuple[float, float]) -> NDArray[np.uint8]:
    unit = _voi(_modality(values, dataset), dataset, span)
    shown = np.rint(np.nan_to_num(np.clip(unit, 0, 1)) * 255).astype(np.uint8)
    if photometric == "MONOCHROME1":
        shown = 255 - shown
    shown[_padding(values, dataset)] = 0
    return shown


def _modality(values: Floats, dataset: Dataset) -> Floats:
    if dataset.get("ModalityLUTSequence"):
        values = values.astype(np.int64)
    return np.asarray(apply_modality_lut(values, dataset), dtype=np.float64)


def _voi(values: Floats, dataset: Dataset, span: tuple[float, float]) -> Floats:
    """``values`` in the modality's units brought to 0..1, which ``span`` stands for where nothing else is said."""
    if dataset.get("VOILUTSequence"):
        return _voi_lut(values, dataset)
    window = _first(dataset.get("WindowCenter")), _first(dataset.get("WindowWidth"))
    if window[0] is not None and window[1] is not None and window[1] > 0:
        return apply_window(values, window[0], window[1], str(dataset.get("VOILUTFunction") or "LINEAR"))
    low, high = span
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _voi_lut(values: Floats, dataset: Dataset) -> Floats:
    """By the table; its own range is taken as full, since its stated depth is often wrong."""
    entries, first, _bits = (int(value) for value in dataset.VOILUTSequence[0].LUTDescriptor)
    table = apply_voi(np.arange(first, first + (entries or 2**16)), dataset)
    low, high = float(table.min()), float(table.max())
    shown = np.asarray(apply_voi(np.rint(values).astype(np.int64), dataset), dtype=np.float64)
    return (shown - low) / max(high - low, 1.0)


def apply_window(values: Floats, centre: float, width: float, function: str) -> Floats:
    """``values`` through a window to 0..1, by the formulas of PS3.3 C.11.2.1.2 and C.11.2.1.3.

    LINEAR is defined for widths of 1 and more; narrower ones, of fractional data, are read as LINEAR_EXACT.
    """
    if function == "SIGMOID":
        return np.asarray(1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700))))
    if function == "LINEAR_EXACT" or width < 1:
        return np.clip((values - centre) / width + 0.5, 0, 1)
    if width == 1:
        return (values > centre - 0.5).astype(np.float64)
    return np.clip((values - (centre - 0.5)) / (width - 1) + 0.5, 0, 1)


def _span(stored: NDArray[np.generic], dataset: Dataset) -> tuple[float, float]:
    """Where black and white lie, in the modality's units, for a picture that does not say."""
    flat = stored.reshape(-1)
    sample = flat[:: max(1, flat.size // _SAMPLE)].astype(np.float64)
    sample = sample[np.isfinite(sample) & ~_padding(sample, dataset)]
    if not sample.size:
        return 0.0, 0.0
    values = _modality(sample, dataset)
    if stored.dtype == np.uint8 and int(dataset.BitsStored) == 8 and np.array_equal(values, sample):
        return 0.0, 255.0
    low, high = (float(value) for value in np.quantile(values, _RANGE))
    return (low, high) if high > low else (float(values.min()), float(values.max()))


def _padding(values: Floats, dataset: Dataset) -> NDArray[np.bool_]:
    """Which stored ``values`` stand for no picture at all (PS3.3, C.7.5.1.1.2)."""
    edge = dataset.get("PixelPaddingValue")
    if edge is None:
        return np.zeros(values.shape, bool)
    edges = float(edge), float(dataset.get("PixelPaddingRangeLimit", edge))
    return (values >= min(edges)) & (values <= max(edges))


def _first(value: object) -> float | None:
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    return None if value in (None, "") else float(str(value))

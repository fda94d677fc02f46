"""Sound files of every format bent by code: each ends in a picture within the limits or in a listed refusal."""

from __future__ import annotations

import gc
import struct
import weakref
import zlib
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom import uid

from conversion import DecodingLimits, ReasonCode, SourceFormat, UnreadablePicture, open_picture
from tests.conversion.dicoms import dataset, file_of
from tests.conversion.pictures import refusal
from tests.fuzz.mutation import NUMBERS, change
from tests.fuzz.seeds import seeds
from tests.fuzz.verdict import LISTED, judge

RASTERS, DICOMS = seeds("raster"), seeds("dicom")
SEEDS = RASTERS | DICOMS
LIMITS = DecodingLimits(megapixels=1)
RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
quick = settings(max_examples=100, deadline=None, derandomize=True, database=None)

# Where each format's header has its width and height, and as which numbers.
SIZES = {"png": (16, ">II"), "bmp": (18, "<ii"), "gif": (6, "<HH"), "webp-lossless": (21, "<HH")}


def assert_harmless(data: bytes) -> None:
    verdict = judge(data, LIMITS)
    assert verdict.fault is None, verdict


@pytest.mark.parametrize("name", SEEDS)
def test_what_is_bent_was_sound(name: str) -> None:
    if name.endswith(("-several", "-animated", "-frames")) and name != "jpeg-several":
        assert refusal(SEEDS[name]).code is ReasonCode.SEVERAL_FRAMES
        return
    picture = open_picture(SEEDS[name])
    assert min(picture.width, picture.height) >= 12
    assert (picture.source_format is SourceFormat.DICOM) == (name in DICOMS)


def test_the_seeds_are_the_same_each_time() -> None:
    assert seeds("raster") | seeds("dicom") == SEEDS


@quick
@given(st.sampled_from(sorted(SEEDS)), st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 7)), min_size=1))
def test_flipped_bits_are_harmless(name: str, flips: list[tuple[int, int]]) -> None:
    bent = bytearray(SEEDS[name])
    for at, bit in flips:
        bent[at % len(bent)] ^= 1 << bit
    assert_harmless(bytes(bent))


@quick
@given(st.sampled_from(sorted(SEEDS)), st.floats(0, 1))
def test_truncation_is_harmless(name: str, kept: float) -> None:
    assert_harmless(SEEDS[name][: int(len(SEEDS[name]) * kept)])


@quick
@given(st.sampled_from(sorted(SEEDS)), st.sampled_from(sorted(SEEDS)), st.floats(0, 1), st.floats(0, 1))
def test_splices_of_two_files_are_harmless(first: str, second: str, until: float, since: float) -> None:
    head, tail = SEEDS[first], SEEDS[second]
    assert_harmless(head[: int(len(head) * until)] + tail[int(len(tail) * since) :])


@quick
@given(st.sampled_from(sorted(SEEDS)), st.integers(0, 2**32))
def test_changes_that_keep_the_structure_are_harmless(name: str, seed: int) -> None:
    assert_harmless(change(SEEDS[name], Random(seed)))


@quick
@given(st.sampled_from(sorted(SIZES)), st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))
@example("bmp", 2**31, 2**31)
def test_absurd_sizes_are_harmless(name: str, width: int, height: int) -> None:
    at, packing = SIZES[name]
    bits = 8 * struct.calcsize(packing) // 2
    data = bytearray(SEEDS[name])
    struct.pack_into(packing.upper(), data, at, width % 2**bits, height % 2**bits)
    if name == "png":
        struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    assert_harmless(bytes(data))


ELEMENTS: dict[str, st.SearchStrategy[Any]] = {
    "Rows": st.sampled_from([0, 1, 15, 17, 7072, 65535]),
    "Columns": st.sampled_from([0, 1, 15, 17, 7072, 65535]),
    "SamplesPerPixel": st.sampled_from([0, 1, 2, 3, 4, 65535]),
    "BitsAllocated": st.sampled_from([0, 1, 7, 8, 12, 16, 24, 32, 64, 65535]),
    "BitsStored": st.sampled_from([0, 1, 7, 8, 12, 16, 40, 65535]),
    "HighBit": st.sampled_from([0, 7, 11, 15, 65535]),
    "PixelRepresentation": st.sampled_from([0, 1, 2, 65535]),
    "PlanarConfiguration": st.sampled_from([0, 1, 2]),
    "PhotometricInterpretation": st.sampled_from(
        ["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "HSV", ""]
    ),
    "NumberOfFrames": st.sampled_from([0, 1, 2, 2**31 - 1]),
    "WindowCenter": st.sampled_from([0, 1e300, -1e300, [1, 2], ""]),
    "WindowWidth": st.sampled_from([0, -1, 1e-300, 1e300, [1, 2], ""]),
    "VOILUTFunction": st.sampled_from(["LINEAR", "SIGMOID", "LINEAR_EXACT", "OTHER"]),
    "RescaleSlope": st.sampled_from([0, -1, 1e300, 1e-300]),
    "RescaleIntercept": st.sampled_from([0, 1e300, -1e300]),
    "PixelPaddingValue": st.sampled_from([0, 255, 32767]),
    "PixelAspectRatio": st.sampled_from([[1, 1], [10, 1], [1, 10], [0, 0], [1], [2**31 - 1, 1]]),
    "PixelSpacing": st.sampled_from([[1, 1], [1e-9, 1e9], [0, 1], ""]),
    "PixelData": st.binary(max_size=1000),
    "ICCProfile": st.binary(max_size=200),
}


@quick
@given(
    st.sampled_from([RAMP, RAMP.astype(np.uint16), RAMP.astype(np.int16), np.stack([RAMP] * 3, axis=-1)]),
    st.fixed_dictionaries({}, optional=ELEMENTS),
    st.sampled_from([uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.RLELossless, uid.JPEG2000, "1.2.3"]),
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_dicom_elements_of_any_value_are_harmless(stored: Any, elements: dict[str, Any], syntax: str) -> None:
    changed = dataset(stored, "RGB" if stored.ndim == 3 else "MONOCHROME2")
    for name, value in elements.items():
        setattr(changed, name, value)
    data = file_of(changed)
    known = uid.ExplicitVRLittleEndian.encode()
    assert_harmless(data.replace(known, syntax.encode().ljust(len(known), b"\0")[: len(known)], 1))
    assert_harmless(data)


def test_the_listed_codes_are_those_of_opening() -> None:
    assert {code.value for code in ReasonCode} - {code.value for code in LISTED} == {
        "too_small", "blurred", "too_dark", "too_bright", "colourless", "overexposed", "mostly_border", "screenshot",
    }  # fmt: skip


def test_a_refusal_holds_nothing_of_the_picture_once_it_is_dealt_with() -> None:
    held: list[weakref.ref[UnreadablePicture]] = []
    gc.disable()
    try:
        try:
            open_picture(RASTERS["png"][:200])
        except UnreadablePicture as error:
            held.append(weakref.ref(error))
        assert [reference() for reference in held] == [None]
    finally:
        gc.enable()

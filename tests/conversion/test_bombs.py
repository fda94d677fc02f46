"""Files of a few kilobytes or megabytes that would keep a decoder busy, or fill the memory, by their structure."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, uid

from conversion import ReasonCode, open_picture
from conversion.dicom_colour import colour_to_bytes, palette_to_bytes
from conversion.dicom_grey import grey_to_bytes
from conversion.strips import in_strips, pixels_of
from conversion.tones import depth_to_bytes
from tests.conversion.dicoms import dataset, encapsulated, file_of
from tests.conversion.pictures import encode, noise, quarters, refusal
from tests.fuzz.lossless_jpeg import lossless_jpeg

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
UNDEFINED = 0xFFFFFFFF


def element(group: int, number: int, value: bytes = b"", length: int | None = None) -> bytes:
    """An element in implicit little endian."""
    return struct.pack("<HHI", group, number, len(value) if length is None else length) + value


def with_elements(added: bytes, syntax: uid.UID = uid.ImplicitVRLittleEndian) -> bytes:
    """A sound file in ``syntax`` with ``added`` at the head of its data set."""
    plain = file_of(dataset(RAMP), syntax)
    start = 144 + struct.unpack_from("<I", plain, 140)[0]
    return plain[:start] + added + plain[start:]


def refused_as(data: bytes, words: str) -> None:
    error = refusal(data)
    assert error.code is ReasonCode.DAMAGED
    assert words in error.message


def test_a_dicom_of_nothing_but_elements_is_given_up_early() -> None:
    elements = b"".join(element(0x0009, number % 2**16) for number in range(150_000))
    refused_as(with_elements(elements), "pieces")
    explicit = b"".join(struct.pack("<HH2sH", 9, number % 2**16, b"LO", 0) for number in range(150_000))
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    head = file_of(dataset(RAMP), uid.DeflatedExplicitVRLittleEndian)
    head = head[: 144 + struct.unpack_from("<I", head, 140)[0]]
    refused_as(head + deflater.compress(explicit) + deflater.flush(), "pieces")
    meta = b"".join(struct.pack("<HH2sH", 2, number % 2**16, b"LO", 0) for number in range(150_000))
    refused_as(with_elements(b"")[:132] + meta, "pieces")


def test_a_dicom_of_nothing_but_items_is_given_up_early() -> None:
    items = element(0xFFFE, 0xE000) * 150_000
    assert refusal(with_elements(element(0x0008, 0x1140, items, UNDEFINED))).code is ReasonCode.DAMAGED


@pytest.mark.parametrize(
    "tag",
    [(0x0008, 0x0005), (0x0008, 0x0016), (0x0018, 0x1164), (0x0028, 0x0008), (0x0028, 0x1050), (0x0028, 0x3010)],
    ids=lambda tag: f"{tag[0]:04x}-{tag[1]:04x}",
)
@pytest.mark.parametrize("defined", [True, False])
def test_an_element_of_a_million_numbers_is_not_read(tag: tuple[int, int], defined: bool) -> None:
    if tag == (0x0028, 0x3010) and not defined:
        pytest.skip("a sequence may be of undefined length")
    value = b"1\\" * 1_000_000
    added = element(*tag, value) if defined else element(*tag, value + element(0xFFFE, 0xE0DD), UNDEFINED)
    refused_as(with_elements(added), "longer")


def test_what_nobody_looks_at_may_be_long() -> None:
    assert open_picture(with_elements(element(0x0009, 0x1001, b"1\\" * 1_000_000))).width == 16


def segmented(numbers: list[int]) -> Dataset:
    made = dataset(RAMP, "PALETTE COLOR")
    for name in ("Red", "Green", "Blue"):
        made.add_new(f"{name}PaletteColorLookupTableDescriptor", "US", [256, 0, 16])
        made.add_new(f"Segmented{name}PaletteColorLookupTableData", "OW", np.array(numbers, "<u2").tobytes())
    return made


def test_a_segmented_palette_is_read_and_not_unpacked_without_end() -> None:
    # Black, then in 255 steps to 255 times 257.
    ramp = open_picture(file_of(segmented([0, 1, 0, 1, 255, 65535])))
    np.testing.assert_array_equal(ramp.pixels[..., 0], RAMP)
    refused_as(file_of(segmented([0, 1, 0] + [1, 65535, 5] * 3000)), "entries")
    repeating = refusal(file_of(segmented([0, 1, 0, 2, 65535, 0, 0])))
    assert (repeating.code, repeating.details) == (ReasonCode.UNSUPPORTED_FORMAT, {"format": "DICOM"})


def test_a_palette_of_more_colours_than_there_can_be_is_damaged() -> None:
    made = segmented([0, 1, 0, 1, 255, 65535])
    made.BitsAllocated = made.BitsStored = 32
    made.HighBit = 31
    made.PixelData = np.arange(0, 2**24, 2**16, dtype="<u4").tobytes()
    refused_as(file_of(made), "colours")


def test_pictures_of_nothing_but_chunks_or_segments_are_given_up_early() -> None:
    chunk = struct.pack(">I", 0) + b"abCd" + struct.pack(">I", zlib.crc32(b"abCd"))
    png, jpeg = encode(quarters(), "PNG"), encode(quarters(), "JPEG")
    refused_as(png[:33] + chunk * 600_000 + png[33:], "pieces")
    refused_as(jpeg[:2] + b"\xff\xe5\0\2" * 600_000 + jpeg[2:], "pieces")


def test_a_jpeg_of_very_many_scans_is_not_decoded() -> None:
    progressive = encode(noise(300, 200), "JPEG", progressive=True)
    first = progressive.index(b"\xff\xda")
    scans = progressive[first:-2]
    assert open_picture(progressive).width == 300
    assert open_picture(progressive + b"\xff\xda" * 1000).width == 300
    refused_as(progressive[:first] + scans * 30 + progressive[-2:], "scans")
    refused_as(progressive[:first] + scans + b"\xff\xfe\0\2" * 2000 + progressive[-2:], "scans")


def test_a_lossless_jpeg_that_gdcm_dies_of_is_damaged() -> None:
    sound = lossless_jpeg(RAMP, 8)
    read = open_picture(encapsulated(dataset(RAMP), sound, uid.JPEGLosslessSV1))
    np.testing.assert_array_equal(read.pixels[..., 0], RAMP)
    at = sound.index(b"\xff\xc3") + 4
    # 17 bits a sample, of which GDCM has no decoder.
    bent = sound[:at] + b"\x11" + sound[at + 1 :]
    assert refusal(encapsulated(dataset(RAMP), bent, uid.JPEGLosslessSV1)).code is ReasonCode.DAMAGED


def run_length_bmp(width: int, height: int, runs: bytes) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 0, 0, 256, 0)
    palette = bytes(value for grey in range(256) for value in (grey, grey, grey, 0))
    return b"BM" + struct.pack("<IHHI", 1078 + len(runs), 0, 0, 1078) + header + palette + runs


def test_a_run_length_encoded_bitmap_is_read_up_to_a_screens_size() -> None:
    row = b"\xc8\x40" + b"\0\0"
    screen = open_picture(run_length_bmp(200, 3, row * 3 + b"\0\1"))
    assert np.unique(screen.pixels).tolist() == [0x40]
    # Nothing but ends of line: every pixel is a step of Pillow's decoder.
    error = refusal(run_length_bmp(7000, 7000, b"\1\0\0\0" * 7000))
    assert error.code is ReasonCode.TOO_MANY_PIXELS
    assert error.details == {"megapixels": 49.0, "limit": 2.5}


def peak_megabytes(work: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


WIDE = np.zeros((2500, 2000), np.int32)
WIDE[0, 0] = 2**30


@pytest.mark.parametrize(
    "work",
    [
        lambda: grey_to_bytes(WIDE, dataset(RAMP, WindowCenter=5, WindowWidth=9, RescaleSlope=2), "MONOCHROME2"),
        lambda: grey_to_bytes(WIDE.astype(np.uint16), dataset(RAMP), "MONOCHROME1"),
        lambda: grey_to_bytes(WIDE.astype(np.float32), dataset(RAMP, PixelPaddingValue=0), "MONOCHROME2"),
        lambda: palette_to_bytes(WIDE.astype(np.uint8), segmented([0, 1, 0, 1, 255, 65535])),
        lambda: depth_to_bytes(WIDE.astype(np.float32)),
    ],
    ids=["wide", "deep", "fractions", "palette", "tones"],
)
def test_a_large_picture_is_worked_on_in_strips(work: Callable[[], object]) -> None:
    # Five million samples: at most four bytes of each for the array given and made here, and the strips.
    assert peak_megabytes(work) < 80


def test_luma_and_chroma_are_worked_on_in_strips() -> None:
    ybr = np.full((2500, 2000, 3), 128, np.uint8)
    made: list[NDArray[np.uint8]] = []
    assert peak_megabytes(lambda: made.append(colour_to_bytes(ybr, 8, "YBR_FULL"))) < 40
    assert made[0].shape == ybr.shape
    assert set(np.unique(made[0])) == {128}


@pytest.mark.parametrize("shape", [(1, 1), (3, 700_001), (700_001, 3), (1300, 900), (1300, 900, 3)])
def test_strips_are_put_together_in_order(shape: tuple[int, ...]) -> None:
    values: NDArray[Any] = np.arange(np.prod(shape), dtype=np.uint32).reshape(shape)
    np.testing.assert_array_equal(in_strips(values, lambda strip: (strip % 251).astype(np.uint8)), values % 251)


def test_the_pixels_of_a_large_picture_are_its_own() -> None:
    pixels = noise(1100, 900)
    np.testing.assert_array_equal(pixels_of(Image.fromarray(pixels)), pixels)

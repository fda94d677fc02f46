"""Grey DICOM pictures: from stored values to what a screen shows."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import Dataset

from conversion import open_picture
from tests.conversion.dicoms import dataset, file_of
from tests.conversion.pictures import is_near

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def test_monochrome1_is_inverted() -> None:
    np.testing.assert_array_equal(open_picture(file_of(dataset(RAMP, "MONOCHROME1"))).pixels[..., 0], 255 - RAMP)


@pytest.mark.parametrize(
    ("function", "values"),
    [
        # PS3.3 C.11.2.1.2: centre 100, width 5 is black up to 97.5 and white from 101.5 on.
        ("LINEAR", {97: 0, 98: 32, 99: 96, 100: 159, 101: 223, 102: 255}),
        ("LINEAR_EXACT", {97: 0, 98: 26, 100: 128, 102: 230, 103: 255}),
        ("SIGMOID", {95: 5, 100: 128, 105: 250}),
    ],
)
def test_a_window_follows_the_standard(function: str, values: dict[int, int]) -> None:
    made = dataset(RAMP, WindowCenter=100, WindowWidth=5, VOILUTFunction=function)
    shown = open_picture(file_of(made)).pixels[..., 0].ravel()
    assert {value: int(shown[value]) for value in values} == pytest.approx(values, abs=1)


def test_the_first_of_several_windows_is_taken() -> None:
    made = dataset(RAMP, WindowCenter=[100, 10], WindowWidth=[1, 400])
    shown = open_picture(file_of(made)).pixels[..., 0].ravel()
    assert shown[99] == 0
    assert shown[100] == 255


@pytest.mark.parametrize("elements", [{"WindowWidth": 0}, {"WindowWidth": -5}, {"WindowWidth": ""}, {}])
def test_a_window_that_is_none_is_ignored(elements: dict) -> None:
    picture = open_picture(file_of(dataset(RAMP, WindowCenter=100, **elements)))
    np.testing.assert_array_equal(picture.pixels[..., 0], RAMP)


def test_rescaling_comes_before_the_window() -> None:
    stored = np.array([[0, 1024, 1064, 1124]], np.uint16)
    made = dataset(stored, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=50.5, WindowWidth=101)
    assert open_picture(file_of(made)).pixels[0, :, 0].tolist() == [0, 0, 102, 255]


def test_a_voi_table_is_applied_and_comes_before_a_window() -> None:
    made = dataset(RAMP.astype(np.uint16), WindowCenter=1, WindowWidth=1)
    made.VOILUTSequence = [lut(np.arange(4095, -1, -16), first=0, bits=16)]
    np.testing.assert_array_equal(open_picture(file_of(made)).pixels[..., 0], 255 - RAMP)


def test_a_modality_table_is_applied() -> None:
    made = dataset(RAMP, WindowCenter=1020.5, WindowWidth=2041)
    made.ModalityLUTSequence = [lut(np.arange(256) * 8, first=0, bits=16)]
    made.ModalityLUTSequence[0].ModalityLUTType = "US"
    np.testing.assert_array_equal(open_picture(file_of(made)).pixels[..., 0], RAMP)


def lut(entries: np.ndarray, first: int, bits: int) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    return item


def test_without_a_window_the_values_of_deep_pictures_fill_the_range() -> None:
    stored = RAMP.astype(np.uint16) * 4 + 1000
    np.testing.assert_array_equal(open_picture(file_of(dataset(stored))).pixels[..., 0], RAMP)


def test_without_a_window_a_few_stray_values_do_not_set_the_range() -> None:
    stored = np.tile(RAMP.astype(np.uint16) * 4 + 1000, (16, 16))
    stored[0, :20] = 60_000
    assert is_near(open_picture(file_of(dataset(stored))).pixels[16:, :, 0], np.tile(RAMP, (15, 16)), 1)


def test_padding_is_black_and_outside_the_range() -> None:
    stored = RAMP.astype(np.int16) * 4
    stored[0, :8] = -2000
    for photometric, shown in (("MONOCHROME2", RAMP), ("MONOCHROME1", 255 - RAMP)):
        pixels = open_picture(file_of(dataset(stored, photometric, PixelPaddingValue=-2000))).pixels[..., 0]
        assert not pixels[0, :8].any()
        # The eight darkest values are padding here, so the others fill the range from 8 on.
        expected = np.rint((RAMP.astype(float) - 8) / 247 * 255)
        expected = expected if photometric == "MONOCHROME2" else 255 - expected
        assert is_near(pixels[1:], expected[1:], 1), shown


def test_a_range_of_padding_is_black() -> None:
    made = dataset(RAMP, "MONOCHROME1", PixelPaddingValue=0, PixelPaddingRangeLimit=10)
    pixels = open_picture(file_of(made)).pixels[0, :, 0]
    assert pixels[:12].tolist() == [0] * 11 + [244]


def test_a_picture_of_one_value_is_black() -> None:
    assert not open_picture(file_of(dataset(np.full((9, 9), 700, np.uint16)))).pixels.any()


@pytest.mark.parametrize(("dtype", "scale"), [(np.uint32, 10**7), (np.int32, -(10**6))])
def test_32_bit_values_are_read(dtype: type, scale: int) -> None:
    made = dataset((RAMP.astype(np.int64) * scale).astype(dtype))
    shown = RAMP if scale > 0 else 255 - RAMP
    assert is_near(open_picture(file_of(made)).pixels[..., 0], shown, 1)


@pytest.mark.parametrize(("name", "dtype"), [("FloatPixelData", np.float32), ("DoubleFloatPixelData", np.float64)])
def test_fractional_values_are_read(name: str, dtype: type) -> None:
    made = dataset((RAMP / 100).astype(dtype))
    setattr(made, name, made.PixelData)
    for element in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        delattr(made, element)
    assert is_near(open_picture(file_of(made)).pixels[..., 0], RAMP, 1)


def test_single_bits_are_read() -> None:
    made = dataset(RAMP[:8, :8], BitsStored=1, BitsAllocated=1)
    made.PixelData = bytes([0b00001111] * 8)
    assert open_picture(file_of(made)).pixels[3, :, 0].tolist() == [255] * 4 + [0] * 4

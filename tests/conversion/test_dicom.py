from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms
from pydicom import uid
from pydicom.uid import UID

from conversion import SourceFormat, open_picture
from tests.conversion.dicoms import NATIVE, dataset, encapsulated, file_of
from tests.conversion.pictures import BLUE, GREEN, RED, WHITE, corners, encode, is_near, quarters
from tests.conversion.test_tones import swapped_profile

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.mark.parametrize("syntax", NATIVE, ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("bits", [8, 16])
def test_uncompressed_pixels_are_read_in_every_byte_order(syntax: UID, bits: int) -> None:
    stored = RAMP if bits == 8 else RAMP.astype(np.uint16) * 16
    window = {} if bits == 8 else {"WindowCenter": 2040.5, "WindowWidth": 4081}
    picture = open_picture(file_of(dataset(stored, **window), syntax))
    assert picture.source_format is SourceFormat.DICOM
    np.testing.assert_array_equal(picture.pixels, np.repeat(RAMP[..., None], 3, axis=2))


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian])
def test_a_data_set_without_preamble_is_recognised(syntax: UID) -> None:
    data = file_of(dataset(RAMP), syntax, preamble=False)
    assert data[128:132] != b"DICM"
    np.testing.assert_array_equal(open_picture(data).pixels[..., 0], RAMP)


def test_a_tiff_header_in_the_preamble_does_not_mislead() -> None:
    data = file_of(dataset(RAMP))
    assert open_picture(b"II*\0" + data[4:]).source_format is SourceFormat.DICOM


@pytest.mark.parametrize(
    "syntax",
    [uid.RLELossless, uid.JPEGLSLossless, uid.JPEG2000Lossless],
    ids=lambda syntax: syntax.keyword,
)
def test_losslessly_compressed_grey_is_exact(syntax: UID) -> None:
    shown = np.tile(RAMP, (4, 4))
    for stored, window in (
        (shown, {}),
        (shown.astype(np.uint16) * 16, {"WindowCenter": 2040.5, "WindowWidth": 4081, "BitsStored": 12}),
        (shown.astype(np.int16) * 16 - 2000, {"WindowCenter": 40.5, "WindowWidth": 4081}),
    ):
        made = dataset(stored, **window)
        made.compress(syntax, generate_instance_uid=False)
        np.testing.assert_array_equal(open_picture(file_of(made)).pixels[..., 0], shown)


@pytest.mark.parametrize(
    ("syntax", "photometric"),
    [
        (uid.RLELossless, "RGB"),
        (uid.JPEGLSLossless, "RGB"),
        (uid.JPEG2000Lossless, "RGB"),
        (uid.JPEG2000Lossless, "YBR_RCT"),
    ],
)
def test_losslessly_compressed_colour_is_exact(syntax: UID, photometric: str) -> None:
    made = dataset(quarters(), photometric)
    made.compress(syntax, quarters(), generate_instance_uid=False)
    np.testing.assert_array_equal(open_picture(file_of(made)).pixels, quarters())


@pytest.mark.parametrize(
    ("syntax", "photometric", "options"),
    [(uid.JPEG2000, "YBR_ICT", {"j2k_psnr": [60]}), (uid.JPEGLSNearLossless, "RGB", {"jls_error": 2})],
)
def test_lossily_compressed_colour_is_near(syntax: UID, photometric: str, options: dict) -> None:
    made = dataset(quarters(), photometric)
    made.compress(syntax, quarters(), generate_instance_uid=False, **options)
    assert is_near(open_picture(file_of(made)).pixels, quarters(), 4)


def test_jpeg_baseline_is_read_in_grey_and_colour() -> None:
    grey = encode(Image.fromarray(RAMP), "JPEG", quality=100)
    picture = open_picture(encapsulated(dataset(RAMP), grey, uid.JPEGBaseline8Bit))
    assert is_near(picture.pixels[..., 0], RAMP, 3)
    colour = encode(quarters(), "JPEG", quality=95, subsampling=0)
    picture = open_picture(encapsulated(dataset(quarters(), "YBR_FULL"), colour, uid.JPEGBaseline8Bit))
    assert is_near(corners(picture), [RED, GREEN, BLUE, WHITE], 6)


def test_colours_come_out_right_by_plane_by_pixel_and_in_ybr() -> None:
    np.testing.assert_array_equal(open_picture(file_of(dataset(quarters(), "RGB"))).pixels, quarters())
    planes = dataset(quarters(), "RGB", PlanarConfiguration=1)
    planes.PixelData = quarters().transpose(2, 0, 1).tobytes()
    np.testing.assert_array_equal(open_picture(file_of(planes)).pixels, quarters())
    ybr = np.asarray(Image.fromarray(quarters()).convert("YCbCr"))
    assert is_near(open_picture(file_of(dataset(ybr, "YBR_FULL"))).pixels, quarters(), 4)


def test_deep_colour_keeps_its_high_bits() -> None:
    stored = quarters().astype(np.uint16) * 257
    np.testing.assert_array_equal(open_picture(file_of(dataset(stored, "RGB"))).pixels, quarters())
    twelve = dataset(stored >> 4, "RGB", BitsStored=12)
    np.testing.assert_array_equal(open_picture(file_of(twelve)).pixels, quarters())


@pytest.mark.parametrize("scale", [1, 257])
def test_a_palette_is_looked_up(scale: int) -> None:
    made = dataset(np.array([[0, 1, 2, 3]], np.uint8), "PALETTE COLOR")
    for channel, name in enumerate(("Red", "Green", "Blue")):
        made.add_new(f"{name}PaletteColorLookupTableDescriptor", "US", [4, 0, 16])
        entries = np.array([colour[channel] * scale for colour in (RED, GREEN, BLUE, (0, 0, 0))], "<u2")
        made.add_new(f"{name}PaletteColorLookupTableData", "OW", entries.tobytes())
    assert [tuple(pixel) for pixel in open_picture(file_of(made)).pixels[0].tolist()] == [RED, GREEN, BLUE, (0, 0, 0)]


def test_a_colour_profile_is_applied() -> None:
    made = dataset(quarters(), "RGB", ICCProfile=swapped_profile())
    first = corners(open_picture(file_of(made)))[0]
    assert first[1] > 180 > 90 > first[0]
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = open_picture(file_of(dataset(quarters(), "RGB", ICCProfile=srgb)))
    np.testing.assert_array_equal(same.pixels, quarters())


@pytest.mark.parametrize(
    ("elements", "size"),
    [
        ({"PixelAspectRatio": [2, 1]}, (32, 48)),
        ({"PixelAspectRatio": [1, 2]}, (64, 24)),
        ({"PixelAspectRatio": [1, 1]}, (64, 48)),
        ({"PixelSpacing": [0.3, 0.15]}, (32, 48)),
        ({"ImagerPixelSpacing": [0.15, 0.15]}, (64, 48)),
        ({"PixelAspectRatio": [0, 1]}, (64, 48)),
        ({"PixelAspectRatio": [1000, 1]}, (64, 48)),
    ],
)
def test_pixels_are_made_square(elements: dict, size: tuple[int, int]) -> None:
    picture = open_picture(file_of(dataset(quarters(), "RGB", **elements)))
    assert (picture.width, picture.height) == size
    assert corners(picture) == [RED, GREEN, BLUE, WHITE]

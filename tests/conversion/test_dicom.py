from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms
from pydicom import Dataset, uid
from pydicom.uid import UID

from conversion import DecodingLimits, ReasonCode, SourceFormat, open_picture
from tests.conversion.dicoms import NATIVE, dataset, encapsulated, file_of
from tests.conversion.pictures import BLUE, GREEN, RED, WHITE, corners, encode, is_near, noise, quarters, refusal
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


def test_several_frames_are_refused_with_their_number() -> None:
    made = dataset(RAMP, NumberOfFrames=3)
    made.PixelData = made.PixelData * 3
    error = refusal(file_of(made))
    assert error.code is ReasonCode.SEVERAL_FRAMES
    assert error.details == {"frames": 3}


def test_a_file_without_pixels_says_so() -> None:
    made = dataset(RAMP)
    del made.PixelData
    assert refusal(file_of(made)).code is ReasonCode.NO_PIXELS
    assert refusal(file_of(dataset(RAMP, PixelData=b""))).code is ReasonCode.NO_PIXELS


def test_the_pixel_limit_is_read_from_the_header() -> None:
    error = refusal(file_of(dataset(RAMP, Rows=10_000, Columns=10_000)))
    assert error.code is ReasonCode.TOO_MANY_PIXELS
    assert error.details == {"megapixels": 100.0, "limit": 50.0}
    assert open_picture(file_of(dataset(RAMP)), DecodingLimits(megapixels=0.000256)).width == 16


@pytest.mark.parametrize("syntax", [uid.JPEG2000Lossless, uid.JPEGLSLossless], ids=lambda syntax: syntax.keyword)
def test_a_stream_larger_than_the_header_says_is_not_decoded(syntax: UID, monkeypatch: pytest.MonkeyPatch) -> None:
    made = dataset(np.zeros((600, 700), np.uint8))
    made.compress(syntax, generate_instance_uid=False)
    made.Rows = made.Columns = 16
    monkeypatch.setattr("conversion.dicom.pixel_array", lambda *_, **__: pytest.fail("decoded a bomb"))
    assert refusal(file_of(made)).code is ReasonCode.DAMAGED


def test_a_jpeg_larger_than_the_header_says_is_not_decoded() -> None:
    stream = encode(noise(700, 600), "JPEG", exif=Image.Exif(), comment=b"c" * 500)
    error = refusal(encapsulated(dataset(quarters(), "YBR_FULL"), stream, uid.JPEGBaseline8Bit))
    assert error.code is ReasonCode.DAMAGED
    assert "another size" in error.message


def test_a_deflated_bomb_is_not_unpacked() -> None:
    made = dataset(RAMP)
    plain = file_of(dataset(RAMP), uid.DeflatedExplicitVRLittleEndian)
    head = plain[: 132 + 12 + struct.unpack_from("<I", plain, 140)[0]]
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = head + deflater.compress(bytes(40_000_000)) + deflater.flush()
    error = refusal(bomb, megabytes=1)
    assert error.code is ReasonCode.DAMAGED
    assert "unpacks" in error.message
    assert made.Rows == 16


@pytest.mark.parametrize("kept", [140, 200, 400, -10, -100])
def test_a_truncated_file_is_refused(kept: int) -> None:
    made = dataset(noise(40, 30), "RGB")
    assert refusal(file_of(made)[:kept]).code in (ReasonCode.DAMAGED, ReasonCode.NO_PIXELS)


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless])
def test_a_corrupt_stream_is_damaged(syntax: UID) -> None:
    made = dataset(noise(64, 64)[..., 0].copy())
    made.compress(syntax, generate_instance_uid=False)
    data = bytearray(file_of(made))
    start = data.rindex(b"\xfe\xff\x00\xe0") + 8
    data[start : start + 1500] = bytes(1500)
    assert refusal(bytes(data)).code is ReasonCode.DAMAGED


def test_a_panic_of_the_rle_decoder_means_damaged() -> None:
    # Two segments, the first of which unpacks to more bytes than the picture has pixels.
    run_of_128 = b"\x81\x05"
    stream = struct.pack("<16I", 2, 64, 70, *[0] * 13) + run_of_128 * 5
    error = refusal(encapsulated(dataset(RAMP.astype(np.uint16)), stream, uid.RLELossless))
    assert error.code is ReasonCode.DAMAGED


def test_two_transfer_syntaxes_at_once_are_damaged() -> None:
    data = file_of(dataset(RAMP)).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008\\1.2.1\0")
    assert refusal(data).code is ReasonCode.DAMAGED


@pytest.mark.parametrize(
    "elements",
    [
        {"SamplesPerPixel": 4},
        {"Rows": 0},
        {"BitsAllocated": 7},
        {"BitsStored": 40},
        {"PhotometricInterpretation": "PALETTE COLOR"},
        {"NumberOfFrames": "x"},
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_header_that_makes_no_sense_is_damaged(elements: dict) -> None:
    data = file_of(dataset(RAMP, **{name: value for name, value in elements.items() if value != "x"}))
    if elements.get("NumberOfFrames"):
        data = file_of(dataset(RAMP, NumberOfFrames=1)).replace(b"IS\x02\x001 ", b"IS\x02\x00xy")
    assert refusal(data).code is ReasonCode.DAMAGED


def test_random_bytes_behind_a_preamble_are_damaged_or_hold_nothing() -> None:
    for seed in range(20):
        body = np.random.default_rng(seed).bytes(3000)
        assert refusal(bytes(128) + b"DICM" + body).code in (ReasonCode.DAMAGED, ReasonCode.NO_PIXELS)


def test_a_film_is_named_as_unsupported() -> None:
    error = refusal(encapsulated(dataset(RAMP), b"\0\0\1\xb3" + bytes(100), uid.MPEG2MPML))
    assert error.code is ReasonCode.UNSUPPORTED_FORMAT
    assert str(error.details["format"]).startswith("DICOM (MPEG2")


def test_nothing_of_the_person_in_a_file_is_warned_of_or_logged(
    recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    data = file_of(dataset(RAMP, PatientBirthDate="19700101")).replace(b"19700101", b"Ivanov X")
    open_picture(data.replace(uid.SecondaryCaptureImageStorage.encode(), b"1.2.840.Ivanov.Ivanov.4.1"))
    assert not list(recwarn)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")

"""DICOM files that cannot, or must not, be read."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from pydicom import uid
from pydicom.uid import UID

from conversion import DecodingLimits, ReasonCode, open_picture
from tests.conversion.dicoms import dataset, encapsulated, file_of
from tests.conversion.pictures import encode, noise, quarters, refusal

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


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
def test_a_stream_larger_than_the_header_says_is_not_decoded(syntax: UID) -> None:
    made = dataset(np.zeros((600, 700), np.uint8))
    made.compress(syntax, generate_instance_uid=False)
    made.Rows = made.Columns = 16
    error = refusal(file_of(made))
    assert error.code is ReasonCode.DAMAGED
    assert "another size" in error.message


def test_a_jpeg_larger_than_the_header_says_is_not_decoded() -> None:
    stream = encode(noise(700, 600), "JPEG", exif=Image.Exif(), comment=b"c" * 500)
    error = refusal(encapsulated(dataset(quarters(), "YBR_FULL"), stream, uid.JPEGBaseline8Bit))
    assert error.code is ReasonCode.DAMAGED
    assert "another size" in error.message


def test_a_deflated_bomb_is_not_unpacked() -> None:
    plain = file_of(dataset(RAMP), uid.DeflatedExplicitVRLittleEndian)
    head = plain[: 132 + 12 + struct.unpack_from("<I", plain, 140)[0]]
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = head + deflater.compress(bytes(40_000_000)) + deflater.flush()
    error = refusal(bomb, megabytes=1)
    assert error.code is ReasonCode.DAMAGED
    assert "unpacks" in error.message


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

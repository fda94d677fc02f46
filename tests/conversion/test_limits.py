from __future__ import annotations

import io
import logging
import struct
import time
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from conversion import DecodingLimits, ReasonCode, UnreadablePicture, open_picture, opening, raster
from tests.conversion.pictures import encode, noise, quarters, refusal


def png_header(width: int, height: int) -> bytes:
    """A PNG of 10 kB whose header alone claims ``width`` x ``height`` RGB pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height", "megapixels"),
    [(10_000, 10_000, 100.0), (20_000, 20_000, 400.0), (2**31 - 1, 1, 2147.5)],
)
def test_a_bomb_is_refused_from_its_header(
    width: int, height: int, megapixels: float, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("decoded a bomb")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", decode)
    error = refusal(png_header(width, height))
    assert error.code is ReasonCode.TOO_MANY_PIXELS
    assert error.details == {"megapixels": megapixels, "limit": 50.0}
    assert not list(recwarn)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "HEIF", "AVIF"])
def test_the_pixel_limit_holds_for_every_format(file_format: str) -> None:
    data = encode(quarters(400, 300), file_format)
    assert refusal(data, megapixels=0.119).details == {"megapixels": 0.1, "limit": 0.119}
    assert open_picture(data, DecodingLimits(megapixels=0.12)).width == 400


def test_a_huge_webp_or_bmp_header_is_refused() -> None:
    extended = b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4)
    canvas = (16382).to_bytes(3, "little") * 2
    assert refusal(extended + canvas + bytes(100)).code in (ReasonCode.TOO_MANY_PIXELS, ReasonCode.DAMAGED)
    bitmap = bytearray(encode(quarters(), "BMP"))
    struct.pack_into("<ii", bitmap, 18, 50_000, 50_000)
    assert refusal(bytes(bitmap)).code is ReasonCode.TOO_MANY_PIXELS


def test_too_many_bytes_are_refused_unread() -> None:
    error = refusal(encode(quarters(), "PNG") + bytes(25 * 2**20))
    assert error.code is ReasonCode.FILE_TOO_LARGE
    assert error.details == {"megabytes": 25.0, "limit": 20.0}
    assert open_picture(encode(quarters(), "PNG"), DecodingLimits(megabytes=0.01)).width == 64


def test_a_decoder_that_takes_too_long_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "read_raster", lambda *_, **__: time.sleep(2))
    start = time.monotonic()
    error = refusal(encode(quarters(), "PNG"), seconds=0.1)
    assert error.code is ReasonCode.TOO_SLOW
    assert error.details == {"limit": 0.1}
    assert time.monotonic() - start < 1


def test_a_decoder_left_behind_stops_at_its_next_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[type[BaseException]] = []

    def reads_on(file: opening.BoundedBytes, *_: object, **__: object) -> None:
        try:
            while True:
                file.seek(0)
                file.read(10)
                time.sleep(0.02)
        except TimeoutError as error:
            ended.append(type(error))

    monkeypatch.setattr(opening, "read_raster", reads_on)
    refusal(encode(quarters(), "PNG"), seconds=0.05)
    deadline = time.monotonic() + 3
    while not ended and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ended == [TimeoutError]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "HEIF", "AVIF", "GIF"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_damaged(file_format: str, kept: float) -> None:
    data = encode(noise(200, 150), file_format)
    assert refusal(data[: int(len(data) * kept)]).code is ReasonCode.DAMAGED


@pytest.mark.parametrize(
    "error",
    [MemoryError(), struct.error(), RecursionError(), AttributeError(), ValueError(), SyntaxError(), KeyError()],
)
def test_whatever_a_decoder_raises_means_damaged(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    caught = refusal(encode(quarters(), "PNG"))
    assert caught.code is ReasonCode.DAMAGED
    assert caught.__cause__ is error


def test_running_out_of_memory_outside_a_decoder_means_damaged_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(opening, "read_raster", fail)
    assert refusal(encode(quarters(), "PNG")).code is ReasonCode.DAMAGED


def test_a_mistake_of_our_own_surfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistake(*_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(raster, "check_pixels", mistake)
    with pytest.raises(KeyError, match="ours"):
        open_picture(encode(quarters(), "PNG"))


def tiff_with_a_tag_beyond_its_end() -> bytes:
    tiff = bytearray(encode(quarters(), "TIFF", dpi=(72, 72)))
    struct.pack_into("<I", tiff, tiff.index(struct.pack("<HHI", 282, 5, 1)) + 8, 10_000_000)
    return bytes(tiff)


SPEAKING_TIFF = tiff_with_a_tag_beyond_its_end()


@pytest.fixture
def talkative_decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow as it is before the first picture."""
    logging.getLogger("PIL").setLevel(logging.NOTSET)
    monkeypatch.setattr(warnings, "filters", [])


@pytest.mark.usefixtures("talkative_decoders")
def test_decoders_warn_and_log_of_nothing(
    recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.warns(UserWarning, match="Truncated"):
        Image.open(io.BytesIO(SPEAKING_TIFF)).load()
    assert caplog.records
    caplog.clear()
    recwarn.clear()
    assert open_picture(SPEAKING_TIFF).width == 64
    assert not list(recwarn)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_warnings_as_errors_change_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_picture(SPEAKING_TIFF).width == 64
        before = len(warnings.filters)
        open_picture(SPEAKING_TIFF)
        assert len(warnings.filters) == before


SAMPLES = [
    encode(noise(24, 20), name, **options)
    for name, options in (
        ("JPEG", {"exif": Image.Exif()}),
        ("PNG", {}),
        ("WEBP", {}),
        ("BMP", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("GIF", {}),
        ("HEIF", {}),
    )
    if features.check("webp") or name != "WEBP"
]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    data=st.sampled_from(SAMPLES),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.integers(0, 10_000),
)
def test_no_bytes_get_past_the_one_exception(data: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    bent = bytearray(data)
    for at, value in changes:
        bent[at % len(bent)] = value
    try:
        picture = open_picture(bytes(bent[: len(bent) - cut % (len(bent) // 2)]))
    except UnreadablePicture:
        return
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape == (picture.height, picture.width, 3)

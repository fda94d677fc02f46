from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from conversion import ReasonCode, SourceFormat, open_picture
from tests.conversion.pictures import BLUE, GREEN, RED, WHITE, corners, encode, is_near, noise, quarters, refusal


@pytest.mark.parametrize(
    ("file_format", "source_format", "options"),
    [
        ("PNG", SourceFormat.PNG, {}),
        ("BMP", SourceFormat.BMP, {}),
        ("TIFF", SourceFormat.TIFF, {}),
        ("TIFF", SourceFormat.TIFF, {"compression": "tiff_lzw"}),
        ("TIFF", SourceFormat.TIFF, {"big_tiff": True}),
        ("WEBP", SourceFormat.WEBP, {"lossless": True}),
    ],
)
def test_a_lossless_file_gives_the_very_pixels(file_format: str, source_format: SourceFormat, options: dict) -> None:
    pixels = noise(37, 23)
    picture = open_picture(encode(pixels, file_format, **options))
    assert picture.source_format is source_format
    assert picture.pixels.dtype == np.uint8
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert not picture.pixels.flags.writeable


@pytest.mark.parametrize(
    ("file_format", "source_format", "options"),
    [
        ("JPEG", SourceFormat.JPEG, {"quality": 95}),
        ("JPEG", SourceFormat.JPEG, {"quality": 95, "progressive": True}),
        ("WEBP", SourceFormat.WEBP, {"quality": 95}),
        ("HEIF", SourceFormat.HEIF, {"quality": 95}),
        ("AVIF", SourceFormat.AVIF, {"quality": 95}),
    ],
)
def test_a_lossy_file_gives_the_colours_nearly(file_format: str, source_format: SourceFormat, options: dict) -> None:
    picture = open_picture(encode(quarters(), file_format, **options))
    assert picture.source_format is source_format
    assert (picture.width, picture.height) == (64, 48)
    assert is_near(corners(picture), [RED, GREEN, BLUE, WHITE], 6)


def test_a_still_gif_is_read() -> None:
    picture = open_picture(encode(quarters(), "GIF"))
    assert picture.source_format is SourceFormat.GIF
    assert corners(picture) == [RED, GREEN, BLUE, WHITE]


def test_of_a_multi_picture_jpeg_the_first_is_taken() -> None:
    other = Image.fromarray(np.zeros((48, 64, 3), np.uint8))
    data = encode(quarters(), "MPO", save_all=True, append_images=[other], quality=95)
    picture = open_picture(data)
    assert picture.source_format is SourceFormat.JPEG
    assert is_near(corners(picture), [RED, GREEN, BLUE, WHITE], 6)


def test_of_a_heif_collection_the_primary_picture_is_taken() -> None:
    heif = pillow_heif.from_pillow(Image.new("RGB", (64, 64), BLUE))
    heif.add_from_pillow(Image.new("RGB", (64, 64), RED))
    buffer = io.BytesIO()
    heif.save(buffer, primary_index=1, quality=95)
    assert is_near(open_picture(buffer.getvalue()).pixels.mean(axis=(0, 1)), RED, 6)


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("GIF", {}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("AVIF", {}),
    ],
)
def test_several_pictures_in_a_file_are_refused_with_their_number(file_format: str, options: dict) -> None:
    others = [Image.fromarray(noise(32, 32, seed)) for seed in (1, 2)]
    error = refusal(encode(noise(32, 32), file_format, save_all=True, append_images=others, **options))
    assert error.code is ReasonCode.SEVERAL_FRAMES
    assert error.details == {"frames": 3}


def test_a_tiff_with_a_thumbnail_page_is_one_picture() -> None:
    page, thumbnail = Image.fromarray(quarters()), Image.fromarray(quarters(16, 12))
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    picture = open_picture(encode(page, "TIFF", save_all=True, append_images=[thumbnail]))
    assert (picture.width, picture.height) == (64, 48)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"\n\n%PDF-1.4", "pdf"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "mp4"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "mov"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "raw"),
        (b"II*\0\x10\0\0\0CR\x02\0", "raw"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "svg"),
        (b'\xef\xbb\xbf <svg width="1">', "svg"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"PK\x03\x04\x14\0", "zip"),
        (b"PK\x03\x04" + bytes(26) + b"IM000001", "zip"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "office"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.text", "office"),
        (b"8BPS\0\x01", "psd"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
        (b"\0\0\1\0\1\0", "ico"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\x1aE\xdf\xa3", "webm"),
        (b"P6\n2 2\n255\n", "pnm"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc"),
    ],
)
def test_a_known_file_that_is_not_read_is_named(data: bytes, name: str) -> None:
    error = refusal(data + bytes(400))
    assert error.code is ReasonCode.UNSUPPORTED_FORMAT
    assert error.details == {"format": name}


def test_a_camera_raw_is_not_mistaken_for_its_thumbnail() -> None:
    dng = encode(quarters(), "TIFF", tiffinfo={50706: b"\x01\x04\0\0"})
    assert refusal(dng).details == {"format": "raw"}


@pytest.mark.parametrize(
    "data",
    [
        b"Just a text that somebody called photo.jpg\n" * 10,
        "Обычный текст".encode(),
        b"BMW is a car, not a bitmap, whatever it begins with",
        bytes(1000),
        b"\x00",
        b"\xff\xd8",
        b"RIFF",
        b"\0\0\0\x18ftyp"[:7],
    ],
)
def test_anything_else_is_not_a_picture(data: bytes) -> None:
    assert refusal(data).code is ReasonCode.NOT_A_PICTURE


def test_nothing_at_all_is_called_empty() -> None:
    assert refusal(b"").code is ReasonCode.EMPTY


def test_a_tiff_that_is_white_at_zero_is_inverted_at_16_bits_too() -> None:
    shown = []
    for white_is_zero in (0, 1):
        values = np.array([[0, 65535], [65535, 0]], np.uint16)
        data = bytearray(encode(Image.fromarray(values), "TIFF"))
        entry = data.find(struct.pack("<HHI", 262, 3, 1))
        struct.pack_into("<H", data, entry + 8, white_is_zero)
        shown.append(open_picture(bytes(data)).pixels[0, :, 0].tolist())
    assert shown == [[255, 0], [0, 255]]

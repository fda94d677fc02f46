from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin
from PIL.Image import Transpose

from conversion import open_picture
from conversion.tones import depth_to_bytes
from tests.conversion.pictures import BLUE, GREEN, RED, WHITE, corners, encode, is_near, noise, quarters

# How a picture that is to be shown upright lies in the file, by EXIF orientation.
LYING = {
    1: None,
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", LYING)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_a_picture_is_turned_upright_once(file_format: str, orientation: int) -> None:
    method = LYING[orientation]
    image = Image.fromarray(quarters())
    # The HEIF and AVIF encoders write the turn into the container, and the readers take it from there.
    lying = image if method is None else image.transpose(method)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = open_picture(encode(lying, file_format, exif=exif.tobytes(), quality=95))
    assert (picture.width, picture.height) == (64, 48)
    assert is_near(corners(picture), [RED, GREEN, BLUE, WHITE], 8)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_meaningless_orientation_is_ignored(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert is_near(
        corners(open_picture(encode(quarters(), "JPEG", exif=exif, quality=95))), [RED, GREEN, BLUE, WHITE], 8
    )


def test_a_broken_exif_block_is_ignored() -> None:
    data = encode(quarters(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f", quality=95)
    assert is_near(corners(open_picture(data)), [RED, GREEN, BLUE, WHITE], 8)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_laid_on_white(file_format: str) -> None:
    pixels = np.zeros((2, 3, 4), np.uint8)
    pixels[..., :3] = 0, 100, 200
    pixels[..., 3] = [0, 128, 255]
    options = {"lossless": True, "exact": True} if file_format == "WEBP" else {}
    picture = open_picture(encode(Image.fromarray(pixels), file_format, **options))
    assert is_near(picture.pixels[0], [(255, 255, 255), (127, 177, 227), (0, 100, 200)], 1)


def test_grey_with_alpha_is_laid_on_white() -> None:
    pixels = np.array([[[50, 0], [50, 255]]], np.uint8)
    picture = open_picture(encode(Image.fromarray(pixels, "LA"), "PNG"))
    assert picture.pixels.tolist() == [[[255] * 3, [50] * 3]]


def test_a_blank_alpha_channel_is_ignored() -> None:
    pixels = np.concatenate([quarters(), np.zeros((48, 64, 1), np.uint8)], axis=2)
    assert corners(open_picture(encode(Image.fromarray(pixels), "PNG"))) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("transparency", [1, bytes([255, 0, 255])])
def test_a_palette_with_a_transparent_entry_is_laid_on_white(transparency: int | bytes) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    image.putpalette([*RED, *GREEN, *BLUE])
    picture = open_picture(encode(image, "PNG", transparency=transparency))
    assert [tuple(pixel) for pixel in picture.pixels[0].tolist()] == [RED, WHITE, BLUE]


def test_a_transparent_gif_is_laid_on_white() -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    image.putpalette([*RED, *GREEN, *BLUE])
    picture = open_picture(encode(image, "GIF", transparency=1))
    assert [tuple(pixel) for pixel in picture.pixels[0].tolist()] == [RED, WHITE, BLUE]


def test_a_transparent_colour_is_laid_on_white() -> None:
    pixels = np.array([[RED, GREEN]], np.uint8)
    picture = open_picture(encode(pixels, "PNG", transparency=GREEN))
    assert [tuple(pixel) for pixel in picture.pixels[0].tolist()] == [RED, WHITE]


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP"])
def test_one_bit_pictures_are_black_and_white(file_format: str) -> None:
    image = Image.fromarray(np.array([[True, False, True]]))
    assert open_picture(encode(image, file_format)).pixels[0, :, 0].tolist() == [255, 0, 255]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0, 32768, 65535], [0, 128, 255]),
        ([0, 2048, 4095], [0, 128, 255]),
        ([0, 512, 1023], [0, 128, 255]),
        ([0, 100, 200], [0, 100, 200]),
        ([0, 8192, 16383], [0, 128, 255]),
    ],
)
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_deep_grey_is_scaled_by_the_depth_it_uses(file_format: str, values: list[int], shown: list[int]) -> None:
    image = Image.fromarray(np.array([values], np.uint16))
    assert open_picture(encode(image, file_format)).pixels[0].tolist() == [[value] * 3 for value in shown]


def test_big_endian_deep_grey_is_not_swapped() -> None:
    image = Image.frombytes("I;16B", (3, 1), np.array([0, 32768, 65535], ">u2").tobytes())
    assert open_picture(encode(image, "TIFF")).pixels[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, 100.0, 200.0]], np.float32), [0, 100, 200]),
        (np.array([[-1000.0, 0.0, 1000.0]], np.float32), [0, 128, 255]),
        (np.array([[np.nan, 0.25, np.inf]], np.float32), [0, 64, 0]),
        (np.array([[np.nan, np.nan, np.nan]], np.float32), [0, 0, 0]),
        (np.array([[-5, 0, 5]], np.int32), [0, 128, 255]),
        (np.array([[0, 5 * 10**8, 10**9]], np.int32), [0, 128, 255]),
        (np.array([[-7, -7, -7]], np.int32), [0, 0, 0]),
    ],
)
def test_other_numbers_are_scaled_or_stretched(values: np.ndarray, shown: list[int]) -> None:
    assert depth_to_bytes(values)[0].tolist() == shown
    assert open_picture(encode(Image.fromarray(values), "TIFF")).pixels[0, :, 0].tolist() == shown


def test_cmyk_is_brought_to_rgb() -> None:
    ink = np.zeros((16, 32, 4), np.uint8)
    ink[:, :16] = 0, 255, 255, 0
    image = Image.fromarray(ink, "CMYK")
    for data in (encode(image, "TIFF"), encode(image, "JPEG", quality=95)):
        picture = open_picture(data)
        assert is_near(picture.pixels[8, 4], (255, 0, 0), 3)
        assert is_near(picture.pixels[8, 28], (255, 255, 255), 3)


def test_lab_is_brought_to_rgb() -> None:
    lab = Image.merge("LAB", [Image.new("L", (8, 8), value) for value in (128, 128, 128)])
    assert is_near(open_picture(encode(lab, "TIFF")).pixels[4, 4], (119, 119, 119), 4)


def swapped_profile() -> bytes:
    """sRGB with the red and the green primary exchanged, so that whether it was used cannot be missed."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ", 128), data.index(b"gXYZ", 128)
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data).replace(b"s\0R\0G\0B\0", b"x\0R\0G\0B\0").replace(b"\0s\0R\0G\0B", b"\0x\0R\0G\0B")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_an_embedded_profile_is_applied(file_format: str) -> None:
    data = encode(quarters(), file_format, icc_profile=swapped_profile(), quality=95)
    red_as_green, green_as_red = corners(open_picture(data))[:2]
    assert red_as_green[1] > 180 > 90 > red_as_green[0]
    assert green_as_red[0] > 180 > 90 > green_as_red[1]


def test_a_profile_keeps_transparency() -> None:
    pixels = np.concatenate([quarters(), np.full((48, 64, 1), 255, np.uint8)], axis=2)
    pixels[:24, :32, 3] = 0
    first, second = corners(open_picture(encode(Image.fromarray(pixels), "PNG", icc_profile=swapped_profile())))[:2]
    assert first == WHITE
    assert second[0] > 180 > 90 > second[1]


def test_a_grey_profile_is_applied_to_grey_only() -> None:
    # A profile of gamma 1.0: mid grey in linear light is 188 in sRGB.
    linear = grey_profile()
    grey = Image.new("L", (8, 8), 128)
    assert is_near(open_picture(encode(grey, "PNG", icc_profile=linear)).pixels[0, 0], (188,) * 3, 2)
    assert corners(open_picture(encode(quarters(), "TIFF", icc_profile=linear))) == [RED, GREEN, BLUE, WHITE]


def grey_profile() -> bytes:
    """A minimal grey display profile with a linear curve (ICC.1:2010, 7 and 10.5)."""
    curve = b"curv" + bytes(4) + (0).to_bytes(4, "big")
    white = b"XYZ " + bytes(4) + b"".join(value.to_bytes(4, "big") for value in (0xF6D6, 0x10000, 0xD32D))
    text = b"desc" + bytes(4) + (5).to_bytes(4, "big") + b"grey\0" + bytes(78 + 1)
    body, table, start = b"", b"", 128 + 4 + 3 * 12
    for name, tag in ((b"kTRC", curve), (b"wtpt", white), (b"desc", text)):
        table += name + (start + len(body)).to_bytes(4, "big") + len(tag).to_bytes(4, "big")
        body += tag + bytes(-len(tag) % 4)
    header = bytes(8) + b"\x02\x10\0\0" + b"mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28)
    header += b"".join(value.to_bytes(4, "big") for value in (0xF6D6, 0x10000, 0xD32D))
    header = header.ljust(128, b"\0")
    profile = header + (3).to_bytes(4, "big") + table + body
    return len(profile).to_bytes(4, "big") + profile[4:]


@pytest.mark.parametrize("profile", [b"", b"not a profile", swapped_profile()[:200], bytes(3000)])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF"])
def test_a_broken_profile_is_ignored(file_format: str, profile: bytes) -> None:
    data = encode(quarters(), file_format, icc_profile=profile, quality=95)
    assert is_near(corners(open_picture(data)), [RED, GREEN, BLUE, WHITE], 8)


def test_metadata_changes_nothing_but_the_way_up() -> None:
    pixels = noise(20, 10)
    info = PngImagePlugin.PngInfo()
    info.add_text("Patient", "Ivanov")
    exif = Image.Exif()
    exif[0x9286] = "a comment"
    picture = open_picture(encode(pixels, "PNG", pnginfo=info, exif=exif))
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert set(vars(picture)) == {"pixels", "source_format"}


def test_a_sixteen_bit_colour_png_keeps_its_high_bytes() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    row = b"\0" + struct.pack(">3H", 0x1234, 0x80FF, 0xFFFF)
    file = io.BytesIO(b"\x89PNG\r\n\x1a\n")
    file.seek(0, io.SEEK_END)
    file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)))
    file.write(chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b""))
    assert is_near(open_picture(file.getvalue()).pixels[0, 0], (0x12, 0x80, 0xFF), 1)

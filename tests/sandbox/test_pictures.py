import io
from collections.abc import Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile
from aiohttp import ClientSession
from PIL import Image

from sandbox.errors import ApiError
from sandbox.pictures import NotAPhoto, bot_photo_sizes, photo_sizes

Make = Callable[..., bytes]


def test_a_photo_gets_telegrams_sizes(picture: Make) -> None:
    sizes = photo_sizes(picture(4000, 3000))
    assert [(size.width, size.height) for size in sizes] == [(90, 68), (320, 240), (800, 600), (1280, 960)]
    for size in sizes:
        with Image.open(io.BytesIO(size.data)) as decoded:
            assert (decoded.format, decoded.size) == ("JPEG", (size.width, size.height))


def test_a_small_photo_is_not_enlarged(picture: Make) -> None:
    assert [(size.width, size.height) for size in photo_sizes(picture(500, 250, "PNG"))] == [
        (90, 45),
        (320, 160),
        (500, 250),
    ]
    assert [(size.width, size.height) for size in photo_sizes(picture(40, 20))] == [(40, 20)]


def test_a_photo_is_turned_upright_and_loses_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    target = io.BytesIO()
    Image.new("RGB", (60, 30)).save(target, "JPEG", exif=exif)
    largest = photo_sizes(target.getvalue())[-1]
    assert (largest.width, largest.height) == (30, 60)
    with Image.open(io.BytesIO(largest.data)) as decoded:
        assert not decoded.getexif()


def test_transparency_becomes_white() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(target, "PNG")
    with Image.open(io.BytesIO(photo_sizes(target.getvalue())[0].data)) as decoded:
        assert decoded.getpixel((16, 16)) == (255, 255, 255)


@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8\xff\xe0 not a jpeg"])
def test_what_is_no_picture_is_no_photo(data: bytes) -> None:
    with pytest.raises(NotAPhoto):
        photo_sizes(data)
    with pytest.raises(ApiError) as caught:
        bot_photo_sizes(data)
    assert caught.value.description == "Bad Request: IMAGE_PROCESS_FAILED"


def test_a_truncated_picture_is_no_photo(picture: Make) -> None:
    with pytest.raises(NotAPhoto):
        photo_sizes(picture(640, 480)[:600])


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    target = io.BytesIO()
    Image.new("1", (20_000, 8_000)).save(target, "PNG")
    with pytest.raises(NotAPhoto, match="too many pixels"):
        photo_sizes(target.getvalue())


@pytest.mark.parametrize(("width", "height"), [(9_000, 1_001), (21, 1)])
def test_a_bots_photo_must_have_a_fitting_shape(picture: Make, width: int, height: int) -> None:
    with pytest.raises(ApiError) as caught:
        bot_photo_sizes(picture(width, height, "PNG"))
    assert caught.value.description == "Bad Request: PHOTO_INVALID_DIMENSIONS"


def test_a_bots_photo_may_be_just_within_the_limits(picture: Make) -> None:
    assert bot_photo_sizes(picture(20, 1))[-1].width == 20
    assert bot_photo_sizes(picture(9_000, 1_000, "PNG"))[-1].width == 1280


def test_a_bots_photo_may_have_ten_megabytes() -> None:
    with pytest.raises(ApiError) as caught:
        bot_photo_sizes(bytes(10 * 2**20 + 1))
    expected = "Bad Request: file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"
    assert caught.value.description == expected


async def test_a_bots_photo_is_kept_as_it_came_where_one_size_is_enough(
    serve: Any, make_bot: Callable[..., Bot], http: ClientSession, picture: Callable[..., bytes]
) -> None:
    base = await serve(one_size=True)
    bot = make_bot(base)
    await bot.get_me()
    async with http.post(f"{base}/sandbox/chats/77/text", json={"text": "hello"}) as response:
        assert response.status == 200
    data = picture(1600, 1200, "JPEG")
    message = await bot.send_photo(77, BufferedInputFile(data, "photo.jpg"))
    assert message.photo is not None
    assert [(size.width, size.height, size.file_size) for size in message.photo] == [(1600, 1200, len(data))]
    with pytest.raises(TelegramBadRequest, match="PHOTO_INVALID_DIMENSIONS"):
        await bot.send_photo(77, BufferedInputFile(picture(3000, 100, "JPEG"), "photo.jpg"))

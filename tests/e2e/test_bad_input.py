"""What cannot be read gets a message of its own, is journaled as refused, and the bot goes on."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

from tests.e2e.stack import Stack
from tests.tiny_models import flat_png


def bomb() -> bytes:
    """A PNG that says it has 100 megapixels, in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10_001) * 10_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def truncated_jpeg() -> bytes:
    buffer = BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (400, 400, 3), np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG")
    return buffer.getvalue()[: buffer.tell() // 3]


def animated_gif() -> bytes:
    buffer = BytesIO()
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("red", "green", "blue")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def corrupt_dicom() -> bytes:
    return bytes(128) + b"DICM" + np.random.default_rng(1).bytes(3_000)


BAD = {
    "empty.png": (b"", "empty"),
    "letter.jpg": (b"Dear doctor, this is a letter and not a picture. " * 20, "not_a_picture"),
    "truncated.jpg": (truncated_jpeg(), "damaged"),
    "bomb.png": (bomb(), "too_many_pixels"),
    "animated.gif": (animated_gif(), "several_frames"),
    "corrupt.dcm": (corrupt_dicom(), "damaged"),
    "huge.png": (flat_png() + bytes(25 * 2**20), "file_too_large"),
}


async def test_each_kind_of_bad_file_gets_a_message_of_its_own_and_the_bot_goes_on(stack: Stack) -> None:
    texts = []
    with stack.bot():
        person = stack.person()
        for name, (data, _) in BAD.items():
            reply = await person.reply_to(await person.sends("document", data, name))
            assert "photo" not in reply
            texts.append(reply["text"])
        good = await person.reply_to(await person.sends("photo", flat_png(red=204)))
    assert "photo" in good
    codes = [code for _, code in BAD.values()]
    journaled = stack.rows("select state, refusal_code from requests order by id")
    assert journaled == [*(("refused", code) for code in codes), ("answered", None)]
    by_code = dict(zip(codes, texts, strict=False))
    assert len(set(by_code.values())) == len(set(codes))
    assert "Traceback" not in stack.log.read_text()


async def test_a_picture_unlike_the_training_data_is_refused_and_a_grey_square_too(stack: Stack) -> None:
    with stack.bot():
        person = stack.person()
        reply = await person.reply_to(await person.sends("photo", flat_png(red=200, blue=255)))
    assert "photo" not in reply
    assert stack.rows("select state, refusal_code from requests") == [("refused", "unlike_training")]


async def test_words_stickers_and_voice_get_a_kind_word(stack: Stack) -> None:
    with stack.bot():
        person = stack.person()
        await person.says("what do you think of my mole?")
        answer = (await person.waits_for(lambda message: "text" in message))[0]
    assert "photo" in answer["text"].lower() or "picture" in answer["text"].lower()
    assert stack.rows("select count(*) from requests") == [(0,)]

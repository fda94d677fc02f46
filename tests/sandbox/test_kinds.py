"""Albums, messages of other kinds, and what happens to messages after they were sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InaccessibleMessage,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReplyParameters,
)
from aiohttp import ClientSession

Make = Callable[..., bytes]
BUTTONS = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="More", callback_data="more")]])


async def test_the_pictures_of_an_album_come_together(chat: Any, bot: Bot, picture: Make) -> None:
    sent = await chat.send_album([picture(64), picture(80)], caption="/melanoma", reply_to_message_id=1)
    _, first, second = [update.message for update in await bot.get_updates()]
    assert first is not None
    assert second is not None
    assert (first.photo[-1].width, second.photo[-1].width) == (64, 80)
    assert first.media_group_id == second.media_group_id
    assert [first.media_group_id] * 2 == [message["media_group_id"] for message in sent]
    assert (first.caption, first.caption_entities[0].type, second.caption) == ("/melanoma", "bot_command", None)
    assert second.reply_to_message.text == "hello"


async def test_an_album_of_files_is_sent_whole_or_not_at_all(chat: Any, bot: Bot, picture: Make) -> None:
    await chat.send_album([picture(), b"no picture"])
    assert chat.status == 400
    await chat.send_album([picture()])
    assert chat.status == 400
    await chat.send_album([picture()] * 11)
    assert chat.status == 400
    assert len(await bot.get_updates()) == 1
    sent = await chat.send_album([picture(), b"no picture"], kind="document", name="a.bin")
    assert [message["document"]["file_name"] for message in sent] == ["a.bin", "a.bin"]


@pytest.mark.parametrize(
    "kind",
    [
        "video",
        "video_note",
        "animation",
        "audio",
        "voice",
        "sticker",
        "contact",
        "location",
        "venue",
        "poll",
        "dice",
        "story",
    ],
)
async def test_other_kinds_are_what_they_say(chat: Any, bot: Bot, kind: str) -> None:
    await chat.post("other", kind=kind, caption="look", media_group_id="7")
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert message.content_type == kind
    assert message.media_group_id == "7"
    captioned = kind in ("video", "animation", "audio", "voice")
    assert message.caption == ("look" if captioned else None)
    if hasattr(getattr(message, kind), "file_id"):
        content = await bot.download(getattr(message, kind).file_id)
        assert content is not None
        assert content.read() == f"a {kind} of the sandbox".encode()


async def test_a_kind_that_does_not_exist(chat: Any) -> None:
    answer = await chat.post("other", kind="hologram")
    assert chat.status == 400
    assert "sticker" in answer["description"]


async def test_a_video_cannot_be_sent_as_a_photo(chat: Any, bot: Bot) -> None:
    sent = await chat.post("other", kind="video_note")
    with pytest.raises(TelegramBadRequest, match="can't use file of type VideoNote as Photo"):
        await bot.send_photo(77, sent["video_note"]["file_id"])


async def test_a_deleted_message_cannot_be_replied_to(chat: Any, bot: Bot) -> None:
    other = await chat.write("second")
    assert await chat.post("delete", message_ids=[1, other["message_id"]]) == {"deleted": [1, other["message_id"]]}
    assert len(await bot.get_updates()) == 2
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(77, "x", reply_parameters=ReplyParameters(message_id=1))
    sent = await bot.send_message(
        77, "x", reply_parameters=ReplyParameters(message_id=1, allow_sending_without_reply=True)
    )
    assert sent.reply_to_message is None
    assert [message["text"] for message in (await chat.get())["messages"]] == ["x"]
    await chat.post("delete", message_id=1)
    assert chat.status == 400


async def test_a_press_on_a_message_that_is_gone_or_very_old(chat: Any, bot: Bot) -> None:
    sent = await bot.send_message(77, "x", reply_markup=BUTTONS)
    pressed = await chat.post("press", message_id=sent.message_id, data="more", inaccessible=True)
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert isinstance(query.message, InaccessibleMessage)
    assert query.message.message_id == sent.message_id
    await chat.post("delete", message_id=sent.message_id)
    assert await bot.answer_callback_query(pressed["id"], text="ok")
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("y", chat_id=77, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(77, sent.message_id)


async def test_deleting_several(chat: Any, bot: Bot) -> None:
    sent = [await bot.send_message(77, "x") for _ in range(3)]
    assert await bot.delete_messages(77, [1, sent[0].message_id, 999])
    assert [message["message_id"] for message in (await chat.get())["messages"]] == [
        message.message_id for message in sent[1:]
    ]
    with pytest.raises(TelegramBadRequest, match="too many message identifiers specified"):
        await bot.delete_messages(77, list(range(1, 102)))
    with pytest.raises(TelegramBadRequest, match="message identifiers are not specified"):
        await bot.delete_messages(77, [])


async def test_albums_have_no_buttons(chat: Any, bot: Bot, base: str, http: ClientSession, picture: Make) -> None:
    photo = await bot.send_photo(77, BufferedInputFile(picture(), "p.jpg"))
    media = [{"type": "photo", "media": photo.photo[-1].file_id}] * 2
    body = {"chat_id": 77, "media": media, "reply_markup": BUTTONS.model_dump(exclude_none=True)}
    async with http.post(f"{base}/bot{bot.token}/sendMediaGroup", json=body) as response:
        sent = (await response.json())["result"]
    assert len({message["media_group_id"] for message in sent}) == 1
    assert not any("reply_markup" in message for message in sent)


async def test_a_new_picture_takes_the_place_of_a_text_or_a_file(chat: Any, bot: Bot, picture: Make) -> None:
    sent = await bot.send_document(77, BufferedInputFile(b"%PDF-1.7", "report.pdf"), caption="The report")
    assert (sent.document.mime_type, sent.document.file_size) == ("application/pdf", 8)
    media = InputMediaPhoto(media=BufferedInputFile(picture(90), "chart.png"), caption="The chart")
    await bot.edit_message_media(media, chat_id=77, message_id=sent.message_id, reply_markup=BUTTONS)
    [message] = await chat.messages(after=sent.message_id)
    assert "document" not in message
    assert (message["photo"][-1]["width"], message["caption"]) == (90, "The chart")
    assert message["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "more"


async def test_copies_and_forwards(chat: Any, bot: Bot, picture: Make) -> None:
    photo = await chat.send("photo", picture(), caption="a mole")
    copied = await bot.copy_message(77, 77, photo["message_id"], caption="<b>yours</b>", parse_mode="HTML")
    forwarded = await bot.forward_message(77, 77, photo["message_id"])
    message = (await chat.messages())[0]
    assert message["message_id"] == copied.message_id
    assert (message["caption"], message["caption_entities"][0]["type"]) == ("yours", "bold")
    assert message["photo"] == photo["photo"]
    assert "forward_origin" not in message
    assert (forwarded.caption, forwarded.forward_origin.sender_user.id) == ("a mole", 77)
    with pytest.raises(TelegramBadRequest, match="message to copy not found"):
        await bot.copy_message(77, 77, 999)
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.forward_message(77, 5, 1)


async def test_a_fault_can_wait_for_one_file(chat: Any, bot: Bot, base: str, http: ClientSession) -> None:
    gone = await chat.send("document", b"old")
    there = await chat.send("document", b"new")
    fault = {
        "method": "getFile",
        "status": 400,
        "description": "Bad Request: wrong file_id or the file is temporarily unavailable",
        "where": {"file_id": gone["document"]["file_id"]},
    }
    async with http.post(f"{base}/sandbox/faults", json=fault) as response:
        assert response.status == 200
    await bot.get_file(there["document"]["file_id"])
    with pytest.raises(TelegramBadRequest, match="wrong file_id or the file is temporarily unavailable"):
        await bot.get_file(gone["document"]["file_id"])
    await bot.get_file(gone["document"]["file_id"])

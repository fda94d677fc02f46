from collections.abc import Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto

BUTTONS = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="More", callback_data="more")]])


async def test_an_edited_text_is_seen_whenever_one_looks(chat: Any, bot: Bot) -> None:
    sent = await bot.send_message(77, "before", reply_markup=BUTTONS)
    await bot.edit_message_text("after", chat_id=77, message_id=sent.message_id)
    [message] = await chat.messages(after=sent.message_id)
    assert (message["text"], message["message_id"]) == ("after", sent.message_id)
    assert message["edit_date"] >= message["date"]
    assert "reply_markup" not in message


async def test_messages_can_be_followed_with_the_last_position(chat: Any, bot: Bot) -> None:
    sent = await bot.send_message(77, "before")
    await bot.edit_message_text("after", chat_id=77, message_id=sent.message_id)
    async with chat.session.get(f"{chat.base}/messages", params={"after": 0}) as response:
        last = int(response.headers["Sandbox-Last"])
    assert await chat.messages(after=last, wait=0) == []
    await bot.edit_message_text("once more", chat_id=77, message_id=sent.message_id)
    assert [message["text"] for message in await chat.messages(after=last)] == ["once more"]


async def test_an_edit_must_change_something(chat: Any, bot: Bot) -> None:
    sent = await bot.send_message(77, "<b>same</b>", parse_mode="HTML", reply_markup=BUTTONS)
    same = {"chat_id": 77, "message_id": sent.message_id, "parse_mode": "HTML"}
    with pytest.raises(TelegramBadRequest, match="message is not modified: specified new message content"):
        await bot.edit_message_text("<b>same</b>", **same, reply_markup=BUTTONS)
    await bot.edit_message_text("<b>same</b>", **same)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("<b>same</b>", **same)


async def test_what_cannot_be_edited(chat: Any, bot: Bot, picture: Callable[..., bytes]) -> None:
    text = await bot.send_message(77, "x")
    photo = await bot.send_photo(77, BufferedInputFile(picture(), "p.jpg"))
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("y", chat_id=77, message_id=999)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("y", chat_id=77, message_id=1)
    with pytest.raises(TelegramBadRequest, match="there is no caption in the message to edit"):
        await bot.edit_message_caption(chat_id=77, message_id=text.message_id, caption="y")
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await bot.edit_message_text("y", chat_id=77, message_id=photo.message_id)


async def test_caption_media_and_buttons(chat: Any, bot: Bot, picture: Callable[..., bytes]) -> None:
    sent = await bot.send_photo(77, BufferedInputFile(picture(100), "p.jpg"), caption="one")
    place = {"chat_id": 77, "message_id": sent.message_id}
    edited = await bot.edit_message_caption(**place, caption="<i>two</i>", parse_mode="HTML", reply_markup=BUTTONS)
    assert edited.caption == "two"
    assert edited.caption_entities[0].type == "italic"
    media = InputMediaPhoto(media=BufferedInputFile(picture(200), "p.jpg"), caption="three")
    edited = await bot.edit_message_media(media, **place)
    assert (edited.photo[-1].width, edited.caption, edited.reply_markup) == (200, "three", None)
    edited = await bot.edit_message_reply_markup(**place, reply_markup=BUTTONS)
    assert edited.reply_markup.model_dump() == BUTTONS.model_dump()
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_reply_markup(**place, reply_markup=BUTTONS)


async def test_a_press_is_answered(chat: Any, bot: Bot) -> None:
    sent = await bot.send_message(77, "x", reply_markup=BUTTONS)
    await bot.get_updates(offset=-1)
    pressed = await chat.post("press", message_id=sent.message_id, data="more")
    update = (await bot.get_updates())[-1]
    assert update.callback_query is not None
    assert update.callback_query.id == pressed["id"]
    assert update.callback_query.data == "more"
    assert update.callback_query.from_user.id == 77
    await bot.answer_callback_query(pressed["id"], text="done", show_alert=True)
    event = (await chat.get("/events", after=0))["events"][-1]
    assert (event["type"], event["text"], event["show_alert"]) == ("callback_answer", "done", True)
    with pytest.raises(
        TelegramBadRequest, match="query is too old and response timeout expired or query ID is invalid"
    ):
        await bot.answer_callback_query(pressed["id"])


async def test_only_buttons_that_are_there_can_be_pressed(chat: Any, bot: Bot) -> None:
    sent = await bot.send_message(77, "x", reply_markup=BUTTONS)
    await chat.post("press", message_id=sent.message_id, data="other")
    assert chat.status == 400
    await chat.post("press", message_id=999, data="more")
    assert chat.status == 400

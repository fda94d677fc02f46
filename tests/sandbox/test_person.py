import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiohttp import ClientError, ClientSession, FormData

Make = Callable[..., bytes]


async def test_a_photo_arrives_in_sizes(person: Any, bot: Bot, picture: Make) -> None:
    await bot.get_me()
    sent = await person.send("photo", picture(1600, 1200, "PNG"), caption="/pneumonia", language_code="ru")
    [update] = await bot.get_updates()
    message = update.message
    assert message is not None
    assert message.photo is not None
    assert [size.width for size in message.photo] == [90, 320, 800, 1280]
    assert message.caption == "/pneumonia"
    assert message.from_user is not None
    assert message.from_user.language_code == "ru"
    assert message.message_id == sent["message_id"]
    content = await bot.download(message.photo[-1].file_id)
    assert content is not None
    data = content.read()
    assert data.startswith(b"\xff\xd8")
    assert len(data) == message.photo[-1].file_size


async def test_a_document_arrives_byte_for_byte(person: Any, bot: Bot) -> None:
    data = bytes(range(256)) * 300
    await person.send("document", data, name="снимок.dcm", mime="application/dicom", caption="look")
    [update] = await bot.get_updates()
    assert update.message is not None
    document = update.message.document
    assert document is not None
    assert (document.file_name, document.mime_type, document.file_size) == (
        "снимок.dcm",
        "application/dicom",
        len(data),
    )
    content = await bot.download(document.file_id)
    assert content is not None
    assert content.read() == data


async def test_a_file_that_is_no_picture_is_to_be_sent_as_a_document(person: Any) -> None:
    answer = await person.send("photo", b"text")
    assert person.status == 400
    assert "send it as a file" in answer["description"]


async def test_the_limits_of_get_file(person: Any, bot: Bot) -> None:
    largest = await person.send("document", bytes(20 * 2**20))
    assert (await bot.get_file(largest["document"]["file_id"])).file_path is not None
    larger = await person.send("document", bytes(20 * 2**20 + 1))
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(larger["document"]["file_id"])
    with pytest.raises(TelegramBadRequest, match="invalid file_id"):
        await bot.get_file("AgACinvented")


async def test_paths_work_only_after_get_file_and_may_expire(
    serve: Callable[..., Awaitable[str]], make_bot: Callable[..., Bot], http: ClientSession
) -> None:
    base = await serve(path_seconds=0.3)
    bot = make_bot(base)
    await bot.get_me()
    with pytest.raises(ClientError):
        await bot.download_file("documents/file_1.bin")
    file = await _document(http, base)
    path = (await bot.get_file(file)).file_path
    assert path is not None
    content = await bot.download_file(path)
    assert content is not None
    assert content.read() == b"data"
    await asyncio.sleep(0.4)
    with pytest.raises(ClientError):
        await bot.download_file(path)


async def _document(http: ClientSession, base: str) -> str:
    form = FormData()
    form.add_field("file", b"data", filename="a.bin")
    async with http.post(f"{base}/sandbox/chats/5/document", data=form) as response:
        return str((await response.json())["document"]["file_id"])


async def test_replies_and_forwarded_messages(chat: Any, bot: Bot) -> None:
    await chat.write("/pneumonia", reply_to_message_id=1, forwarded=True)
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert message.reply_to_message is not None
    assert message.reply_to_message.text == "hello"
    assert message.forward_origin is not None
    await chat.write("x", reply_to_message_id=999)
    assert chat.status == 400


async def test_an_edit_reaches_the_bot(chat: Any, bot: Bot) -> None:
    await chat.post("edit", message_id=1, text="hello again")
    update = (await bot.get_updates())[-1]
    assert update.edited_message is not None
    assert update.edited_message.text == "hello again"
    assert update.edited_message.edit_date is not None


async def test_people_have_names_and_groups_have_titles(person: Any, bot: Bot, base: str, http: ClientSession) -> None:
    await person.write("hi", first_name="Анна", username="anna", language_code="ru")
    await person.write("again")
    group = f"{base}/sandbox/chats/-500/text"
    async with http.post(group, json={"text": "/start", "user_id": 9, "title": "Ward 3"}) as response:
        assert response.status == 200
    first, second, third = [update.message for update in await bot.get_updates()]
    assert first is not None
    assert second is not None
    assert third is not None
    assert second.from_user == first.from_user
    assert (first.from_user.first_name, first.from_user.username) == ("Анна", "anna")
    assert (third.chat.type, third.chat.title, third.from_user.id) == ("group", "Ward 3", 9)


async def test_bots_do_not_see_each_others_chats(
    chat: Any, base: str, make_bot: Callable[..., Bot], http: ClientSession
) -> None:
    other = make_bot(base, "4300:other")
    assert await other.get_updates() == []
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await other.send_message(77, "x")
    await chat.write("for the other", bot=4300)
    await chat.write("for the first", bot=4200)
    assert [update.message.text for update in await other.get_updates() if update.message] == ["for the other"]
    await chat.write("x", bot=1)
    assert chat.status == 404


async def test_waiting_ends_when_the_bot_writes(chat: Any, bot: Bot) -> None:
    waiting = asyncio.create_task(chat.messages(after=1, wait=20))
    await asyncio.sleep(0.1)
    await bot.send_message(77, "now")
    assert [message["text"] for message in await asyncio.wait_for(waiting, 2)] == ["now"]
    assert await chat.messages(after=2, wait=0.1) == []


async def test_events_tell_everything_in_order(chat: Any, bot: Bot) -> None:
    last = (await chat.get())["last"]
    sent = await bot.send_message(77, "x")
    await bot.edit_message_text("y", chat_id=77, message_id=sent.message_id)
    await bot.delete_message(77, sent.message_id)
    answer = await chat.get("/events", after=last)
    assert [event["type"] for event in answer["events"]] == ["message", "edited", "deleted"]
    assert answer["last"] == answer["events"][-1]["id"]
    assert (await chat.get("/events", after=answer["last"], wait=0.1))["events"] == []

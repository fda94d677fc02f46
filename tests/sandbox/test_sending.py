import io
from collections.abc import Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from aiohttp import ClientSession, FormData
from PIL import Image

Make = Callable[..., bytes]


def keyboard(data: str | None = None, url: str | None = None) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="press", callback_data=data, url=url)]])


async def test_a_text_arrives_as_the_person_sees_it(chat: Any, bot: Bot) -> None:
    sent = await bot.send_message(77, "  <b>Bold</b> &amp; /help  ", parse_mode="HTML", reply_markup=keyboard("x"))
    assert sent.text == "Bold & /help"
    [message] = await chat.messages()
    assert message["message_id"] == sent.message_id
    assert message["entities"] == [
        {"type": "bold", "offset": 0, "length": 4},
        {"type": "bot_command", "offset": 7, "length": 5},
    ]
    assert message["reply_markup"]["inline_keyboard"][0][0] == {"text": "press", "callback_data": "x"}
    assert message["from"]["is_bot"] is True


async def test_limits_count_utf16_units_after_parsing(chat: Any, bot: Bot, picture: Make) -> None:
    sent = await bot.send_message(77, f"<b>{'🏟' * 2048}</b>", parse_mode="HTML")
    assert sent.entities is not None
    assert sent.entities[0].length == 4096
    with pytest.raises(TelegramBadRequest, match="Bad Request: message is too long"):
        await bot.send_message(77, "🏟" * 2048 + "a")
    photo = BufferedInputFile(picture(), "p.jpg")
    await bot.send_photo(77, photo, caption=f"<i>{'я' * 1024}</i>", parse_mode="HTML")
    with pytest.raises(TelegramBadRequest, match="message caption is too long"):
        await bot.send_photo(77, photo, caption="я" * 1025)


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        (" ", {}, "message text is empty"),
        ("<b>", {"parse_mode": "HTML"}, "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("*x*", {"parse_mode": "MarkdownV2"}, "can't parse entities: the sandbox reads parse_mode HTML only"),
        ("x", {"parse_mode": "word"}, "unsupported parse_mode"),
        ("x", {"reply_to_message_id": 999}, "message to be replied not found"),
        ("x", {"reply_parameters": ReplyParameters(message_id=999)}, "message to be replied not found"),
        ("x", {"reply_markup": keyboard("x" * 65)}, "BUTTON_DATA_INVALID"),
        ("x", {"reply_markup": keyboard("я" * 33)}, "BUTTON_DATA_INVALID"),
        ("x", {"reply_markup": keyboard()}, "Text buttons are unallowed in the inline keyboard"),
        ("x", {"reply_markup": keyboard(url="ftp://e.org")}, "Unsupported URL protocol"),
        ("x", {"reply_markup": keyboard(url="http://localhost/")}, "Wrong HTTP URL"),
        ("x", {"entities": [MessageEntity(type="bold", offset=0, length=2)]}, "ends after the end of the text"),
    ],
)
async def test_bad_messages_are_refused(chat: Any, bot: Bot, text: str, options: Any, problem: str) -> None:
    with pytest.raises(TelegramBadRequest) as caught:
        await bot.send_message(77, text, **options)
    assert problem in caught.value.message
    assert await chat.messages(wait=0) == []


async def test_a_button_may_carry_64_bytes(chat: Any, bot: Bot) -> None:
    await bot.send_message(77, "x", reply_markup=keyboard("я" * 32))
    assert len(await chat.messages()) == 1


async def test_an_unknown_chat_and_one_that_was_only_looked_at(
    chat: Any, bot: Bot, base: str, http: ClientSession
) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(78, "x")
    async with http.get(f"{base}/sandbox/chats/78") as response:
        assert response.status == 200
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(78, "x")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message("@channel", "x")


async def test_a_blocked_bot_gets_403_and_is_told(chat: Any, bot: Bot) -> None:
    await bot.get_updates(offset=-1)
    await chat.post("block", blocked=True)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(77, "x")
    update = (await bot.get_updates())[-1]
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"
    assert (await chat.write("x"))["error_code"] == 400
    await chat.post("block", blocked=False)
    await bot.send_message(77, "x")


async def test_replies(chat: Any, bot: Bot) -> None:
    sent = await bot.send_message(77, "x", reply_parameters=ReplyParameters(message_id=1))
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "hello"
    optional = ReplyParameters(message_id=999, allow_sending_without_reply=True)
    assert (await bot.send_message(77, "x", reply_parameters=optional)).reply_to_message is None


async def test_a_photo_goes_out_and_comes_back(
    chat: Any, bot: Bot, picture: Make, base: str, http: ClientSession
) -> None:
    sent = await bot.send_photo(77, BufferedInputFile(picture(1600, 800), "p.jpg"), caption="look")
    assert sent.photo is not None
    assert [(size.width, size.height) for size in sent.photo] == [(90, 45), (320, 160), (800, 400), (1280, 640)]
    [message] = await chat.messages()
    async with http.get(f"{base}/sandbox/files/{message['photo'][-1]['file_id']}") as response:
        assert response.content_type == "image/jpeg"
        data = await response.read()
    with Image.open(io.BytesIO(data)) as decoded:
        assert decoded.size == (1280, 640)
    again = await bot.send_photo(77, sent.photo[-1].file_id)
    assert again.photo is not None
    assert [size.file_id for size in again.photo] == [size.file_id for size in sent.photo]


async def test_a_document_keeps_its_bytes(chat: Any, bot: Bot) -> None:
    sent = await bot.send_document(77, BufferedInputFile(b"%PDF-1.7 body", "report.pdf"))
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type) == ("report.pdf", "application/pdf")
    content = await bot.download(sent.document.file_id)
    assert content is not None
    assert content.read() == b"%PDF-1.7 body"
    with pytest.raises(TelegramBadRequest, match="can't use file of type Document as Photo"):
        await bot.send_photo(77, sent.document.file_id)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "file must be non-empty"),
        (b"text", "IMAGE_PROCESS_FAILED"),
        (b"x" * (10 * 2**20 + 1), "too big for a photo"),
    ],
)
async def test_bad_photos_are_refused(chat: Any, bot: Bot, data: bytes, problem: str) -> None:
    with pytest.raises(TelegramBadRequest, match=problem):
        await bot.send_photo(77, BufferedInputFile(data, "p.jpg"))


async def test_photos_by_reference_that_cannot_be_had(chat: Any, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="wrong file identifier/HTTP URL specified"):
        await bot.send_photo(77, "AgACinvented")
    with pytest.raises(TelegramBadRequest, match="failed to get HTTP URL content"):
        await bot.send_photo(77, "https://example.org/p.jpg")
    with pytest.raises(TelegramBadRequest, match="there is no photo in the request"):
        await bot.send_photo(77, "attach://nothing")


async def test_an_album(chat: Any, bot: Bot, picture: Make) -> None:
    media = [
        InputMediaPhoto(media=BufferedInputFile(picture(100 + n), "p.jpg"), caption=f"<b>{n}</b>", parse_mode="HTML")
        for n in range(3)
    ]
    sent = await bot.send_media_group(77, list(media))
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.caption for message in sent] == ["0", "1", "2"]
    assert [message.photo[-1].width for message in sent if message.photo] == [100, 101, 102]
    assert [message["message_id"] for message in await chat.messages()] == [message.message_id for message in sent]
    mixed = [media[0], InputMediaDocument(media=BufferedInputFile(b"x", "x.txt"))]
    with pytest.raises(TelegramBadRequest, match="can't be mixed"):
        await bot.send_media_group(77, list(mixed))
    with pytest.raises(TelegramBadRequest, match="too many messages to send as an album"):
        await bot.send_media_group(77, list(media * 4))


async def test_reactions(chat: Any, bot: Bot) -> None:
    for emoji in ("👀", "❤", "❤️", "👨‍💻"):
        await bot.set_message_reaction(77, 1, [ReactionTypeEmoji(emoji=emoji)])
    assert (await chat.get())["reactions"] == {"1": [{"type": "emoji", "emoji": "👨‍💻"}]}
    with pytest.raises(TelegramBadRequest, match="REACTION_INVALID"):
        await bot.set_message_reaction(77, 1, [ReactionTypeEmoji(emoji="🩺")])
    with pytest.raises(TelegramBadRequest, match="message to react not found"):
        await bot.set_message_reaction(77, 999, [ReactionTypeEmoji(emoji="👀")])
    await bot.set_message_reaction(77, 1, [])
    assert (await chat.get())["reactions"] == {}


async def test_chat_actions(chat: Any, bot: Bot) -> None:
    await bot.send_chat_action(77, "upload_photo")
    events = (await chat.get("/events", after=0))["events"]
    assert [event["action"] for event in events if event["type"] == "action"] == ["upload_photo"]
    with pytest.raises(TelegramBadRequest, match="wrong parameter action in request"):
        await bot.send_chat_action(77, "dancing")


async def test_deleting(chat: Any, bot: Bot) -> None:
    sent = await bot.send_message(77, "x")
    await bot.delete_message(77, sent.message_id)
    assert await chat.messages(wait=0) == []
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(77, sent.message_id)


async def test_a_reply_keyboard_is_shown(chat: Any, bot: Bot) -> None:
    markup = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Skin")]])
    await bot.send_message(77, "x", reply_markup=markup)
    assert (await chat.get())["keyboard"]["keyboard"][0][0]["text"] == "Skin"


async def test_parameters_come_as_query_json_or_form(chat: Any, bot: Bot, base: str, http: ClientSession) -> None:
    address = f"{base}/bot{bot.token}/sendMessage"
    form = FormData({"chat_id": "77", "text": "form"})
    parts = FormData({"chat_id": "77", "text": "parts"}, default_to_multipart=True)
    async with http.get(address, params={"chat_id": "77", "text": "query"}) as response:
        assert response.status == 200
    for options in ({"json": {"chat_id": 77, "text": "json"}}, {"data": form}, {"data": parts}):
        async with http.post(address, **options) as response:
            assert response.status == 200
    assert [message["text"] for message in await chat.messages()] == ["query", "json", "form", "parts"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"text": "x"}, "Bad Request: chat_id is empty"),
        ({"chat_id": 77}, "Bad Request: message text is empty"),
        ({"chat_id": 77, "text": "x", "reply_markup": "[]"}, "Bad Request: object expected as reply markup"),
        ({"chat_id": 77, "text": "x", "reply_markup": "null"}, "Bad Request: object expected as reply markup"),
        (
            {"chat_id": 77, "text": "x", "reply_markup": "{"},
            "Bad Request: can't parse reply keyboard markup JSON object",
        ),
        ({"chat_id": 77, "text": "\ud800"}, "Bad Request: strings must be encoded in UTF-8"),
    ],
)
async def test_malformed_requests(
    chat: Any, bot: Bot, base: str, http: ClientSession, body: dict[str, Any], problem: str
) -> None:
    async with http.post(f"{base}/bot{bot.token}/sendMessage", json=body) as response:
        assert await response.json() == {"ok": False, "error_code": 400, "description": problem}
        assert response.status == 400


async def test_rate_limits_on_demand(serve: Any, make_bot: Callable[..., Bot], http: ClientSession) -> None:
    base = await serve(rate_limits=True)
    bot = make_bot(base)
    async with http.post(f"{base}/sandbox/chats/5/text", json={"text": "hi"}) as response:
        assert response.status == 200
    await bot.get_me()
    statuses = []
    for _ in range(4):
        async with http.get(f"{base}/bot{bot.token}/sendMessage", params={"chat_id": 5, "text": "x"}) as response:
            body = await response.json()
            statuses.append((response.status, body.get("parameters", {}).get("retry_after")))
    assert [status for status, _ in statuses] == [200, 200, 200, 429]
    assert statuses[3][1] in (1, 2, 3)

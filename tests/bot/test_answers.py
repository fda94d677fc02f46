"""A picture, however it is sent, is answered by the model that the person meant."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.bot.conftest import FakeReader, Serving, Telegram
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
BENIGN = flat_png(red=26)


async def test_a_photo_is_answered_with_overlay_caption_reaction_and_action(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        sent = await telegram.photo()
        answer = await telegram.answer(sent)
    assert "photo" in answer
    assert "80%" in answer["caption"]
    assert answer["caption_entities"][0] == {"type": "bold", "offset": 0, "length": len("🔺 Suspicious · skin") + 1}
    assert reader.asked == [None]
    (reaction,) = telegram.calls("setMessageReaction")
    assert json.loads(reaction["params"]["reaction"]) == [{"type": "emoji", "emoji": "👀"}]
    assert telegram.calls("sendChatAction")
    ((state, model, novelty, message_id, engine, download),) = rows(
        "SELECT state, model, novelty, answer_message_id, engine, download_ms FROM requests"
    )
    assert (state, model, novelty, message_id, engine) == ("answered", "melanoma", 0.1, answer["message_id"], "rule")
    assert download > 0


async def test_the_largest_size_of_a_photo_is_read(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    async with serving():
        await telegram.answer(await telegram.photo(flat_png(red=204, width=1000, height=800)))
    assert reader.sizes == [(1000, 800)]


@pytest.mark.parametrize("caption", ["/pneumonia", "/PNEUMONIA please", "/pneumonia@second_look_4200_bot"])
@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_the_command_may_be_the_caption(
    telegram: Telegram, serving: Serving, reader: FakeReader, caption: str, kind: str
) -> None:
    async with serving():
        await telegram.answer(await getattr(telegram, kind)(caption=caption))
    assert reader.asked == ["pneumonia"]


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_the_skin_model_names_up_to_three_kinds(
    telegram: Telegram, serving: Serving, reader_with_skin: FakeReader, rows: Rows, kind: str
) -> None:
    async with serving():
        as_caption = await telegram.answer(await getattr(telegram, kind)(flat_png(red=191), caption="/skin"))
        in_reply = await telegram.text("/SKIN now", reply_to_message_id=as_caption["message_id"])
        assert "photo" in await telegram.answer(in_reply)
    assert reader_with_skin.asked == ["skin", "skin"]
    assert "melanoma: clear resemblance, 75%" in as_caption["caption"]
    assert "benign keratosis (age spot or wart-like growth): faint resemblance, 25%" in as_caption["caption"]
    assert "Dermnet" in as_caption["caption"]
    ((probabilities,),) = set(rows("SELECT probabilities FROM requests WHERE model = 'skin'"))
    assert len(json.loads(probabilities)) == 7


@pytest.mark.parametrize("caption", ["pneumonia", "/start", "/nonsense", "what is it? /pneumonia"])
async def test_any_other_caption_leaves_a_picture_to_be_read_as_skin(
    telegram: Telegram, serving: Serving, reader: FakeReader, caption: str
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo(caption=caption))
    assert reader.asked == [None]


async def test_the_command_may_come_before_the_picture_and_counts_once(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        await telegram.text("/pneumonia")
        (prompt,) = await telegram.answers(1)
        assert "X-ray" in prompt["text"]
        await telegram.answer(await telegram.document())
        await telegram.answer(await telegram.photo())
    assert reader.asked == ["pneumonia", None]


async def test_a_command_before_the_picture_survives_a_restart(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        await telegram.text("/pneumonia")
        await telegram.answers(1)
    async with serving():
        await telegram.answer(await telegram.photo())
    assert reader.asked == ["pneumonia"]


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_the_command_may_reply_to_an_earlier_picture(
    telegram: Telegram, serving: Serving, reader: FakeReader, kind: str
) -> None:
    async with serving():
        picture = await getattr(telegram, kind)()
        await telegram.answer(picture)
        command = await telegram.text("/pneumonia", reply_to_message_id=picture["message_id"])
        assert "photo" in await telegram.answer(command)
    assert reader.asked == [None, "pneumonia"]


async def test_in_reply_to_our_answer_the_persons_picture_is_read_and_not_the_overlay(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.document(flat_png(red=204, width=123, height=77)))
        command = await telegram.text("/pneumonia", reply_to_message_id=answer["message_id"])
        await telegram.answer(command)
    assert reader.asked == [None, "pneumonia"]
    assert reader.sizes == [(123, 77), (123, 77)]


async def test_in_reply_to_words_the_command_waits_for_a_picture(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        words = await telegram.text("look")
        await telegram.answers(1)
        await telegram.text("/pneumonia", reply_to_message_id=words["message_id"])
        await telegram.answers(2)
        await telegram.answer(await telegram.photo())
    assert reader.asked == ["pneumonia"]


async def test_each_picture_of_an_album_is_read_and_its_caption_is_for_all(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        first = await telegram.photo(media_group_id="77", caption="/pneumonia")
        others = [await telegram.photo(media_group_id="77") for _ in range(2)]
        for message in (first, *others):
            await telegram.answer(message)
    assert reader.asked == ["pneumonia"] * 3


async def test_the_still_of_a_live_photo_is_read(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    async with serving():
        photo = await telegram.photo(chat=99)
        await telegram.answer(photo)
        live = {"file_id": "v", "file_unique_id": "v", "width": 9, "height": 9, "duration": 1, "photo": photo["photo"]}
        telegram.deliver(live_photo=live)
        await telegram.answers(1)
    assert len(reader.asked) == 2


async def test_a_file_is_known_by_its_content_and_refused_in_words(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.document(b"Dear doctor"))
    assert "not a picture" in answer["text"]
    assert rows("SELECT state, refusal_code, model FROM requests") == [("refused", "not_a_picture", "melanoma")]


async def test_a_refusal_names_the_other_reading_where_it_may_help(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.photo(flat_png(blue=255)))
    assert "photo" not in answer
    assert rows("SELECT state, refusal_code, novelty FROM requests") == [("refused", "unlike_training", 1.0)]
    assert answer["text"].endswith("reply to it with /pneumonia.")
    ((button,),) = answer["reply_markup"]["inline_keyboard"]
    assert (button["text"], button["callback_data"]) == ("Read it as a chest X-ray", "read:pneumonia")


@pytest.mark.parametrize(("size", "asked"), [(20 * 2**20, 1), (20 * 2**20 + 1, 0)])
async def test_a_file_that_is_too_large_is_refused_without_a_download(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, size: int, asked: int
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.document(BENIGN + bytes(size - len(BENIGN))))
    assert len(telegram.calls("getFile")) == len(reader.asked) == asked
    if not asked:
        assert "too large" in answer["text"]
        assert "20" in answer["text"]
        assert rows("SELECT state, refusal_code FROM requests") == [("refused", "file_too_large")]


async def test_a_file_whose_size_telegram_keeps_to_itself_is_refused_when_it_says_so(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        telegram.fault("getFile", 400, description="Bad Request: file is too big")
        answer = await telegram.answer(await telegram.document())
    assert "too large" in answer["text"]
    assert rows("SELECT state, refusal_code FROM requests") == [("refused", "file_too_large")]


async def test_a_model_that_is_not_served_here_is_said_in_words(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    reader.catalog = type(reader.catalog)(reader.catalog.folder, {"melanoma": reader.catalog.card("melanoma")})
    async with serving():
        answer = await telegram.answer(await telegram.photo(caption="/pneumonia"))
    assert "not installed" in answer["text"]
    assert rows("SELECT state, failure_code FROM requests") == [("failed", "unknown_model")]


async def test_what_is_answered_in_russian_to_a_russian_is_english_to_others(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        russian = await telegram.answer(await telegram.photo(chat=1, language_code="ru"))
        other = await telegram.answer(await telegram.photo(chat=2, language_code="sv"))
    assert "дерматолог" in russian["caption"]
    assert "dermatologist" in other["caption"]


async def test_the_answers_of_a_chat_come_in_order_and_no_chat_waits_for_another(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:

    slow = asyncio.Event()

    async def wait(data: bytes) -> None:
        if data == BENIGN:
            await slow.wait()

    reader.before = wait
    async with serving():
        held = [await telegram.document(BENIGN, chat=1), await telegram.document(chat=1)]
        await telegram.answer(await telegram.document(chat=2))
        assert telegram.sent(1) == []
        slow.set()
        for message in held:
            await telegram.answer(message)
    replied = [m["reply_to_message"]["message_id"] for m in telegram.sent(1)]
    assert replied == [m["message_id"] for m in held]

"""``/cancel``, captions that are changed, and more pictures than one person may send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.waiting_texts import cancelled, too_many
from journal import RateLimit
from tests.bot.conftest import ON_BOTH_DATABASES, FakeReader, Message, Serving, Telegram
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
BLUE = flat_png(blue=255)


@pytest.fixture
def gate(reader: FakeReader) -> asyncio.Event:
    """Until it is set nothing is read."""
    gate = asyncio.Event()

    async def wait(_data: bytes) -> None:
        await gate.wait()

    reader.before = wait
    return gate


async def edit(telegram: Telegram, message: Message, **fields: Any) -> None:
    await telegram._post(message["chat"]["id"], "edit", json={"message_id": message["message_id"], **fields})


async def handled(telegram: Telegram) -> None:
    """Everything that was sent so far has been handled."""
    await telegram.until(lambda: not len(telegram.world.persons_bot().updates))


def texts(telegram: Telegram, chat: int = 10) -> list[str]:
    return [message["text"] for message in telegram.sent(chat) if "text" in message]


def _reactions(telegram: Telegram, reaction: str) -> list[str]:
    """The messages whose reaction was set to ``reaction``, a JSON array."""
    calls = [call["params"] for call in telegram.calls("setMessageReaction")]
    return [call["message_id"] for call in calls if call.get("reaction") == reaction]


@ON_BOTH_DATABASES
async def test_cancel_takes_back_what_waits_and_what_is_in_work_is_answered(
    telegram: Telegram, serving: Serving, reader: FakeReader, gate: asyncio.Event, rows: Rows
) -> None:
    async with serving():
        in_work = await telegram.photo()
        await telegram.until(lambda: reader.asked)
        waiting = [await telegram.photo() for _ in range(3)]
        await telegram.text("/pneumonia")
        await telegram.text("/cancel")
        await telegram.answers(2)
        await telegram.until(lambda: len(_reactions(telegram, "[]")) == 3)
        gate.set()
        await telegram.answer(in_work)
        await telegram.answer(await telegram.photo())
    assert _reactions(telegram, "[]") == [str(message["message_id"]) for message in waiting]
    assert texts(telegram)[1] == (
        "🚫 3 pictures that were waiting are taken back, and I will not read them.\n"
        "The model that you chose for your next picture does not count any more.\n"
        "The picture that I am reading just now will still be answered."
    )
    assert reader.asked == [None, None]
    assert [state for (state,) in rows("SELECT state FROM requests ORDER BY id")] == [
        "answered",
        *["cancelled"] * 3,
        "answered",
    ]


async def test_where_nothing_waits_cancel_says_so_in_a_group_too(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        await telegram.text("/cancel")
        await telegram.text("/cancel@second_look_4200_bot", chat=-100)
        await telegram.answers(1)
        await telegram.answers(1, chat=-100)
    assert texts(telegram) == texts(telegram, -100) == [cancelled(0, False, False, False, "en")]
    assert texts(telegram)[0].startswith("There is nothing to take back")


async def test_parts_of_an_album_that_were_taken_back_are_in_its_summary(
    telegram: Telegram, serving: Serving, reader: FakeReader, gate: asyncio.Event
) -> None:
    async with serving():
        await telegram.photo(media_group_id="7")
        await telegram.until(lambda: reader.asked)
        await telegram.photo(media_group_id="7")
        await telegram.text("/cancel")
        await telegram.answers(1)
        gate.set()
        await telegram.answers(3)
    assert "Picture 2 · 🚫 Not read: it was taken back" in texts(telegram)[-1]


@pytest.mark.parametrize(
    ("count", "english", "russian"),
    [
        (1, "1 picture that was waiting is taken back", "1 снимок снят с очереди"),
        (2, "2 pictures that were waiting are taken back", "2 снимка сняты с очереди"),
        (5, "5 pictures that were waiting are taken back", "5 снимков снято с очереди"),
        (21, "21 pictures that were waiting are taken back", "21 снимок снят с очереди"),
    ],
)
def test_what_was_taken_back_is_counted_in_the_right_form(count: int, english: str, russian: str) -> None:
    assert cancelled(count, False, False, False, "en").startswith(f"🚫 {english}")
    assert cancelled(count, False, False, False, "ru").startswith(f"🚫 {russian}")


async def test_a_model_named_while_the_picture_waits_is_the_one_that_reads_it(
    telegram: Telegram, serving: Serving, reader: FakeReader, gate: asyncio.Event
) -> None:
    async with serving():
        await telegram.photo()
        await telegram.until(lambda: reader.asked)
        second = await telegram.photo(caption="/melanoma")
        await edit(telegram, second, caption="/pneumonia")
        await handled(telegram)
        gate.set()
        await telegram.answer(second)
        await telegram.answer(await telegram.photo())
    assert reader.asked == [None, "pneumonia", None]
    assert len(telegram.sent()) == 3


async def test_a_model_named_after_the_answer_has_the_picture_read_again_once(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        sent = await telegram.photo()
        await telegram.answer(sent)
        for caption in ("/pneumonia", "/pneumonia please", "/melanoma@second_look_4200_bot", "thank you", "/start"):
            await edit(telegram, sent, caption=caption)
            await handled(telegram)
        await telegram.answers(3)
        await telegram.answer(await telegram.photo())
    assert reader.asked == [None, "pneumonia", "melanoma", None]
    assert [m["reply_to_message"]["message_id"] for m in telegram.sent()][:3] == [sent["message_id"]] * 3
    assert len(telegram.sent()) == 4


async def test_a_model_named_while_the_picture_is_read_has_it_read_again(
    telegram: Telegram, serving: Serving, reader: FakeReader, gate: asyncio.Event
) -> None:
    async with serving():
        sent = await telegram.photo()
        await telegram.until(lambda: reader.asked)
        await edit(telegram, sent, caption="/pneumonia")
        await handled(telegram)
        gate.set()
        await telegram.answers(2)
    assert reader.asked == [None, "pneumonia"]


async def test_other_edits_are_passed_over_without_a_word(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving():
        words = await telegram.text("hello")
        await telegram.answers(1)
        await edit(telegram, words, text="/pneumonia")
        in_group = await telegram.photo(chat=-100)
        await edit(telegram, in_group, caption="/pneumonia")
        await handled(telegram)
        await telegram.answer(await telegram.photo())
    assert reader.asked == [None]
    assert (len(telegram.sent()), telegram.sent(-100)) == (2, [])
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_one_too_many_is_told_once_and_not_read(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(rate_limit=2):
        for _ in range(2):
            await telegram.photo()
        excess = [await telegram.photo() for _ in range(3)]
        for _ in range(2):
            await telegram.photo(media_group_id="7")
        told = await telegram.answer(excess[0])
        await telegram.answer(await telegram.photo(chat=11))
        await telegram.answers(3)
    assert told["text"] == too_many(RateLimit(2, timedelta(minutes=10)), timedelta(minutes=10), "en")
    assert texts(telegram) == [told["text"]]
    assert len(reader.asked) == 3
    assert rows("SELECT count(*) FROM requests WHERE refusal_code = 'rate_limited'") == [(5,)]
    assert len(telegram.calls("setMessageReaction")) == 3


@ON_BOTH_DATABASES
async def test_the_limit_outlives_a_restart_and_a_whole_album_is_one_case(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving(rate_limit=1):
        for _ in range(3):
            await telegram.answer(await telegram.photo(media_group_id="7", language_code="ru"))
    async with serving(rate_limit=1):
        told = await telegram.answer(await telegram.photo(language_code="ru"))
        assert "photo" in await telegram.answer(await telegram.photo(media_group_id="7", language_code="ru"))
    assert told["text"].startswith("⏳ Это я не взял: для одного человека я читаю не больше чем 1 снимок за 10 минут")
    async with serving(rate_limit=0):
        assert "photo" in await telegram.answer(await telegram.photo())


async def test_a_press_that_would_be_one_too_many_is_told_over_the_chat_and_keeps_its_button(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(rate_limit=1):
        answer = await telegram.answer(await telegram.photo(BLUE))
        await telegram.press(answer, "read:pneumonia")
        (told,) = await telegram.until(telegram.shown)
    assert told is not None
    assert told.startswith("⏳ I did not take this one: of one person I read at most 1 picture within 10 minutes")
    assert len(reader.asked) == 1
    assert telegram.calls("editMessageReplyMarkup") == []
    assert rows("SELECT state, refusal_code FROM requests ORDER BY id DESC LIMIT 1") == [("refused", "rate_limited")]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_limit_in_words_fits_over_a_chat(language: str) -> None:
    words = too_many(RateLimit(1000, timedelta(minutes=1440)), timedelta(minutes=1440), language)
    assert len(words) <= 200


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (1, "again in 1 minute.", "через 1 минуту."),
        (61, "again in 2 minutes.", "через 2 минуты."),
        (300, "again in 5 minutes.", "через 5 минут."),
    ],
)
def test_when_to_come_back_is_said_in_the_right_form(seconds: int, english: str, russian: str) -> None:
    limit, wait = RateLimit(30, timedelta(minutes=10)), timedelta(seconds=seconds)
    assert too_many(limit, wait, "en").endswith(english)
    assert too_many(limit, wait, "ru").endswith(russian)


async def test_a_person_has_one_picture_in_work_wherever_they_write_and_holds_up_nobody(
    telegram: Telegram, serving: Serving, reader: FakeReader, gate: asyncio.Event, rows: Rows
) -> None:
    in_work = "SELECT chat_id, user_id FROM requests WHERE attempts = 1 ORDER BY id"
    async with serving():
        await telegram.photo(chat=-100, user_id=1, caption="/melanoma")
        await telegram.photo(chat=1)
        await telegram.photo(chat=-100, user_id=2, caption="/melanoma")
        await telegram.until(lambda: len(rows(in_work)) == 2)
        await asyncio.sleep(0.2)
        assert rows(in_work) == [(-100, 1), (-100, 2)]
        gate.set()
        await telegram.answers(1, chat=1)
        await telegram.answers(2, chat=-100)

"""``/broadcast``: seen first, sent once to each, stopped when told, and carried on after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram import types

import bot.broadcasting
from bot import operator_texts, texts
from bot.handlers.broadcast import _parts
from bot.operator_texts import progress, question
from journal import Broadcast, Stage
from tests.bot.conftest import ON_BOTH_DATABASES, FakeReader, Message, Serving, Telegram

Rows = Callable[[str], list[tuple[Any, ...]]]
ADMIN = {"admin_ids": frozenset({10})}
STATE = "SELECT state, last_user_id, sent, failed FROM broadcasts"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.broadcasting, "PROGRESS_SECONDS", 0.05)
    monkeypatch.setattr(bot.broadcasting, "OUTAGE_SECONDS", 0.2)


async def known(telegram: Telegram, *chats: int, language: str = "en") -> None:
    """Persons who have sent a picture."""
    for chat in chats:
        await telegram.answer(await telegram.photo(chat=chat, language_code=language))


async def asked(telegram: Telegram, text: str) -> Message:
    """The bot's question below the preview."""
    before = len(telegram.sent())
    await telegram.text(text)
    return (await telegram.answers(before + 2))[-1]


def data_of(message: Message) -> dict[str, str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return {button["text"]: button["callback_data"] for row in rows for button in row}


async def pressed(telegram: Telegram, message: Message, text: str) -> None:
    await telegram.press(message, data_of(message)[text])


def last(telegram: Telegram, chat: int = 10) -> str:
    """What the bot said last; the stand-in in this process also logs errors, of which admins are told."""
    texts = [str(message.get("text")) for message in telegram.sent(chat)]
    return [text for text in texts if not text.startswith("⚠️")][-1]


async def test_it_is_shown_as_it_will_look_and_goes_to_everyone_when_told(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(**ADMIN):
        await known(telegram, 11, 12)
        text = "/broadcast We are <back>! 👋 Thanks"
        bold = {"type": "bold", "offset": 11, "length": 17}
        telegram.deliver(10, text=text, entities=[{"type": "bot_command", "offset": 0, "length": 10}, bold])
        preview, asking = await telegram.answers(2)
        assert asking["text"] == "This is how it will look. It goes to 2 people. Shall I send it?"
        assert len(telegram.sent(11)) == len(telegram.sent(12)) == 1
        await pressed(telegram, asking, "Send it")
        await telegram.until(lambda: last(telegram) == "It has gone out.\n\n2 people have it.")
    for message in (preview, telegram.sent(11)[-1], telegram.sent(12)[-1]):
        assert message["text"] == "We are <back>! 👋 Thanks"
        assert message["entities"] == [{"type": "bold", "offset": 0, "length": 17}]
    assert len(telegram.sent()) == 2
    assert data_of(telegram.sent()[-1]) == {}
    assert rows(STATE) == [("done", 0, 2, 0)]


async def test_it_may_go_to_those_alone_who_read_one_language(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving(**ADMIN):
        await known(telegram, 11)
        await known(telegram, 12, 13, language="kk")
        asking = await asked(telegram, "/broadcast ru Привет")
        assert asking["text"].startswith("This is how it will look. It goes to 2 people.")
        assert asking["text"].endswith("Only to those who read Russian.")
        await pressed(telegram, asking, "Send it")
        await telegram.until(lambda: last(telegram).startswith("It has gone out."))
    assert [last(telegram, chat) for chat in (12, 13)] == ["Привет"] * 2
    assert len(telegram.sent(11)) == 1


async def test_cancelled_it_goes_to_nobody_and_can_not_be_sent_any_more(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(**ADMIN):
        await known(telegram, 11)
        asking = await asked(telegram, "/broadcast Hello")
        await pressed(telegram, asking, "Do not send")
        await telegram.until(lambda: last(telegram) == "Nothing was sent.")
        telegram.pressed_by(10, asking, data_of(asking)["Send it"])
        await telegram.until(lambda: len(telegram.shown()) == 2)
    assert telegram.shown() == [None, "This was decided before."]
    assert len(telegram.sent(11)) == 1
    assert rows(STATE) == []


async def test_pressed_twice_it_goes_out_once(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    async with serving(**ADMIN):
        await known(telegram, 11)
        asking = await asked(telegram, "/broadcast Hello")
        for _ in range(2):
            telegram.pressed_by(10, asking, data_of(asking)["Send it"])
        await telegram.until(lambda: len(telegram.shown()) == 2 and last(telegram).startswith("It has gone out."))
    assert [message.get("text") for message in telegram.sent(11)][1:] == ["Hello"]
    assert sorted(telegram.shown(), key=str) == [None, "This was decided before."]


async def test_who_blocked_the_bot_is_passed_over_and_not_written_to_again(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(**ADMIN):
        await known(telegram, 11, 12)
        # Telegram's word of the block did not get through, so the bot finds out by itself.
        blocked = "Forbidden: bot was blocked by the user"
        telegram.fault("sendMessage", 403, times=9, description=blocked, where={"chat_id": 11})
        asking = await asked(telegram, "/broadcast Hello")
        await pressed(telegram, asking, "Send it")
        gone = "It has gone out.\n\n1 person has it.\n1 person could not be reached."
        await telegram.until(lambda: last(telegram) == gone)
        assert rows("SELECT id FROM users WHERE blocked_at IS NOT NULL") == [(11,)]
        again = await asked(telegram, "/broadcast Hello again")
    assert again["text"].startswith("This is how it will look. It goes to 1 person.")
    assert rows(STATE)[0] == ("done", 0, 1, 1)


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 1}, {"status": 502}, {"status": 0}])
async def test_a_hiccup_of_telegram_costs_time_and_nobody(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, fault: dict[str, Any]
) -> None:
    async with serving(**ADMIN):
        await known(telegram, 11, 12)
        asking = await asked(telegram, "/broadcast Hello")
        telegram.fault("sendMessage", **fault)
        await pressed(telegram, asking, "Send it")
        await telegram.until(lambda: last(telegram).startswith("It has gone out."))
    assert [last(telegram, chat) for chat in (11, 12)] == ["Hello"] * 2
    assert rows(STATE) == [("done", 0, 2, 0)]


async def test_an_outage_is_outlasted_and_a_stop_counts_during_it(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(**ADMIN):
        await known(telegram, 11, 12)
        first = await asked(telegram, "/broadcast Hello")
        telegram.fault("sendMessage", 401, times=2)
        await pressed(telegram, first, "Send it")
        await telegram.until(lambda: rows(STATE) == [("done", 0, 2, 0)])
        second = await asked(telegram, "/broadcast Hello again")
        monkeypatch.setattr(bot.broadcasting, "OUTAGE_SECONDS", 600)
        telegram.fault("sendMessage", 401, times=999)
        calls = len(telegram.calls("sendMessage"))
        await pressed(telegram, second, "Send it")
        await telegram.until(lambda: len(telegram.calls("sendMessage")) > calls)
        await pressed(telegram, telegram.sent()[-1], "Stop it")
        await telegram.until(lambda: last(telegram) == "It was stopped.\n\n0 people have it.")
    assert rows(STATE)[1] == ("stopped", 0, 0, 0)


async def test_stopped_it_goes_to_no_further_person(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.broadcasting, "PER_SECOND", 2.0)
    people = range(11, 16)
    async with serving(**ADMIN):
        await known(telegram, *people)
        asking = await asked(telegram, "/broadcast Hello")
        await pressed(telegram, asking, "Send it")
        going = "It goes out …\n\n1 person has it."
        await telegram.until(lambda: last(telegram) in (going, going.replace("1 person has", "2 people have")))
        await pressed(telegram, telegram.sent()[-1], "Stop it")
        await telegram.until(lambda: last(telegram).startswith("It was stopped."))
    ((state, last_user_id, sent, failed),) = rows(STATE)
    assert (state, last_user_id, failed) == ("stopped", 10 + sent, 0)
    assert sent < len(people)
    assert [len(telegram.sent(chat)) - 1 for chat in people] == [1] * sent + [0] * (len(people) - sent)
    assert "No more goes out." in telegram.shown()


@ON_BOTH_DATABASES
async def test_after_a_restart_it_goes_on_behind_the_last_person(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.broadcasting, "PER_SECOND", 1.0)
    people = range(11, 15)
    async with serving(**ADMIN):
        await known(telegram, *people)
        await pressed(telegram, await asked(telegram, "/broadcast Hello"), "Send it")
        await telegram.until(lambda: rows("SELECT 1 FROM broadcasts WHERE sent = 1"))
    assert rows("SELECT state FROM broadcasts") == [("sending",)]
    monkeypatch.setattr(bot.broadcasting, "PER_SECOND", 20.0)
    async with serving(**ADMIN):
        await telegram.until(lambda: last(telegram) == "It has gone out.\n\n4 people have it.")
    assert [[m.get("text") for m in telegram.sent(chat)][1:] for chat in people] == [["Hello"]] * 4
    assert rows(STATE) == [("done", 0, 4, 0)]


async def test_it_is_slow_enough_for_telegram_and_slower_while_pictures_wait(
    telegram: Telegram, serving: Serving, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.broadcasting, "PER_SECOND_WHILE_PICTURES_WAIT", 1.0)
    people = range(11, 16)
    release = asyncio.Event()

    async def wait(_data: bytes) -> None:
        await release.wait()

    def dates(text: str) -> list[float]:
        return [c["date"] for c in telegram.calls("sendMessage") if c["params"]["text"] == text][1:]

    async with serving(**ADMIN, workers=1):
        await known(telegram, *people)
        await pressed(telegram, await asked(telegram, "/broadcast one"), "Send it")
        await telegram.until(lambda: len(dates("one")) == 5)
        asking = await asked(telegram, "/broadcast two")
        reader.before = wait
        for chat in (20, 21):
            await telegram.photo(chat=chat)
        await telegram.until(lambda: len(telegram.calls("setMessageReaction")) >= 7)
        await pressed(telegram, asking, "Send it")
        await telegram.until(lambda: len(dates("two")) == 2)
        release.set()
        await telegram.until(lambda: len(dates("two")) == 5)
    quick, slow = dates("one"), dates("two")
    assert quick[-1] - quick[0] >= 4 / 20 * 0.9
    assert slow[1] - slow[0] >= 0.9


async def test_what_cannot_be_sent_is_said_in_words(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    async with serving(**ADMIN):
        for text in ("/broadcast", "/broadcast ru", "/broadcast Hello"):
            await telegram.text(text)
        await telegram.answers(3)
        await known(telegram, 11)
        telegram.deliver(10, text="/broadcast " + "🔹" * 2049)
        await telegram.answers(4)
        telegram.fault("sendMessage", 400, description="Bad Request: can't parse entities")
        await telegram.text("/broadcast Hello")
        sent = await telegram.answers(5)
    assert [message["text"] for message in sent] == [
        operator_texts.BROADCAST_HOW,
        operator_texts.BROADCAST_HOW,
        operator_texts.NO_AUDIENCE,
        operator_texts.BROADCAST_TOO_LONG.format(limit=4096, length=4098),
        operator_texts.BROADCAST_NOT_TAKEN,
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/broadcast Hello\n\nyou  two", (None, "Hello\n\nyou  two")),
        ("/broadcast@second_look_bot\nHello", (None, "Hello")),
        ("/broadcast ru Привет", ("ru", "Привет")),
        ("/broadcast en\nHello", ("en", "Hello")),
        ("/broadcast En route", (None, "En route")),
        ("/broadcast ru", ("ru", "")),
        ("/broadcast", (None, "")),
    ],
)
def test_the_command_is_taken_apart(text: str, parts: tuple[str | None, str]) -> None:
    chat = types.Chat(id=10, type="private")
    message = types.Message(message_id=1, date=datetime.now(UTC), chat=chat, text=text)
    assert _parts(message)[:2] == parts


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "Получит 1 человек."), (2, "Получат 2 человека."), (5, "Получат 5 человек."), (21, "Получит 21 человек.")],
)
def test_how_many_are_asked_for_in_russian(count: int, words: str) -> None:
    assert question(count, None, "ru") == f"Так это будет выглядеть. {words} Отправить?"
    assert question(count, "en", "ru").endswith("\n\nТолько тем, кто читает по-английски.")


def test_progress_in_russian() -> None:
    broadcast = Broadcast(1, "x", None, Stage.STOPPED, 0, sent=22, failed=3)
    assert progress(broadcast, "ru") == (
        "Рассылка остановлена.\n\nПолучили 22 человека.\nНе удалось доставить 3 людям."
    )
    assert texts.translator("ru")(operator_texts.READERS["ru"]) == "Только тем, кто читает по-русски."

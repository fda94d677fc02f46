"""``/report`` and the button "PDF report": an answer as a page, and a kind word where there is none."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot import report_texts, texts
from bot.buttons import Report, report_button
from bot.personal_texts import BUTTON_NOT_YOURS, ELSEWHERE, NO_HISTORY
from bot.worker import MOST_ATTEMPTS
from tests.bot.conftest import FakeReader, Message, Serving, Telegram
from tests.report.pdf_reading import ReadPdf, read_pdf
from tests.tiny_models import flat_png

Answers = Callable[[Message], Awaitable[Message]]
Rows = Callable[[str], list[tuple[Any, ...]]]
STATES = "SELECT wants, state, failure_code FROM requests ORDER BY id"


async def reported(telegram: Telegram, to: Message | None = None, **fields: Any) -> Message:
    """What comes after ``/report`` in reply to ``to``, or on its own."""
    before = len(telegram.sent())
    if to is not None:
        fields["reply_to_message_id"] = to["message_id"]
    await telegram.text("/report", **fields)
    return (await telegram.answers(before + 1))[-1]


async def content(telegram: Telegram, message: Message) -> bytes:
    """The bytes of the document of ``message``."""
    bot = telegram.base + "/bot4200:" + "unit-test-" * 3 + "abcde"
    params = {"file_id": message["document"]["file_id"]}
    async with telegram.session.get(f"{bot}/getFile", params=params) as response:
        path = (await response.json())["result"]["file_path"]
    async with telegram.session.get(bot.replace("/bot", "/file/bot", 1) + f"/{path}") as response:
        return await response.read()


async def page(telegram: Telegram, message: Message) -> ReadPdf:
    return read_pdf(await content(telegram, message))


@pytest.mark.parametrize("to", ["answer", "picture", "nothing"])
async def test_a_report_is_a_page_about_the_answer_in_reply_to_the_command(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers, rows: Rows, to: str
) -> None:
    async with serving():
        await answered(await telegram.photo(flat_png(red=26)))
        picture = await telegram.photo(caption="/pneumonia")
        answer = await answered(picture)
        said = await reported(telegram, {"answer": answer, "picture": picture, "nothing": None}[to])
        sheet = await page(telegram, said)
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE wants = 'report' AND state = 'answered'"))
    ((request_id, received),) = rows(
        "SELECT id, received_at FROM requests WHERE model = 'pneumonia' AND wants = 'answer'"
    )
    assert said["document"]["file_name"] == f"second-look-{received[:10]}.pdf"
    assert said["caption"].startswith("Report of the reading of ")
    assert said["reply_to_message"]["text"] == "/report"
    assert sheet.pages == 1
    lines = sheet.text.split("\n")
    assert "Suspicious · chest X-ray" in lines
    assert "80%" in lines
    assert lines[lines.index("Request") + 1] == str(request_id)
    assert reader.asked == [None, "pneumonia", "pneumonia"]
    actions = [call["params"]["action"] for call in telegram.calls("sendChatAction")]
    assert (actions[0], actions[-1]) == ("upload_photo", "upload_document")
    assert len(telegram.calls("setMessageReaction")) == 2
    assert rows(STATES)[-1] == ("report", "answered", None)


async def test_a_report_speaks_the_persons_language(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers
) -> None:
    async with serving():
        await answered(await telegram.photo(language_code="ru"))
        said = await reported(telegram, language_code="ru")
        sheet = await page(telegram, said)
    assert said["caption"].startswith("Отчёт о прочтении снимка от ")
    assert sheet.language == "ru"
    assert "Подозрительно · кожа" in sheet.text


async def test_a_report_is_not_in_the_history_and_no_answer_to_be_seen_again(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers, rows: Rows
) -> None:
    async with serving():
        await answered(await telegram.photo())
        await reported(telegram)
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE wants = 'report' AND state = 'answered'"))
        await telegram.text("/history")
        history = (await telegram.answers(3))[-1]
        telegram.pressed_by(10, history, "open:2")
        await telegram.until(telegram.shown)
    (entries, *_) = history["reply_markup"]["inline_keyboard"]
    assert [entry["callback_data"] for entry in entries] == ["open:1"]
    assert len(reader.asked) == 2


async def test_a_report_of_a_report_is_the_same_report(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers, rows: Rows
) -> None:
    async with serving():
        await answered(await telegram.photo())
        first = await reported(telegram)
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE wants = 'report' AND state = 'answered'"))
        second = await reported(telegram, first)
        assert await content(telegram, first) == await content(telegram, second)
    assert rows("SELECT reopens FROM requests WHERE wants = 'report'") == [(1,), (1,)]


async def test_the_button_gives_a_report_in_reply_to_the_answer(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers
) -> None:
    async with serving():
        answer = await answered(await telegram.photo())
        telegram.pressed_by(10, answer, Report(id=1).pack())
        said = (await telegram.answers(2))[-1]
        assert (await page(telegram, said)).pages == 1
    assert said["reply_to_message"]["message_id"] == answer["message_id"]
    assert telegram.shown() == [report_texts.MAKING]


def test_the_button_says_what_it_gives() -> None:
    button = report_button(2**63 - 1, texts.translator("ru"))
    assert (button.text, button.callback_data) == ("📄 Отчёт PDF", f"report:{2**63 - 1}")
    assert len((button.callback_data or "").encode()) <= 64


async def test_a_report_that_is_on_its_way_is_not_made_twice(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers, rows: Rows
) -> None:
    go = asyncio.Event()

    async def wait(_data: bytes) -> None:
        if len(reader.asked) > 1:
            await go.wait()

    reader.before = wait
    async with serving():
        answer = await answered(await telegram.photo())
        for _ in range(2):
            telegram.pressed_by(10, answer, Report(id=1).pack())
        await telegram.until(lambda: len(telegram.shown()) == 2)
        go.set()
        await telegram.answers(2)
    assert sorted(filter(None, telegram.shown())) == sorted([report_texts.MAKING, report_texts.ON_ITS_WAY])
    assert len(rows(STATES)) == 2


async def test_a_report_of_somebody_elses_picture_is_refused(
    telegram: Telegram,
    serving: Serving,
    reader: FakeReader,
    answered: Answers,
    rows: Rows,
    changed: Callable[[str], Awaitable[None]],
) -> None:
    async with serving():
        answer = await answered(await telegram.photo())
        telegram.pressed_by(11, answer, Report(id=1).pack())
        await telegram.until(telegram.shown)
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE state = 'answered'"))
        await changed("UPDATE requests SET of_another = 1")
        said = await reported(telegram, answer)
        telegram.pressed_by(10, answer, Report(id=1).pack())
        await telegram.until(lambda: len(telegram.shown()) == 2)
        alone = await reported(telegram)
    assert telegram.shown() == [BUTTON_NOT_YOURS, report_texts.OF_ANOTHER]
    assert said["text"] == report_texts.OF_ANOTHER
    assert alone["text"] == report_texts.NO_ANSWER
    assert len(rows(STATES)) == 1


async def test_in_a_group_the_person_is_sent_to_the_private_chat(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers, rows: Rows
) -> None:
    person = {"id": 10, "is_bot": False, "first_name": "P", "language_code": "en"}
    async with serving():
        telegram.deliver(
            -5, text="/report", **{"from": person}, entities=[{"type": "bot_command", "offset": 0, "length": 7}]
        )
        said = (await telegram.answers(1, chat=-5))[0]
        await answered(await telegram.photo())
        telegram.pressed_by(10, said, Report(id=1).pack())
        await telegram.until(telegram.shown)
    assert said["text"].startswith(ELSEWHERE.partition("{")[0])
    assert telegram.shown() == [report_texts.IN_PRIVATE]
    assert len(rows(STATES)) == 1


async def test_without_an_answer_of_mine_there_is_a_word_of_what_to_do(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        nothing = await reported(telegram, language_code="ru")
        other = await reported(telegram, nothing)
    assert nothing["text"] == texts.translator("ru")(report_texts.NO_ANSWER)
    assert nothing["text"] != texts.translator("ru")(NO_HISTORY)
    assert other["text"] == report_texts.NOT_AN_ANSWER


async def test_a_picture_that_was_refused_or_is_still_read_has_no_report(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers, rows: Rows
) -> None:
    go = asyncio.Event()

    async def wait(_data: bytes) -> None:
        if len(reader.asked) > 1:
            await go.wait()

    reader.before = wait
    async with serving():
        refusal = await answered(await telegram.photo(flat_png(blue=255)))
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE state = 'refused'"))
        no_reading = await reported(telegram, refusal)
        picture = await telegram.photo()
        await telegram.until(lambda: len(reader.asked) == 2)
        still = await reported(telegram, picture)
        go.set()
        await telegram.answer(picture)
    assert no_reading["text"] == report_texts.NO_READING
    assert still["text"] == report_texts.STILL_READING


async def test_of_a_picture_that_telegram_has_lost_there_is_none(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers, rows: Rows
) -> None:
    async with serving():
        await answered(await telegram.photo())
        telegram.fault("getFile", 400, times=3, description="Bad Request: wrong file_id")
        said = await reported(telegram)
        await telegram.until(lambda: rows(STATES)[-1][1] != "received")
    assert said["text"] == report_texts.PICTURE_GONE
    assert rows(STATES)[-1] == ("report", "failed", "file_gone")


@pytest.mark.parametrize(
    "change", ["version = '0.0.9'", "weights_hash = 'other'", "model = 'moles'", "verdict = 'unclear'"]
)
async def test_of_an_answer_that_the_models_would_not_give_again_there_is_none(
    telegram: Telegram,
    serving: Serving,
    reader: FakeReader,
    answered: Answers,
    rows: Rows,
    changed: Callable[[str], Awaitable[None]],
    change: str,
) -> None:
    async with serving():
        await answered(await telegram.photo())
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE state = 'answered'"))
        await changed(f"UPDATE requests SET {change}")
        said = await reported(telegram, language_code="ru")
        await telegram.until(lambda: rows(STATES)[-1][1] != "received")
    assert said["text"] == texts.translator("ru")(report_texts.MODEL_CHANGED)
    assert rows(STATES)[-1] == ("report", "failed", "model_changed")


async def test_a_report_that_cannot_be_made_is_given_up_in_words_of_its_own(
    telegram: Telegram,
    serving: Serving,
    reader: FakeReader,
    answered: Answers,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> bytes:
        raise RuntimeError("no ink")

    monkeypatch.setattr("bot.reporting._pdf", fail)
    async with serving():
        await answered(await telegram.photo())
        said = await reported(telegram)
        await telegram.until(lambda: rows(STATES)[-1][1] != "received")
    assert said["text"] == report_texts.FAILED
    assert rows(STATES)[-1] == ("report", "failed", "gave_up")
    assert rows("SELECT attempts FROM requests WHERE wants = 'report'") == [(MOST_ATTEMPTS + 1,)]


async def test_where_telegram_refuses_the_file_the_person_is_told(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers, rows: Rows
) -> None:
    async with serving():
        await answered(await telegram.photo())
        telegram.fault("sendDocument", 413, description="Request Entity Too Large")
        said = await reported(telegram)
        await telegram.until(lambda: rows(STATES)[-1][1] != "received")
    assert said["text"] == report_texts.FAILED
    assert rows(STATES)[-1] == ("report", "failed", "undeliverable")


async def test_a_button_of_a_forgotten_answer_says_so(
    telegram: Telegram, serving: Serving, reader: FakeReader, answered: Answers
) -> None:
    async with serving():
        answer = await answered(await telegram.photo())
        await telegram.text("/forget")
        question = (await telegram.answers(2))[-1]
        await telegram.press(question, "forget:1")
        await telegram.until(lambda: len(telegram.shown()) == 1)
        telegram.pressed_by(10, answer, Report(id=1).pack())
        await telegram.until(lambda: len(telegram.shown()) == 2)
        alone = await reported(telegram, answer)
    assert telegram.shown()[1] == texts.BUTTON_TOO_OLD
    assert alone["text"] == report_texts.NOT_AN_ANSWER


async def test_report_is_among_the_commands_of_the_menu() -> None:
    assert "report" in texts.commands(texts.MODELS, texts.translator("en"))


@pytest.fixture
def answered(telegram: Telegram, rows: Rows) -> Answers:
    """The answer to a picture, once the journal knows of it too."""

    async def wait(message: Message) -> Message:
        answer = await telegram.answer(message)
        sent = f"SELECT 1 FROM requests WHERE answer_message_id = {answer['message_id']}"
        await telegram.until(lambda: rows(sent))
        return answer

    return wait


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str], Awaitable[None]]:
    """Changes the journal behind the bot's back."""

    def change(sql: str) -> None:
        with sqlite3.connect(tmp_path / "journal.db", timeout=5) as database:
            database.execute(sql)
        database.close()

    return lambda sql: asyncio.to_thread(change, sql)

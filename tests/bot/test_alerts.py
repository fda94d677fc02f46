"""Those who run the bot are told what goes wrong: by code and count, not too often, and nothing of a person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.methods import SendMessage

import bot.alerts
from bot import operator_texts
from bot.alerts import JOURNAL_UNAVAILABLE, Alerts
from bot.background import Background
from bot.patience import TelegramUnreachable
from bot.worker import MOST_ATTEMPTS
from journal import JournalUnavailable
from tests.bot.conftest import FakeReader, Serving, Telegram

ADMIN = {"admin_ids": frozenset({10})}


class FakeBot:
    """Keeps what is sent; ``faults`` are raised instead, by chat."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str]] = []
        self.faults: dict[int, Exception] = {}

    async def send_message(self, chat_id: int, text: str, **_options: Any) -> None:
        if chat_id in self.faults:
            raise self.faults[chat_id]
        self.sent.append((chat_id, text))


class FakePeople:
    """Knows the languages of admins, unless ``out_of_order``."""

    def __init__(self) -> None:
        self.languages: dict[int, str | None] = {}
        self.out_of_order = False

    async def reads(self, user_id: int) -> str | None:
        if self.out_of_order:
            raise JournalUnavailable("out of order")
        return self.languages.get(user_id)


class Office:
    """Alerts for admins 10 and 11, and what they have read."""

    def __init__(self, admins: frozenset[int]) -> None:
        self.bot, self.people, self.background = FakeBot(), FakePeople(), Background()
        journal: Any = SimpleNamespace(people=self.people)
        self.alerts = Alerts(self.bot, journal, self.background, admins)  # type: ignore[arg-type]

    async def read(self, seconds: float = 0.0) -> list[tuple[int, str]]:
        await asyncio.sleep(seconds)
        await self.background.drain(1)
        return self.bot.sent


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office(frozenset({10, 11}))
    with office.alerts.listening():
        yield office


async def test_the_first_is_told_at_once_and_the_others_are_counted_until_the_time_is_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.alerts, "EVERY_SECONDS", 0.3)
    office.people.languages = {11: "ru"}
    for _ in range(4):
        office.alerts.happened("attempt_failed")
    first = list(await office.read())
    assert [chat for chat, _ in first] == [10, 11]
    assert first[0][1].startswith("⚠️ The work on a picture broke off. It is tried again.\n\n")
    assert first[0][1].endswith(" UTC\nCode: attempt_failed. More is in the log.")
    assert "time" not in first[0][1]
    assert first[1][1].startswith("⚠️ Работа над снимком прервалась.")
    then = (await office.read(0.5))[2:]
    assert "\n3 times since " in then[0][1]
    assert "\n3 раза с " in then[1][1]
    assert len(await office.read(0.5)) == 4


async def test_each_code_is_told_for_itself(office: Office) -> None:
    for code in ("gave_up", "models_amiss", "gave_up"):
        office.alerts.happened(code)
    texts = [text for chat, text in await office.read() if chat == 10]
    assert [text.split("Code: ")[1].split(".")[0] for text in texts] == ["gave_up", "models_amiss"]


async def test_a_journal_that_is_back_soon_is_not_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.alerts, "PATIENT_SECONDS", 0.3)
    monkeypatch.setattr(bot.alerts, "STILL_SECONDS", 0.15)
    office.alerts.happened(JOURNAL_UNAVAILABLE)
    assert await office.read(0.5) == []


async def test_a_journal_that_stays_away_is_told_with_what_it_cost_and_in_the_language_that_was_known(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.alerts, "PATIENT_SECONDS", 0.3)
    monkeypatch.setattr(bot.alerts, "STILL_SECONDS", 0.2)
    office.people.languages = {11: "ru"}
    office.alerts.letter("hello")
    await office.read()
    office.people.out_of_order = True
    for _ in range(5):
        office.alerts.happened(JOURNAL_UNAVAILABLE)
        assert len(office.bot.sent) == 2
        await asyncio.sleep(0.05)
    told = (await office.read(0.2))[2:]
    assert [chat for chat, _ in told] == [10, 11]
    assert "The journal cannot be used." in told[0][1]
    assert "5 times since " in told[0][1]
    assert "Журналом нельзя пользоваться." in told[1][1]


async def test_every_error_that_is_logged_is_told_by_its_code_and_not_by_its_text(office: Office) -> None:
    logger = logging.getLogger("bot.anything")
    logger.error("person 123 with file AgAD", extra={"alert": "gave_up"})
    logger.error("person 123 with file AgAD")
    logger.warning("not told", extra={"alert": "warned"})
    await asyncio.to_thread(logging.getLogger("elsewhere").error, "from a thread")
    texts = [text for chat, text in await office.read(0.01) if chat == 10]
    assert [text.split("Code: ")[1].split(". ")[0] for text in texts] == ["gave_up", "bot.anything", "elsewhere"]
    assert texts[1].startswith("⚠️ Something went wrong.")
    assert not any("123" in text or "AgAD" in text for text in texts)


async def test_after_the_block_nothing_is_told() -> None:
    office = Office(frozenset({10}))
    with office.alerts.listening():
        pass
    logging.getLogger("bot.anything").error("over")
    assert await office.read(0.01) == []


async def test_an_admin_who_never_began_is_noted_once_and_keeps_nobody_else_from_being_told(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    method = SendMessage(chat_id=10, text="x")
    for error in (
        TelegramBadRequest(method, "Bad Request: chat not found"),
        TelegramForbiddenError(method, "Forbidden: bot was blocked by the user"),
        TelegramUnreachable("TelegramNetworkError"),
    ):
        office.bot.faults[10] = error
        with caplog.at_level(logging.INFO, logger="bot.alerts"):
            office.alerts.letter("hello")
            await office.read()
    assert [chat for chat, _ in office.bot.sent] == [11, 11, 11]
    assert [record.message for record in caplog.records if record.name == "bot.alerts"] == [
        "one of ADMIN_IDS cannot be written to: they have to start the bot first",
        "an alert was not sent: TelegramUnreachable",
    ]


async def test_a_letter_is_handed_on_and_a_long_one_in_two_parts(office: Office) -> None:
    office.people.languages = {11: "ru"}
    office.alerts.letter("Thank <you>!")
    office.alerts.letter("🔹" * 2048)
    sent = await office.read()
    assert sorted(sent)[0] == (10, operator_texts.letter("en"))
    assert (10, "✉️ Somebody who uses the bot writes:\n\nThank <you>!") in sent
    assert (11, "✉️ Пишет человек, который пользуется ботом:\n\nThank <you>!") in sent
    assert (10, "🔹" * 2048) in sent
    assert len(sent) == 6


async def test_without_admins_nobody_is_written_to() -> None:
    office = Office(frozenset())
    with office.alerts.listening():
        logging.getLogger("bot.anything").error("unheard")
        office.alerts.letter("hello")
    assert await office.read(0.01) == []


@pytest.mark.parametrize(
    ("count", "words"), [(2, "2 раза с "), (5, "5 раз с "), (21, "21 раз с "), (1, "\n\n21 нояб. 2026, 13:05 UTC\n")]
)
def test_how_often_is_said_in_russian(count: int, words: str) -> None:
    since = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
    assert words in operator_texts.alert("gave_up", count, since, "ru")


Rows = Callable[[str], list[tuple[Any, ...]]]


async def test_an_admin_reads_what_befell_a_picture_that_was_given_up(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async def fail(_data: bytes) -> None:
        raise RuntimeError("person 11")

    async with serving(**ADMIN):
        await telegram.text("/help")
        reader.before = fail
        await telegram.answer(await telegram.photo(chat=11))
        said = [message["text"] for message in (await telegram.answers(3))[1:]]
    assert rows("SELECT state, failure_code, attempts FROM requests") == [("failed", "gave_up", MOST_ATTEMPTS + 1)]
    assert [text.split("Code: ")[1].split(".")[0] for text in said] == ["attempt_failed", "gave_up"]
    assert not any("11" in text.split("\n")[0] for text in said)

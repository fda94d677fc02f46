"""``/export``: what the journal holds of the person, as a file."""

from __future__ import annotations

import json

import pytest

from bot import personal_texts, texts
from tests.bot.conftest import ON_BOTH_DATABASES, FakeReader, Message, Serving, Telegram


def content(telegram: Telegram, message: Message) -> bytes:
    """The bytes of the document in ``message``."""
    file = telegram.world.files.get(message["document"]["file_id"])
    assert file is not None
    return file.data


@ON_BOTH_DATABASES
async def test_a_person_gets_their_own_rows_as_a_json_file(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        sent = await telegram.photo(language_code="ru")
        answer = await telegram.answer(sent)
        await telegram.answer(await telegram.photo(chat=11))
        await telegram.text("/export", language_code="ru")
        export = (await telegram.answers(2))[-1]
    assert export["document"]["file_name"] == "second-look.json"
    assert export["caption"] == texts.translator("ru")(personal_texts.EXPORT)
    kept = json.loads(content(telegram, export).decode("utf-8"))
    assert [user["id"] for user in kept["users"]] == [10]
    (request,) = kept["requests"]
    assert request["file_id"] == sent["photo"][-1]["file_id"]
    assert (request["message_id"], request["answer_message_id"]) == (sent["message_id"], answer["message_id"])
    assert (request["verdict"], request["model"], request["refusal_code"]) == ("suspicious", "melanoma", None)
    assert request["probabilities"]["malignant"] == pytest.approx(0.8, abs=0.01)
    assert request["finished_at"].endswith("+00:00")


async def test_who_has_sent_nothing_is_told_so_kindly_and_is_not_kept_for_asking(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        for count in (1, 2):
            await telegram.text("/export")
            assert (await telegram.answers(count))[-1]["text"] == personal_texts.NOTHING_KEPT
    assert telegram.calls("sendDocument") == []


async def test_a_hiccup_of_telegram_costs_time_and_not_the_file(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo())
        telegram.fault("sendDocument", 502, times=2)
        await telegram.text("/export")
        export = (await telegram.answers(2))[-1]
    assert json.loads(content(telegram, export))["requests"]

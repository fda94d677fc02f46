"""The bot's log while it answers a picture, as a program reads it."""

from __future__ import annotations

import json
import logging

import pytest

from bot.logs import set_up_logging
from bot.settings import BotSettings
from tests.bot.conftest import TOKEN, FakeReader, Serving, Telegram

PERSON = "".join(("Petr", "ova"))  # a traceback quotes the source, where the name is not to stand


async def test_lines_parse_name_the_request_and_hold_no_person_and_no_token(
    telegram: Telegram,
    serving: Serving,
    settings: BotSettings,
    reader: FakeReader,
    capsys: pytest.CaptureFixture[str],
) -> None:
    readings = 0

    async def fail_once(_data: bytes) -> None:
        nonlocal readings
        readings += 1
        logging.getLogger("models.service").info("reading")
        if readings == 1:
            raise ValueError(PERSON)

    reader.before = fail_once
    set_up_logging(settings.model_copy(update={"log_format": "json", "log_level": "DEBUG"}))
    telegram.fault("sendPhoto", 502)
    async with serving():
        await telegram.answer(await telegram.photo(caption=f"/melanoma {PERSON}"))
    text = capsys.readouterr().out
    lines = [json.loads(line) for line in text.splitlines()]
    read = [line for line in lines if line["message"] == "reading"]
    assert [(line["request"], line["channel"], line["logger"]) for line in read] == [
        ("1", "telegram", "models.service")
    ] * 2
    (failed,) = [line for line in lines if line["message"] == "an attempt failed"]
    assert (failed["level"], failed["request"], failed["alert"]) == ("ERROR", "1", "attempt_failed")
    assert failed["exception"][0]["class"] == "builtins.ValueError"
    assert [line["request"] for line in lines if line["message"].startswith("answered by melanoma")] == ["1"]
    assert [line["request"] for line in lines if line["message"].startswith("serving as bot")] == [None]
    assert PERSON not in text
    assert TOKEN not in text

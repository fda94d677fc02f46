"""``/stats``: figures as a chart for admins, and for nobody else."""

from __future__ import annotations

import subprocess
import sys
import warnings
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import bot.runner
from bot import operator_texts, texts
from bot.chart import SIZE, draw
from bot.operator_texts import Period
from journal import Figures, Seconds
from report.answer import utf16_length
from tests.bot.conftest import ON_BOTH_DATABASES, FakeReader, Message, Serving, Telegram
from tests.tiny_models import flat_png

ROOT = Path(bot.runner.__file__).parents[1]
ADMIN = {"admin_ids": frozenset({10})}
NOTHING = Figures(datetime(2026, 11, 20, 14, tzinfo=UTC), timedelta(hours=1), 24, {}, {}, {}, {}, None, 0, 0, 0, 0)


def figures(period: Period) -> Figures:
    spans = period.spans
    return Figures(
        begin=datetime(2026, 10, 23, tzinfo=UTC),
        step=period.step,
        spans=spans,
        outcomes={
            name: tuple((number * place) % 7 * 900 for number in range(spans))
            for place, name in enumerate(
                ("suspicious", "unclear", "unsuspicious", "refused", "failed", "cancelled", "received", "later"), 1
            )
        },
        models={"melanoma": 1_234_567, "a-model-with-a-very-long-name": 2},
        refusals={f"code_{number}": 100 - number for number in range(9)},
        seconds={number: Seconds(0.5, 250.0) for number in range(0, spans, 2)},
        seconds_overall=Seconds(0.54, 250.4),
        persons=21,
        queue=3,
        confirmed=5,
        not_confirmed=1,
    )


def buttons(message: Message) -> list[tuple[str, str]]:
    return [(b["text"], b["callback_data"]) for row in message["reply_markup"]["inline_keyboard"] for b in row]


@ON_BOTH_DATABASES
async def test_an_admin_gets_a_chart_with_its_sums_and_switches_the_period(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving(**ADMIN):
        await telegram.answer(await telegram.photo(chat=11))
        await telegram.answer(await telegram.photo(flat_png(blue=255), chat=12))
        await telegram.text("/stats")
        (chart,) = await telegram.answers(1)
        await telegram.press(chart, "stats:week")
        await telegram.until(lambda: telegram.sent()[0]["caption"].startswith("The last 7 days"))
    assert "photo" in chart
    lines = chart["caption"].splitlines()
    assert lines[0].startswith("The last 24 hours · ")
    assert lines[2] == "2 pictures · 2 people"
    assert lines[3].startswith("Time to the answer: half within ")
    assert lines[4] == "In the queue now: 0"
    assert buttons(chart) == [("• 24 hours", "stats:day"), ("7 days", "stats:week"), ("30 days", "stats:month")]
    (changed,) = telegram.sent()
    assert changed["message_id"] == chart["message_id"]
    assert changed["photo"] != chart["photo"]
    assert [text for text, _ in buttons(changed)] == ["24 hours", "• 7 days", "30 days"]
    assert telegram.shown() == [None]


async def test_to_anyone_else_it_is_an_unknown_command_and_an_old_button(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving(**ADMIN):
        for command in ("/stats", "/broadcast hello"):
            await telegram.text(command, chat=11)
        unknown = await telegram.answers(2, chat=11)
        for data in ("stats:week", "cast:send:1"):
            telegram.pressed_by(11, unknown[0], data)
        await telegram.until(lambda: len(telegram.shown()) == 2)
    assert [message["text"] for message in unknown] == [texts.UNKNOWN_COMMAND] * 2
    assert telegram.shown() == [texts.BUTTON_TOO_OLD] * 2


async def test_in_a_group_an_admin_is_not_answered_either(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving(**ADMIN):
        for command in ("/stats", "/broadcast hello"):
            telegram.deliver(-100, text=command, **{"from": {"id": 10, "is_bot": False, "first_name": "A"}})
        await telegram.text("/help", chat=-100)
        sent = await telegram.answers(1, chat=-100)
    assert [message["text"][:11] for message in sent] == ["What I read"]


async def test_a_period_that_was_made_up_changes_nothing(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving(**ADMIN):
        await telegram.text("/stats")
        (chart,) = await telegram.answers(1)
        telegram.pressed_by(10, chart, "stats:century")
        await telegram.until(telegram.shown)
    assert telegram.shown() == [texts.BUTTON_TOO_OLD]
    assert telegram.sent() == [chart]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("period", list(Period))
def test_the_chart_is_a_picture_of_its_size_and_every_sign_has_its_glyph(period: Period, language: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png = draw(figures(period), period, language)
    image = Image.open(BytesIO(png))
    assert (image.format, image.size) == ("PNG", SIZE)


def colours(png: bytes) -> set[tuple[int, int, int]]:
    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB")).reshape(-1, 3)
    found, counts = np.unique(pixels, axis=0, return_counts=True)
    return {tuple(colour) for colour, count in zip(found.tolist(), counts, strict=True) if count > 200}


def test_each_outcome_has_its_colour_and_an_empty_chart_has_none_of_them() -> None:
    red, green, grey = (0xE5, 0x57, 0x3F), (0x2F, 0xAE, 0x8A), (0x8B, 0x93, 0xA3)
    counts = (0,) * 23 + (5,)
    drawn = [
        colours(draw(Figures(**{**vars(NOTHING), "outcomes": {name: counts}}), Period.DAY, "en"))
        for name in ("suspicious", "unsuspicious", "refused")
    ]
    assert [(red in found, green in found, grey in found) for found in drawn] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert not {red, green, grey} & colours(draw(NOTHING, Period.DAY, "ru"))


def test_the_caption_leaves_out_what_there_is_nothing_of() -> None:
    now = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
    assert operator_texts.caption(NOTHING, Period.DAY, now, "en").splitlines() == [
        "The last 24 hours · 21 Nov 2026, 13:05 UTC",
        "",
        "0 pictures · 0 people",
        "In the queue now: 0",
    ]


def test_the_caption_has_the_numbers_in_the_forms_of_the_language() -> None:
    now = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
    few = Figures(**{**vars(figures(Period.DAY)), "outcomes": {"refused": (2,) + (0,) * 23}})
    caption = operator_texts.caption(few, Period.DAY, now, "ru")
    assert caption.splitlines()[2:] == [
        "2 снимка · 21 человек",
        "Время до ответа: половина не дольше 0,5 с, 95 % не дольше 250 с",
        "Отзывы об ответах: подтвердилось 5, не подтвердилось 1",
        "Сейчас в очереди: 3",
    ]
    for period in Period:
        assert utf16_length(operator_texts.caption(figures(period), period, now, "ru")) <= 1024


def test_the_start_of_the_bot_does_not_wait_for_matplotlib() -> None:
    code = "import bot.runner, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=110).returncode == 0

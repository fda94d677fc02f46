"""The buttons below an answer: the same picture by another model, and what a doctor said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot import answer_texts, texts
from bot.buttons import Judge, ReadAs, under_answer
from journal import Feedback
from tests.bot.conftest import FakeReader, Message, Serving, Telegram
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
REPORT = {"📄 PDF report": "report:1"}
THUMBS = {**REPORT, "👍 Doctor confirmed": "judge:1:1", "👎 Doctor disagreed": "judge:1:0"}
FEEDBACK = "SELECT id, feedback, feedback_at IS NOT NULL FROM requests ORDER BY id"


def buttons(message: Message) -> dict[str, str]:
    """The data of each button by what it says."""
    markup = message.get("reply_markup", {"inline_keyboard": []})
    return {b["text"]: b["callback_data"] for row in markup["inline_keyboard"] for b in row}


async def kept(telegram: Telegram, rows: Rows, count: int = 1) -> None:
    """Wait until so many answers are journaled."""
    await telegram.until(lambda: len(rows("SELECT 1 FROM requests WHERE state <> 'received'")) == count)


async def changed(telegram: Telegram, message: Message) -> dict[str, str]:
    """The buttons of ``message`` once they are others."""

    def found() -> list[dict[str, str]]:
        now = telegram.world.persons_bot().chat(message["chat"]["id"]).messages[message["message_id"]]
        return [buttons(now)] if buttons(now) != buttons(message) else []

    return (await telegram.until(found))[0]


async def test_models_for_the_same_kind_of_picture_are_offered_and_others_are_not(
    telegram: Telegram, serving: Serving, reader_with_skin: FakeReader, rows: Rows
) -> None:
    async with serving():
        mole = await telegram.answer(await telegram.photo(flat_png(red=204, width=123, height=77)))
        await telegram.press(mole, "read:skin")
        await telegram.until(lambda: len(telegram.sent()) == 2)
        kind = telegram.sent()[1]
        left = await changed(telegram, mole)
        lungs = await telegram.answer(await telegram.photo(caption="/pneumonia", language_code="ru"))
    assert buttons(mole) == {"🔎 Read it with the skin model": "read:skin", **THUMBS}
    assert left == THUMBS
    assert buttons(kind) == {
        "🔎 Read it with the melanoma model": "read:melanoma",
        "📄 PDF report": "report:2",
        "👍 Doctor confirmed": "judge:2:1",
        "👎 Doctor disagreed": "judge:2:0",
    }
    assert list(buttons(lungs)) == ["📄 Отчёт PDF", "👍 Врач подтвердил", "👎 Врач не согласен"]
    assert reader_with_skin.asked == [None, "skin", "pneumonia"]
    assert kind["reply_to_message"]["message_id"] == mole["reply_to_message"]["message_id"]


async def test_a_thumb_is_kept_shown_as_chosen_and_may_be_changed(
    telegram: Telegram, serving: Serving, reader_with_skin: FakeReader, rows: Rows
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.photo())
        await kept(telegram, rows)
        assert rows(FEEDBACK) == [(1, None, 0)]
        await telegram.press(answer, "judge:1:1")
        confirmed = await changed(telegram, answer)
        assert rows(FEEDBACK) == [(1, "confirmed", 1)]
        now = telegram.sent()[0]
        await telegram.press(now, "judge:1:1")
        await telegram.press(now, "judge:1:0")
        disagreed = await changed(telegram, now)
    assert list(confirmed) == ["🔎 Read it with the skin model", *REPORT, "✅ Doctor confirmed", "👎 Doctor disagreed"]
    assert list(disagreed) == ["🔎 Read it with the skin model", *REPORT, "👍 Doctor confirmed", "✅ Doctor disagreed"]
    assert rows(FEEDBACK) == [(1, "not_confirmed", 1)]
    yes, no = answer_texts.THANKS[Feedback.CONFIRMED], answer_texts.THANKS[Feedback.NOT_CONFIRMED]
    assert sorted(map(str, telegram.shown())) == sorted([yes, yes, no])
    assert len(telegram.calls("editMessageReplyMarkup")) == 2


async def test_an_answer_seen_again_shows_what_was_said_of_it_and_changes_the_same_word(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.photo())
        await kept(telegram, rows)
        await telegram.press(answer, "judge:1:1")
        await changed(telegram, answer)
        await telegram.text("/history")
        page = (await telegram.answers(2))[-1]
        await telegram.press(page, "open:1")
        again = await telegram.answer(page)
        await kept(telegram, rows, 2)
        await telegram.press(again, "judge:1:0")
        await telegram.until(lambda: rows(FEEDBACK)[0][1] == "not_confirmed")
    assert buttons(again) == {**REPORT, "✅ Doctor confirmed": "judge:1:1", "👎 Doctor disagreed": "judge:1:0"}
    assert rows(FEEDBACK) == [(1, "not_confirmed", 1), (2, None, 0)]


async def test_thumbs_are_for_the_person_who_asked_and_for_answers_that_there_are(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.photo())
        refusal = await telegram.answer(await telegram.photo(flat_png(blue=255)))
        await kept(telegram, rows, 2)
        presses = [(99, "judge:1:1"), (10, "judge:2:1"), (10, "judge:77:1"), (10, "judge:0:1"), (10, "judge:1:maybe")]
        for user_id, data in presses:
            telegram.pressed_by(user_id, answer, data)
        await telegram.until(lambda: len(telegram.shown()) == len(presses))
    assert sorted(telegram.shown(), key=str) == sorted([texts.BUTTON_OF_ANOTHER, *[texts.BUTTON_TOO_OLD] * 4], key=str)
    assert list(buttons(refusal)) == ["Read it as a chest X-ray"]
    assert rows(FEEDBACK) == [(1, None, 0), (2, None, 0)]


async def test_a_thumb_below_a_message_that_telegram_shows_no_more_still_counts(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.photo())
        await kept(telegram, rows)
        gone = {"chat": answer["chat"], "message_id": answer["message_id"], "date": 0}
        telegram.pressed_by(10, gone, "judge:1:1")
        await telegram.until(telegram.shown)
    assert rows(FEEDBACK) == [(1, "confirmed", 1)]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_buttons_keep_telegrams_limits_and_say_each_its_own(language: str) -> None:
    _ = texts.translator(language)
    found = under_answer(2**63 - 1, texts.MODELS, Feedback.CONFIRMED, _).inline_keyboard
    data = [button.callback_data or "" for row in found for button in row]
    assert [ReadAs.unpack(read).model for read in data[:3]] == list(texts.MODELS)
    assert [Judge.unpack(judge).confirmed for judge in data[4:]] == [True, False]
    assert all(len(part.encode()) <= 64 for part in data)
    assert len({button.text for row in found for button in row}) == 6
    assert all(len(_(text)) <= 200 for text in (*answer_texts.THANKS.values(), answer_texts.NOT_KEPT))

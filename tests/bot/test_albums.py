"""Albums are one case: each picture is answered, and then all of them are summed up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import bot.runner
from bot.patience import Patience
from tests.bot.conftest import ON_BOTH_DATABASES, FakeReader, Message, Serving, Telegram
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
BENIGN, MALIGNANT = flat_png(red=26), flat_png(red=204)
SUMMARIES = "SELECT summary_message_id FROM albums"


def summaries(telegram: Telegram, chat: int = 10) -> list[Message]:
    return [message for message in telegram.sent(chat) if message.get("text", "").startswith("🗂")]


async def summary(telegram: Telegram, count: int, chat: int = 10) -> Message:
    """The summary once it speaks of ``count`` pictures."""
    start = f"🗂 {count} "
    found = await telegram.until(lambda: [m for m in summaries(telegram, chat) if m["text"].startswith(start)])
    return found[0]  # type: ignore[no-any-return]


@ON_BOTH_DATABASES
async def test_one_summary_comes_after_all_answers_in_reply_to_the_first_picture(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        sent = [await telegram.document(data, media_group_id="7") for data in (BENIGN, MALIGNANT, b"no picture")]
        told = await summary(telegram, 3)
        await telegram.photo()
        await telegram.answers(5)
    assert [message.get("reply_to_message", {}).get("message_id") for message in telegram.sent()[:4]] == [
        *(message["message_id"] for message in sent),
        sent[0]["message_id"],
    ]
    assert told["text"].split("\n\n")[1].splitlines() == [
        "Picture 2 · 🔺 Suspicious · malignant skin growth: clear resemblance, 80%",
        "Picture 1 · 🟢 Unsuspicious · harmless (benign) skin growth: strong resemblance, 90%",
        "Picture 3 · 📎 This is not a picture",
    ]
    assert told["entities"][0]["type"] == "bold"
    assert len(summaries(telegram)) == 1
    assert rows(SUMMARIES) == [(told["message_id"],)]
    assert len(telegram.calls("setMessageReaction")) == 4


async def test_an_album_of_one_picture_is_not_summed_up(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo(media_group_id="7"))
        await asyncio.sleep(0.4)
    assert summaries(telegram) == []


async def test_a_part_that_comes_late_changes_the_summary(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        for _ in range(2):
            await telegram.photo(BENIGN, media_group_id="7")
        first = await summary(telegram, 2)
        await telegram.photo(MALIGNANT, media_group_id="7")
        second = await summary(telegram, 3)
    assert second["message_id"] == first["message_id"]
    assert "Picture 3 · 🔺" in second["text"]
    assert rows(SUMMARIES) == [(first["message_id"],)]


async def test_a_summary_that_is_owed_comes_after_a_restart(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    telegram.fault("sendMessage", delay=30, times=5)
    async with serving(stop_seconds=0):
        for _ in range(2):
            await telegram.photo(BENIGN, media_group_id="7")
        await telegram.until(lambda: len(telegram.calls("sendMessage")) == 2)  # the notice, and the summary
    assert rows("SELECT state FROM requests") == [("answered",)] * 2
    assert rows(SUMMARIES) == [(None,)]
    assert summaries(telegram) == []
    telegram.world.faults.clear()
    async with serving():
        await summary(telegram, 2)
    async with serving():
        await telegram.text("/help")
        await telegram.answers(4)
    assert len(summaries(telegram)) == 1
    assert len(telegram.sent()) == 4


async def test_a_summary_outlasts_an_outage_and_holds_up_no_answer(
    telegram: Telegram, serving: Serving, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.runner, "PATIENCE", Patience(total=0.1, first_pause=0.02, longest_pause=0.05))
    telegram.fault("sendMessage", 503, times=12)
    async with serving():
        for _ in range(2):
            await telegram.photo(BENIGN, media_group_id="7")
        await telegram.until(lambda: telegram.calls("sendMessage"))
        assert "photo" in await telegram.answer(await telegram.photo())
        await summary(telegram, 2)


async def test_a_summary_that_cannot_be_delivered_is_given_up_quietly(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fault("sendMessage", 403, times=9, description="Forbidden: bot was kicked from the group chat")
    async with serving():
        for _ in range(2):
            await telegram.photo(BENIGN, media_group_id="7", chat=-100, caption="/melanoma")
        await telegram.until(lambda: rows(SUMMARIES) == [(0,)])
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_a_summary_that_the_person_deleted_is_not_sent_again(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        for _ in range(2):
            await telegram.photo(BENIGN, media_group_id="7")
        told = await summary(telegram, 2)
        telegram.world.persons_bot().chats[10].delete(told["message_id"])
        late = await telegram.photo(MALIGNANT, media_group_id="7")
        await telegram.answer(late)
        await telegram.until(lambda: rows(SUMMARIES) == [(told["message_id"],)])
    assert summaries(telegram) == []


async def test_a_caption_on_a_later_part_counts_for_those_that_wait(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    go_on = asyncio.Event()

    async def wait(_data: bytes) -> None:
        await go_on.wait()

    reader.before = wait
    async with serving():
        for caption in ({}, {}, {"caption": "/pneumonia"}, {}):
            await telegram.photo(media_group_id="7", **caption)
        await telegram.until(lambda: len(telegram.calls("setMessageReaction")) == 4)
        go_on.set()
        await summary(telegram, 4)
    assert reader.asked == [None, "pneumonia", "pneumonia", "pneumonia"]


async def test_in_a_group_the_other_parts_of_an_album_count_with_the_captioned_one(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        # Without Telegram's privacy, which keeps pictures without the caption from a bot.
        telegram.world.persons_bot().privacy = False
        await telegram.photo(chat=-100, media_group_id="6")
        await telegram.photo(chat=-100, media_group_id="7", caption="/pneumonia")
        await telegram.photo(chat=-100, media_group_id="7")
        await summary(telegram, 2, chat=-100)
    assert reader.asked == ["pneumonia"] * 2


async def test_a_part_that_is_read_by_another_model_changes_the_summary(
    telegram: Telegram, serving: Serving, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    diagnose = reader.diagnose
    monkeypatch.setattr(reader, "diagnose", lambda data, model: diagnose(MALIGNANT if model else data, model))
    async with serving():
        await telegram.photo(BENIGN, media_group_id="7")
        unlike = await telegram.photo(flat_png(blue=255), media_group_id="7")
        before = await summary(telegram, 2)
        assert before["text"].splitlines()[3].startswith("Picture 2 · ")
        assert "🔺" not in before["text"]
        await telegram.press(await telegram.answer(unlike), "read:pneumonia")
        await telegram.until(lambda: "Picture 2 · 🔺 Suspicious · pneumonia" in summaries(telegram)[0]["text"])
    assert reader.asked == [None, None, "pneumonia"]
    assert len(summaries(telegram)) == 1


async def test_a_russian_reads_the_summary_in_russian(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    async with serving():
        for data in (BENIGN, MALIGNANT):
            await telegram.photo(data, media_group_id="7", language_code="ru")
        await telegram.until(lambda: summaries(telegram))
    (told,) = summaries(telegram)
    assert told["text"].startswith("🗂 В альбоме 2 снимка")
    assert "👉 Ориентируйтесь на снимок 2. Покажите" in told["text"]

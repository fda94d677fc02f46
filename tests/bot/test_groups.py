"""In a group the bot answers who asks it, in reply to them, and keeps nothing of anybody else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import answer_texts, group_texts, texts
from tests.bot.conftest import FakeReader, Message, Serving, Telegram
from tests.bot.test_under_answer import buttons, kept
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
RIGHTS = (
    *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
    *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories"),
    *("can_edit_stories", "can_delete_stories", "can_send_welcome_messages"),
)
GROUP, CHANNEL, ASKER, OTHER, THIRD = -100, -200, 101_001, 202_002, 303_003
NAME = "@second_look_4200_bot"
HOW_TO = group_texts.HOW_TO.format(name=NAME, link="https://t.me/second_look_4200_bot")


async def says(telegram: Telegram, who: int, text: str, **fields: Any) -> Message:
    return await telegram.text(text, chat=GROUP, user_id=who, **fields)


async def shows(telegram: Telegram, who: int, **fields: Any) -> Message:
    return await telegram.photo(chat=GROUP, user_id=who, **fields)


def change(telegram: Telegram, old: str, new: str, chat: int = GROUP, who: int = ASKER, language: str = "en") -> None:
    """The bot's own standing in a chat changes."""
    bot = telegram.world.persons_bot()
    kind = bot.chat(chat).as_chat() | ({"type": "channel"} if chat == CHANNEL else {})

    def member(status: str) -> dict[str, Any]:
        return {"status": status, "user": bot.as_user(), "until_date": 0} | dict.fromkeys(RIGHTS, False)

    person = {"id": who, "is_bot": False, "first_name": "P", "language_code": language}
    states = {"old_chat_member": member(old), "new_chat_member": member(new)}
    bot.chat(chat).begun = True
    bot.updates.add("my_chat_member", {"chat": kind, "from": person, "date": 1, **states})


async def test_the_name_in_a_caption_or_in_reply_to_a_picture_has_it_read(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        own = await shows(telegram, ASKER, caption=f"What is this, {NAME.upper()}?")
        await telegram.answer(own)
        picture = await shows(telegram, OTHER)
        question = await says(telegram, ASKER, f"{NAME} and this?", reply_to_message_id=picture["message_id"])
        answer = await telegram.answer(question)
        mine = await says(telegram, OTHER, f"{NAME} once more", reply_to_message_id=picture["message_id"])
        await telegram.answer(mine)
        await kept(telegram, rows, 3)
    assert reader.asked == [None, None, None]
    assert "photo" in answer
    assert rows("SELECT user_id, of_another, file_id <> '' FROM requests ORDER BY id") == [
        (ASKER, 0, 1),
        (ASKER, 1, 0),
        (OTHER, 0, 1),
    ]


async def test_chatter_is_met_with_silence(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        picture = await shows(telegram, OTHER, caption="my holidays @someone_else_bot")
        for text in ("hello", "look @someone_else_bot", "/help@someone_else_bot", "/surgery", "second_look_4200_bot"):
            await says(telegram, ASKER, text)
        await says(telegram, ASKER, "nice", reply_to_message_id=picture["message_id"])
        await says(telegram, ASKER, "/melanoma@someone_else_bot", reply_to_message_id=picture["message_id"])
        await telegram.document(chat=GROUP, user_id=ASKER)
        telegram.deliver(chat=GROUP, new_chat_title="Holidays")
        await says(telegram, ASKER, f"/help{NAME}")
        (said,) = await telegram.answers(1, chat=GROUP)
    assert said["text"] == texts.instructions(("melanoma", "pneumonia"), str)
    assert len(telegram.sent(GROUP)) == 1
    assert telegram.calls("setMessageReaction") == []
    assert rows("SELECT * FROM users") == []


@pytest.mark.parametrize("text", [f"hello {NAME}", f"/start{NAME}", "/start pneumonia", "/start@second_look_4200_bot"])
async def test_who_calls_the_bot_without_a_picture_is_told_how(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, text: str
) -> None:
    async with serving():
        await says(telegram, ASKER, text)
        (said,) = await telegram.answers(1, chat=GROUP)
    assert said["text"] == HOW_TO
    assert "reply_markup" not in said
    assert rows("SELECT * FROM users") == rows("SELECT * FROM choices") == []


async def test_a_picture_in_reply_to_the_bot_is_read_and_words_in_reply_are_told_how(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        answer = await telegram.answer(await shows(telegram, ASKER, caption="/pneumonia"))
        await telegram.answer(await shows(telegram, OTHER, reply_to_message_id=answer["message_id"]))
        await says(telegram, THIRD, "and what now?", reply_to_message_id=answer["message_id"], language_code="ru")
        said = (await telegram.answers(3, chat=GROUP))[-1]
    assert said["text"].startswith("Я смотрю вторым взглядом")
    assert NAME in said["text"]
    assert reader.asked == ["pneumonia", None]


async def test_of_a_picture_of_another_only_the_words_remain(
    telegram: Telegram, serving: Serving, reader_with_skin: FakeReader, rows: Rows
) -> None:
    async with serving():
        picture = await shows(telegram, OTHER)
        asked = await says(telegram, ASKER, "/melanoma", reply_to_message_id=picture["message_id"])
        answer = await telegram.answer(asked)
        await kept(telegram, rows)
        again = await says(telegram, ASKER, "/skin", reply_to_message_id=answer["message_id"])
        not_kept = (await telegram.answers(2, chat=GROUP))[-1]
        telegram.pressed_by(ASKER, answer, "read:skin")
        await telegram.until(telegram.shown)
        await telegram.text("/history", chat=ASKER)
        page = (await telegram.answers(1, chat=ASKER))[-1]
        await telegram.press(page, "open:1")
        words = await telegram.answer(page)
        await kept(telegram, rows, 2)
    assert list(buttons(answer)) == ["👍 Doctor confirmed", "👎 Doctor disagreed"]
    assert not_kept["text"] == answer_texts.NOT_KEPT
    assert again["message_id"] > answer["message_id"]
    assert telegram.shown()[0] == answer_texts.NOT_KEPT
    assert words["text"].endswith(answer_texts.PICTURE_OF_ANOTHER)
    assert reader_with_skin.asked == ["melanoma"]
    assert rows("SELECT file_id, of_another FROM requests ORDER BY id") == [("", 1), ("", 0)]


async def test_a_refusal_of_a_picture_of_another_offers_no_button_that_could_not_work(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        picture = await telegram.photo(flat_png(blue=255), chat=GROUP, user_id=OTHER)
        asked = await says(telegram, ASKER, NAME, reply_to_message_id=picture["message_id"])
        refusal = await telegram.answer(asked)
    assert refusal["text"].endswith("💬 If it is a chest X-ray, reply to it with /pneumonia.")
    assert "reply_markup" not in refusal


async def test_a_button_is_for_who_asked_also_below_somebody_elses_picture(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        picture = await shows(telegram, OTHER)
        asked = await says(telegram, ASKER, NAME, reply_to_message_id=picture["message_id"])
        answer = await telegram.answer(asked)
        await kept(telegram, rows)
        telegram.pressed_by(OTHER, answer, "judge:1:1")
        await telegram.until(telegram.shown)
    assert telegram.shown() == [texts.BUTTON_OF_ANOTHER]


async def test_after_a_lively_conversation_the_journal_knows_only_those_who_asked(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, tmp_path: Path
) -> None:
    talkers = {OTHER: "Otto", THIRD: "Thea", 404_004: "Fred"}
    async with serving(log_level="DEBUG"):
        for who, name in talkers.items():
            await says(telegram, who, f"I am {name}", first_name=name, username=f"{name.lower()}_name")
        pictures = [await shows(telegram, who, caption="look at this") for who in talkers]
        for picture in pictures:
            for text in (NAME, "/pneumonia", "what do you say?"):
                await says(telegram, ASKER, text, reply_to_message_id=picture["message_id"])
        change(telegram, "left", "member", who=OTHER)
        answer = (await telegram.answers(6, chat=GROUP))[0]
        await kept(telegram, rows, 6)
        telegram.pressed_by(THIRD, answer, "judge:1:1")
        await says(telegram, THIRD, f"/history{NAME}")
        await says(telegram, OTHER, "/feedback nice bot")
        await telegram.answers(9, chat=GROUP)
    with sqlite3.connect(tmp_path / "journal.db") as database:
        held = "\n".join(database.iterdump())
    database.close()
    assert str(ASKER) in held
    files = [size["file_id"] for picture in pictures for size in picture["photo"]]
    needles = [*map(str, talkers), *talkers.values(), *files, "nice bot", "what do you say"]
    assert [needle for needle in needles if needle in held] == []
    assert rows("SELECT id FROM users") == [(ASKER,)]


@pytest.mark.parametrize(("language", "hello"), [("en", "Hello, and thank you"), ("ru", "Здравствуйте, и спасибо")])
async def test_who_invites_the_bot_is_greeted_in_their_language(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, language: str, hello: str
) -> None:
    async with serving():
        change(telegram, "left", "member", language=language)
        (said,) = await telegram.answers(1, chat=GROUP)
    assert said["text"].startswith(hello)
    assert NAME in said["text"]
    assert rows("SELECT * FROM users") == []


async def test_a_promotion_a_farewell_and_a_channel_are_met_with_silence(
    telegram: Telegram, serving: Serving, reader: FakeReader, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving():
        change(telegram, "member", "administrator")
        change(telegram, "member", "left")
        change(telegram, "member", "kicked")
        change(telegram, "left", "administrator", chat=CHANNEL)
        await telegram.text("/help")
        await telegram.answers(1)
    assert telegram.sent(GROUP) == telegram.sent(CHANNEL) == []
    assert "Traceback" not in capsys.readouterr().out


async def test_a_block_is_kept_of_who_is_known_and_of_nobody_else(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = "SELECT id, blocked_at IS NOT NULL FROM users"
    async with serving():
        await telegram.answer(await telegram.photo())
        await kept(telegram, rows)
        change(telegram, "member", "kicked", chat=11, who=11)
        change(telegram, "member", "kicked", chat=10, who=10)
        await telegram.until(lambda: rows(blocked) == [(10, 1)])
        change(telegram, "kicked", "member", chat=10, who=10)
        await telegram.until(lambda: rows(blocked) == [(10, 0)])
    out = capsys.readouterr().out
    assert "Traceback" not in out
    assert json.dumps(10) not in [word.strip(".,:;") for word in out.split()]


def test_the_words_for_groups_fit_a_message() -> None:
    for language in ("en", "ru"):
        _ = texts.translator(language)
        assert len(f"{_(group_texts.HELLO)} {_(group_texts.HOW_TO)}") < 2000

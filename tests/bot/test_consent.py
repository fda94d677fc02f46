"""Each person is told once what the bot is and is not; their word that they have read it is kept, or waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot import consent_texts, personal_texts, texts
from tests.bot.conftest import FakeReader, Message, Serving, Telegram
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
BUTTON = [[{"text": "I understand", "callback_data": "agree"}]]
REQUIRE = {"consent": "require"}
STATES = "SELECT state FROM requests ORDER BY id"


def keyboard(message: Message) -> Any:
    return message.get("reply_markup", {}).get("inline_keyboard")


async def edited(telegram: Telegram, message: Message) -> Message:
    """``message`` with what was put in its place."""
    number, chat = message["message_id"], message["chat"]["id"]

    def other() -> list[Message]:
        return [
            m for m in telegram.all_sent(chat) if m["message_id"] == number and m.get("text") != message.get("text")
        ]

    return (await telegram.until(other))[0]


async def start(telegram: Telegram, payload: str = "", chat: int = 10, **fields: Any) -> Message:
    before = len(telegram.sent(chat))
    await telegram.text(f"/start {payload}", chat=chat, **fields)
    return (await telegram.answers(before + 1, chat))[-1]


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_greeting_asks_once_and_thanks_in_the_place_of_the_question(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, language: str
) -> None:
    _ = texts.translator(language)
    greeting = texts.greeting(("melanoma", "pneumonia"), _)
    async with serving():
        first = await start(telegram, language_code=language)
        await telegram.press(first, "agree")
        thanked = await edited(telegram, first)
        again = await start(telegram, language_code=language)
    assert first["text"] == f"{greeting}\n\n{_(consent_texts.WITH_GREETING)}"
    assert keyboard(first) == [[{"text": _(consent_texts.I_UNDERSTAND), "callback_data": "agree"}]]
    assert thanked["text"] == f"{greeting}\n\n{_(consent_texts.THANKS)}"
    assert keyboard(thanked) is None
    assert (again["text"], keyboard(again)) == (greeting, None)
    ((user_id, kept, consented),) = rows("SELECT id, language, consented_at FROM users")
    assert (user_id, kept) == (10, language)
    assert consented


async def test_a_greeting_alone_keeps_nothing(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await start(telegram)
    assert rows("SELECT * FROM users") == []


async def test_who_sends_a_picture_first_is_answered_and_told_once_in_their_life(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        first = await telegram.answer(await telegram.photo(media_group_id="7"))
        for _ in range(2):
            await telegram.answer(await telegram.photo(media_group_id="7"))
        await telegram.answer(await telegram.photo())
    async with serving():
        await telegram.answer(await telegram.photo(flat_png(blue=255)))
        notices = [m for m in telegram.all_sent() if m.get("text") == consent_texts.NOTICE]
    assert [keyboard(notice) for notice in notices] == [BUTTON]
    assert first["message_id"] < notices[0]["message_id"]
    assert len(telegram.all_sent()) == 7  # five answers, the album's summary, the notice


async def test_who_was_refused_first_is_told_too_and_thanked(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo(flat_png(blue=255), language_code="ru"))
        (notice,) = await telegram.until(lambda: telegram.all_sent()[1:])
        await telegram.press(notice, "agree")
        thanked = await edited(telegram, notice)
    ru = texts.translator("ru")
    assert notice["text"] == ru(consent_texts.NOTICE)
    assert (thanked["text"], keyboard(thanked)) == (ru(consent_texts.THANKS), None)
    assert rows("SELECT consented_at IS NOT NULL FROM users") == [(1,)]


async def test_who_agreed_before_or_asks_in_a_group_is_told_nothing(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.press(await start(telegram), "agree")
        await telegram.until(lambda: rows("SELECT 1 FROM users"))
        await telegram.answer(await telegram.photo())
        await telegram.answer(await telegram.photo(chat=-100, user_id=11, caption="/melanoma"))
        await telegram.until(lambda: rows(STATES) == [("answered",)] * 2)
    assert not [m for chat in (10, 11, -100) for m in telegram.all_sent(chat) if m.get("text") == consent_texts.NOTICE]


async def test_where_it_is_required_pictures_wait_for_the_button_through_a_restart(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(**REQUIRE):
        first = await telegram.photo(media_group_id="7", caption="/pneumonia")
        asked = await telegram.answer(first)
        second = await telegram.photo(media_group_id="7")
        third = await telegram.photo()
        assert (await telegram.answer(third))["text"] == consent_texts.WAITING
        assert len(telegram.all_sent()) == 2
    async with serving(**REQUIRE):
        await telegram.text("/help")
        await telegram.answers(3)
        assert rows(STATES) == [("received",)] * 3
        assert reader.asked == []
        await telegram.press(asked, "agree")
        thanked = await edited(telegram, asked)
        await telegram.until(lambda: rows(STATES) == [("answered",)] * 3)
    assert (asked["text"], keyboard(asked)) == (consent_texts.WAITING, BUTTON)
    assert (thanked["text"], keyboard(thanked)) == (consent_texts.THANKS_READING, None)
    assert reader.asked == ["pneumonia", "pneumonia", None]
    answered = [m["reply_to_message"]["message_id"] for m in telegram.all_sent() if "photo" in m]
    assert answered == [m["message_id"] for m in (first, second, third)]
    assert consent_texts.NOTICE not in [m.get("text") for m in telegram.all_sent()]


async def test_where_it_is_required_no_longer_what_waited_is_read_after_the_restart(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(**REQUIRE):
        await telegram.answer(await telegram.photo())
        waits = await telegram.answer(await telegram.photo(chat=11))
    async with serving():
        await telegram.until(lambda: rows(STATES) == [("answered",)] * 2)
    assert waits["text"] == consent_texts.WAITING
    assert len(reader.asked) == 2


async def test_in_a_group_who_has_not_agreed_is_sent_to_the_private_chat(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(**REQUIRE):
        sent = await telegram.photo(chat=-100, user_id=10, caption="/melanoma")
        asked = await telegram.answer(sent)
        greeting = await start(telegram, "consent")
        await telegram.press(greeting, "agree")
        assert (await edited(telegram, greeting))["text"].endswith(consent_texts.THANKS_READING)
        await telegram.until(lambda: rows(STATES) == [("answered",)])
        answers = [m for m in telegram.sent(-100) if "photo" in m]
    assert asked["text"] == consent_texts.WAITING_IN_GROUP
    ((button,),) = keyboard(asked)
    assert button["url"] == "https://t.me/second_look_4200_bot?start=consent"
    assert [m["reply_to_message"]["message_id"] for m in answers] == [sent["message_id"]]


async def test_what_waits_for_a_word_that_is_never_given_keeps_nobody_from_being_forgotten(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(**REQUIRE):
        asked = await telegram.answer(await telegram.photo())
        await telegram.text("/forget")
        question = (await telegram.answers(2))[-1]
        await telegram.press(question, "forget:1")
        assert (await edited(telegram, question))["text"] == personal_texts.FORGOTTEN
        assert rows("SELECT * FROM requests") == rows("SELECT * FROM users") == []
        await telegram.press(asked, "agree")
        assert (await edited(telegram, asked))["text"] == consent_texts.THANKS
    assert reader.asked == []


async def test_the_button_in_somebody_elses_chat_agrees_to_nothing(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        greeting = await start(telegram)
        telegram.pressed_by(99, greeting, "agree")
        telegram.pressed_by(99, {**greeting, "chat": {"id": 99, "type": "private"}}, "agree:1")
        await telegram.until(lambda: len(telegram.shown()) == 2)
    assert telegram.shown() == [personal_texts.BUTTON_NOT_YOURS, texts.BUTTON_TOO_OLD]
    assert rows("SELECT * FROM users") == []


@pytest.mark.parametrize("model", ["melanoma", "Pneumonia"])
async def test_a_link_for_a_model_makes_ready_for_it(
    telegram: Telegram, serving: Serving, reader: FakeReader, model: str
) -> None:
    name = model.casefold()
    ready = f"{texts.SHORT_GREETING}\n\n{texts.ready_for(name, str)}"
    async with serving():
        greeting = await start(telegram, model)
        await telegram.press(greeting, "agree")
        thanked = await edited(telegram, greeting)
        again = await start(telegram, model)
        await telegram.answer(await telegram.photo())
    assert greeting["text"] == f"{ready}\n\n{consent_texts.WITH_GREETING}"
    assert thanked["text"] == f"{ready}\n\n{consent_texts.THANKS}"
    assert again["text"] == ready
    assert reader.asked == [name]


@pytest.mark.parametrize("word", ["help", "privacy", "models", "history"])
async def test_a_link_may_open_a_command(telegram: Telegram, serving: Serving, reader: FakeReader, word: str) -> None:
    async with serving():
        by_link = await start(telegram, word)
        await telegram.text(f"/{word}")
        by_command = (await telegram.answers(2))[-1]
    assert (by_link["text"], keyboard(by_link)) == (by_command["text"], keyboard(by_command))


@pytest.mark.parametrize("word", ["skin", "consent", "forget", "no-such-word", "melanoma pneumonia"])
async def test_a_link_that_leads_nowhere_is_a_greeting(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, word: str
) -> None:
    async with serving():
        sent = await start(telegram, word)
    assert sent["text"].startswith(texts.greeting(("melanoma", "pneumonia"), str))
    assert rows("SELECT * FROM choices") == []

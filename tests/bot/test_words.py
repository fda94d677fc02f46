"""Commands and everything that is no picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot import texts
from bot.consent_texts import WITH_GREETING
from bot.other_texts import NOT_MOVING
from bot.personal_texts import COMMANDS
from tests.bot.conftest import FakeReader, Serving, Telegram

INSTALLED = ("melanoma", "pneumonia")
GREETING, HELP = f"{texts.greeting(INSTALLED, str)}\n\n{WITH_GREETING}", texts.instructions(INSTALLED, str)
MEDIA = {"file_id": "x", "file_unique_id": "x", "duration": 1}
VIDEO = {"video": {**MEDIA, "width": 1, "height": 1}}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/start", GREETING),
        ("/start deep-link", GREETING),
        ("/help", HELP),
        ("/HELP@second_look_4200_bot", HELP),
        ("/skin", texts.NOT_INSTALLED),
        ("/melanoma", texts.ready_for("melanoma", str)),
        ("/pneumonia@second_look_4200_bot", texts.ready_for("pneumonia", str)),
        ("/surgery", texts.UNKNOWN_COMMAND),
        ("is it bad?", texts.NOT_WORDS),
    ],
)
async def test_words_are_answered(
    telegram: Telegram, serving: Serving, reader: FakeReader, text: str, answer: str
) -> None:
    async with serving():
        await telegram.text(text)
        (sent,) = await telegram.answers(1)
    assert sent["text"] == answer
    assert reader.asked == []


async def test_an_album_of_videos_gets_one_word_and_events_of_the_chat_none(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        for _ in range(3):
            telegram.deliver(**VIDEO, media_group_id="5")
        telegram.deliver(new_chat_title="Holidays")
        telegram.deliver(**VIDEO, media_group_id="6")
        await telegram.text("/help")
        sent = await telegram.answers(3)
    assert [message["text"] for message in sent] == [NOT_MOVING, NOT_MOVING, HELP]


async def test_replies_keep_the_order_of_the_questions(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        telegram.fault("sendMessage", 500, times=2)
        for text in ("/start", "/help", "/surgery"):
            await telegram.text(text)
        sent = await telegram.answers(3)
    assert [message["text"] for message in sent] == [GREETING, HELP, texts.UNKNOWN_COMMAND]


async def test_a_reply_that_does_not_get_through_holds_up_nobody(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        telegram.fault("sendMessage", delay=5)
        await telegram.text("/start", chat=1)
        await telegram.until(lambda: telegram.calls("sendMessage"))
        await telegram.text("/help", chat=2)
        await telegram.answers(1, chat=2)
        assert telegram.sent(1) == []


async def test_in_a_group_only_what_is_meant_for_the_bot_is_answered(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    group = -100
    # Without Telegram's privacy, so that the bot sees what it must leave alone.
    telegram.world.persons_bot().privacy = False
    async with serving():
        await telegram.text("hello everybody", chat=group)
        await telegram.text("/surgery", chat=group)
        await telegram.photo(chat=group)
        await telegram.text("/help@some_other_bot", chat=group)
        answered = await telegram.answer(await telegram.photo(chat=group, caption="/pneumonia"))
        await telegram.answer(await telegram.photo(chat=group, reply_to_message_id=answered["message_id"]))
        await telegram.text("/melanoma", chat=group)
        await telegram.answers(3, chat=group)
        await telegram.answer(await telegram.photo(chat=group))
    assert reader.asked == ["pneumonia", None, "melanoma"]
    assert len(telegram.sent(group)) == 4


async def test_commands_and_descriptions_are_set_in_each_language(
    telegram: Telegram, serving: Serving, reader: FakeReader, until_set: Callable[[], Any]
) -> None:
    async with serving():
        await until_set()
    profile = telegram.world.persons_bot().profile
    english, russian = profile.commands["default", ""], profile.commands["default", "ru"]
    assert {c["command"]: c["description"] for c in english} == texts.commands(INSTALLED, str)
    assert [c["command"] for c in english] == [c["command"] for c in russian] == list(texts.commands(INSTALLED, str))
    assert all(a["description"] != b["description"] for a, b in zip(english, russian, strict=True))
    assert set(profile.descriptions) == set(profile.short_descriptions) == {"", "ru"}


async def test_where_the_skin_model_is_installed_it_is_offered(
    telegram: Telegram, serving: Serving, reader_with_skin: FakeReader, until_set: Callable[[], Any]
) -> None:
    async with serving():
        await until_set()
        for text in ("/help", "/skin"):
            await telegram.text(text, language_code="ru")
        instructions, prompt = await telegram.answers(2)
        await telegram.answer(await telegram.photo(language_code="ru"))
    assert "• /skin: " in instructions["text"]
    assert prompt["text"].startswith("Теперь пришлите фото кожи")
    assert reader_with_skin.asked == ["skin"]
    for commands in telegram.world.persons_bot().profile.commands.values():
        assert [c["command"] for c in commands] == [
            "melanoma",
            "skin",
            "pneumonia",
            "cancel",
            "help",
            "models",
            "start",
            *COMMANDS,
            "feedback",
        ]


@pytest.fixture
def until_set(telegram: Telegram) -> Callable[[], Any]:
    return lambda: telegram.until(lambda: len(telegram.calls("setMyShortDescription")) == 2)

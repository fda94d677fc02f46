"""``/feedback``: a letter to those who run the bot, with the command or after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot import letter_texts, texts
from tests.bot.conftest import ON_BOTH_DATABASES, FakeReader, Serving, Telegram

Rows = Callable[[str], list[tuple[Any, ...]]]
LETTERS = "SELECT user_id, text FROM letters ORDER BY id"


async def test_words_behind_the_command_are_a_letter_at_once(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.text("/feedback The words are kind.\nThe heat map is not.", language_code="ru")
        (thanks,) = await telegram.answers(1)
        await telegram.text("is it bad?")
        (_, other) = await telegram.answers(2)
    assert thanks["text"] == texts.translator("ru")(letter_texts.SENT)
    assert other["text"] == texts.NOT_WORDS
    assert rows(LETTERS) == [(10, "The words are kind.\nThe heat map is not.")]
    assert rows("SELECT id, language FROM users") == [(10, "ru")]


async def test_the_next_words_are_the_letter_even_after_a_restart_and_other_things_are_not(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.text("/pneumonia")
        await telegram.text("/feedback")
        question = (await telegram.answers(2))[-1]
        await telegram.text("hello", chat=11)
        await telegram.answers(1, chat=11)
    async with serving():
        await telegram.text("/help")
        await telegram.answers(3)
        await telegram.answer(await telegram.photo())
        await telegram.text("Well done!")
        thanks = (await telegram.answers(5))[-1]
        await telegram.text("Well done!")
        over = (await telegram.answers(6))[-1]
    assert question["text"] == letter_texts.QUESTION
    assert thanks["text"] == letter_texts.SENT
    assert over["text"] == texts.NOT_WORDS
    assert rows(LETTERS) == [(10, "Well done!")]
    assert reader.asked == ["pneumonia"]
    assert rows("SELECT * FROM choices") == []


async def test_a_letter_that_is_too_long_is_not_cut_but_asked_for_again(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.text("/feedback")
        await telegram.text("ж" * (letter_texts.LONGEST + 1))
        await telegram.text(f"/feedback {'a' * (letter_texts.LONGEST + 1)}")
        sent = await telegram.answers(3)
        assert rows(LETTERS) == []
        await telegram.text("ж" * letter_texts.LONGEST)
        sent = await telegram.answers(4)
    assert [m["text"] for m in sent[1:]] == [letter_texts.TOO_LONG, letter_texts.TOO_LONG, letter_texts.SENT]
    assert rows(LETTERS) == [(10, "ж" * letter_texts.LONGEST)]


async def test_in_a_group_it_only_points_to_the_private_chat(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.text("/feedback you are loud", chat=-100, user_id=10)
        (sent,) = await telegram.answers(1, chat=-100)
    assert "https://t.me/second_look_4200_bot" in sent["text"]
    assert rows("SELECT * FROM letters") == rows("SELECT * FROM users") == []


@ON_BOTH_DATABASES
async def test_letters_are_exported_and_forgotten_with_the_person(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.text("/feedback mine")
        await telegram.text("/feedback theirs", chat=11)
        await telegram.answers(1)
        await telegram.answers(1, chat=11)
        await telegram.text("/forget")
        question = (await telegram.answers(2))[-1]
        await telegram.press(question, "forget:1")
        await telegram.until(lambda: rows(LETTERS) == [(11, "theirs")])

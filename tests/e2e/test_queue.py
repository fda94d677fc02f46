"""Persons who wait: their place, their second thoughts, and how much one of them may ask for."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.stack import Message, Stack
from tests.tiny_models import flat_png

BENIGN, MALIGNANT = flat_png(red=26), flat_png(red=204)


def is_notice(message: Message) -> bool:
    return message.get("text", "").startswith("⏳")


def is_answer(message: Message) -> bool:
    return "photo" in message


async def test_whoever_waits_long_is_told_their_place_until_the_answer_is_there(stack: Stack) -> None:
    await stack.fault(method="getFile", delay=8, times=1)
    await stack.fault(method="getFile", delay=3, times=2)
    people = [stack.person(language) for language in ("en", "en", "ru", "ru")]
    with stack.bot(WORKERS="1"):
        for number, person in enumerate(people, start=1):
            await person.sends("photo", MALIGNANT)
            await stack.until(lambda number=number: stack.accepted() == number)  # type: ignore[misc]
        last = people[-1]
        (first,) = await last.waits_for(is_notice)
        (moved,) = await last.waits_for(lambda m: is_notice(m) and m["text"] != first["text"])
        await last.waits_for(is_answer)
        await stack.until(lambda: stack.rows("select count(*) from requests where notice_message_id > 0") == [(0,)])
        left = [await person.messages() for person in people]
    assert first["text"].startswith("⏳ Ваш снимок в очереди 3-й. Это займёт примерно ")
    assert moved["message_id"] == first["message_id"]
    assert moved["text"].startswith(("⏳ Ваш снимок в очереди 2-й.", "⏳ Ваш снимок следующий."))
    assert [[is_answer(message) for message in messages] for messages in left] == [[True]] * 4


async def test_killed_while_somebody_waits_their_message_is_cleared_up(stack: Stack) -> None:
    await stack.fault(method="getFile", delay=20, times=1)
    people = [stack.person() for _ in range(3)]
    with stack.bot(WORKERS="1") as bot:
        for person in people:
            await person.sends("photo", MALIGNANT)
        await people[2].waits_for(is_notice)
        await stack.until(lambda: stack.rows("select count(*) from requests where notice_message_id > 0") != [(0,)])
        bot.kill()
        bot.wait()
    with stack.bot():
        for person in people:
            await person.waits_for(is_answer)
        await stack.until(lambda: stack.rows("select count(*) from requests where notice_message_id > 0") == [(0,)])
        assert [len(await person.messages()) for person in people] == [1, 1, 1]


@pytest.mark.parametrize(
    ("language", "said", "nothing"),
    [
        ("en", "🚫 2 pictures that were waiting are taken back", "There is nothing to take back"),
        ("ru", "🚫 2 снимка сняты с очереди", "Отменять нечего"),
    ],
)
async def test_cancel_takes_back_what_waits(stack: Stack, language: str, said: str, nothing: str) -> None:
    await stack.fault(method="getFile", delay=5, times=1)
    person = stack.person(language)
    with stack.bot():
        assert "cancel" in await person.menu()
        for _ in range(3):
            await person.sends("photo", MALIGNANT)
        await stack.until(lambda: stack.accepted() == 3)
        await person.says("/cancel")
        await person.waits_for(lambda message: message.get("text", "").startswith(said))
        await person.waits_for(is_answer)
        await person.says("/cancel")
        await person.waits_for(lambda message: message.get("text", "").startswith(nothing))
        await asyncio.sleep(0.5)
        assert len([message for message in await person.messages() if is_answer(message)]) == 1
    assert stack.rows("select state from requests order by id") == [("answered",), ("cancelled",), ("cancelled",)]


async def test_a_caption_that_is_changed_changes_what_reads_the_picture(stack: Stack) -> None:
    person = stack.person()
    with stack.bot():
        sent = await person.sends("photo", MALIGNANT)
        await person.reply_to(sent)
        for caption in ("/pneumonia", "/pneumonia, please", "never mind"):
            await person._post("edit", json={"message_id": sent["message_id"], "caption": caption})
        await person.waits_for(is_answer, count=2)
        plain = await person.says("hello")
        await person._post("edit", json={"message_id": plain["message_id"], "text": "/pneumonia"})
        await person.reply_to(await person.sends("photo", BENIGN))
        messages = await person.messages()
    assert [is_answer(message) for message in messages] == [True, True, False, True]
    assert {message["reply_to_message"]["message_id"] for message in messages[:2]} == {sent["message_id"]}
    assert stack.rows("select model from requests order by id") == [("melanoma",), ("pneumonia",), ("melanoma",)]


async def test_one_too_many_is_refused_in_words_and_a_restart_forgives_nothing(stack: Stack) -> None:
    person, other = stack.person("ru"), stack.person()
    with stack.bot(RATE_LIMIT="2", RATE_MINUTES="5"):
        for _ in range(3):
            await person.sends("photo", MALIGNANT, media_group_id="1")
        await person.sends("photo", MALIGNANT)
        excess = await person.sends("photo", MALIGNANT)
        told = await person.reply_to(excess)
        await person.waits_for(is_answer, count=4)
        await person.waits_for(lambda message: message.get("text", "").startswith("🗂"))
    with stack.bot(RATE_LIMIT="2", RATE_MINUTES="5"):
        for _ in range(3):
            await person.sends("photo", MALIGNANT)
        await other.reply_to(await other.sends("photo", MALIGNANT))
        await stack.until(lambda: stack.accepted("refused") == 4)
        await person.waits_for(is_notice, count=2)
        messages = await person.messages()
    assert told["text"] == (
        "⏳ Это я не взял: для одного человека я читаю не больше чем 2 снимка за 5 минут (альбом считается за один). "
        "Попробуйте, пожалуйста, ещё раз через 5 минут."
    )
    assert len([message for message in messages if is_notice(message)]) == 2
    assert stack.rows("select distinct refusal_code from requests where state = 'refused'") == [("rate_limited",)]

"""A picture sent is answered: by the right model, with its figures, its overlay and the next step, once."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.personal_texts import COMMANDS
from tests.e2e.stack import Message, Stack
from tests.tiny_models import flat_png, write_tiny_skin

MALIGNANT = flat_png(red=204, width=320, height=240)
BENIGN = flat_png(red=26, width=320, height=240)


def answers(messages: list[Message]) -> list[Message]:
    return [message for message in messages if "photo" in message]


OTHERS = ["cancel", "help", "models", "start", *COMMANDS, "feedback"]


async def test_a_photo_gets_verdict_probability_overlay_and_next_step(stack: Stack) -> None:
    with stack.bot():
        person = stack.person()
        sent = await person.sends("photo", MALIGNANT)
        answer = await person.reply_to(sent)
        overlay = Image.open(BytesIO(await person.file(answer)))
    assert "suspicious" in answer["caption"].lower()
    assert "80" in answer["caption"]
    assert "dermatologist" in answer["caption"].lower()
    assert overlay.format == "JPEG"
    assert not overlay.getexif()
    assert overlay.width > overlay.height
    assert stack.rows("select state, verdict, model, version from requests") == [
        ("answered", "suspicious", "melanoma", "0.1.0")
    ]
    reactions = await stack.calls("setMessageReaction")
    actions = await stack.calls("sendChatAction")
    assert len(reactions) == 1
    assert actions


async def test_the_command_chooses_the_model_as_caption_before_and_in_reply(stack: Stack) -> None:
    with stack.bot():
        person = stack.person()
        as_caption = await person.sends("photo", MALIGNANT, caption="/pneumonia")
        await person.reply_to(as_caption)
        await person.says("/pneumonia")
        await person.waits_for(lambda message: "photo" not in message)
        before = await person.sends("document", MALIGNANT)
        await person.reply_to(before)
        plain = await person.sends("photo", MALIGNANT)
        await person.reply_to(plain)
        await person.says("/pneumonia", reply_to_message_id=plain["message_id"])
        await person.waits_for(lambda message: "photo" in message, count=4)
    asked = [model for (model,) in stack.rows("select model from requests order by id")]
    assert asked == ["pneumonia", "pneumonia", "melanoma", "pneumonia"]


async def test_the_skin_ensemble_answers_as_caption_before_and_in_reply(stack: Stack, weights: Path) -> None:
    card = write_tiny_skin(weights)
    with stack.bot():
        person = stack.person()
        assert await person.menu() == ["melanoma", "skin", "pneumonia", *OTHERS]
        as_caption = await person.reply_to(await person.sends("photo", flat_png(red=255), caption="/skin"))
        overlay = Image.open(BytesIO(await person.file(as_caption)))
        await person.says("/skin")
        await person.waits_for(lambda message: message.get("text", "").startswith("Now send me a photo of the skin"))
        await person.reply_to(await person.sends("document", flat_png(red=51)))
        plain = await person.sends("photo", MALIGNANT)
        await person.reply_to(plain)
        await person.reply_to(await person.says("/skin", reply_to_message_id=plain["message_id"]))
    assert as_caption["caption"].startswith("🔺 Suspicious · skin")
    assert as_caption["caption"].count("• ") == 3
    assert "basal cell carcinoma: faint resemblance, 25%" in as_caption["caption"]
    assert "HAM10000" in as_caption["caption"]
    assert overlay.format == "JPEG"
    assert stack.rows("select model, verdict from requests order by id") == [
        ("skin", "suspicious"),
        ("skin", "unsuspicious"),
        ("melanoma", "suspicious"),
        ("skin", "unclear"),
    ]
    hashes = stack.rows("select distinct weights_hash from requests where model = 'skin'")
    assert hashes == [(card.weights_hash,)]


async def test_where_there_is_no_skin_model_it_is_said_kindly_and_not_offered(stack: Stack) -> None:
    with stack.bot():
        person = stack.person(language="ru")
        assert await person.menu() == ["melanoma", "pneumonia", *OTHERS]
        await person.says("/skin")
        (told,) = await person.waits_for(lambda message: "text" in message)
        answer = await person.reply_to(await person.sends("photo", MALIGNANT, caption="/skin"))
        await person.says("/help")
        instructions = (await person.waits_for(lambda message: "text" in message, count=3))[2]
    for message in (told, answer):
        assert message["text"].startswith("К сожалению, модель для такого чтения здесь не установлена.")
    assert "/skin" not in instructions["text"]
    assert stack.rows("select state, failure_code from requests") == [("failed", "unknown_model")]


async def test_a_russian_reader_is_answered_in_russian(stack: Stack) -> None:
    with stack.bot():
        person = stack.person(language="ru")
        await person.says("/start")
        greeting = (await person.waits_for(lambda message: "text" in message))[0]
        answer = await person.reply_to(await person.sends("photo", BENIGN))
    assert "Здравствуйте" in greeting["text"] or "Привет" in greeting["text"]
    assert "дерматолог" in answer["caption"].lower()
    assert "unsuspicious" not in answer["caption"].lower()


async def test_many_persons_at_once_get_their_own_answer_and_no_other(stack: Stack) -> None:
    reds = [10 * step for step in range(1, 25)]
    with stack.bot():
        people = [stack.person() for _ in reds]
        sent = await asyncio.gather(
            *(person.sends("photo", flat_png(red=red)) for person, red in zip(people, reds, strict=True))
        )
        replies = await asyncio.gather(
            *(person.reply_to(message, 60) for person, message in zip(people, sent, strict=True))
        )
        counts = [len(answers(await person.messages())) for person in people]
    assert counts == [1] * len(reds)
    for red, reply in zip(reds, replies, strict=True):
        leading = max(red, 255 - red) / 255
        assert any(f"{round(100 * share)}" in reply["caption"] for share in (leading, leading - 0.004, leading + 0.004))


@pytest.mark.parametrize("method", ["sendPhoto", "getFile"])
async def test_a_hiccup_of_telegram_costs_time_and_not_the_answer(stack: Stack, method: str) -> None:
    await stack.fault(method=method, status=429, retry_after=1, times=1)
    await stack.fault(method=method, status=502, times=1)
    with stack.bot():
        person = stack.person()
        answer = await person.reply_to(await person.sends("photo", MALIGNANT))
        assert "photo" in answer
        assert len(answers(await person.messages())) == 1


async def test_when_the_overlay_cannot_be_sent_the_words_still_are(stack: Stack) -> None:
    await stack.fault(method="sendPhoto", status=400, times=50)
    with stack.bot():
        person = stack.person()
        answer = await person.reply_to(await person.sends("photo", MALIGNANT))
    assert "suspicious" in answer["text"].lower()

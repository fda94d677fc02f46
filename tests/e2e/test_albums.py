"""Albums are one case, and pictures in a row are not: each is answered once and in its order."""

from __future__ import annotations

import asyncio

from tests.e2e.stack import Message, Person, Stack
from tests.tiny_models import flat_png

BENIGN, MALIGNANT = flat_png(red=26), flat_png(red=204)


def is_summary(message: Message) -> bool:
    return message.get("text", "").startswith("🗂")


def replied(messages: list[Message]) -> list[int]:
    """Which messages were answered, in the order of the answers."""
    return [message["reply_to_message"]["message_id"] for message in messages]


async def send_album(person: Person, *pictures: bytes, **of_last: str) -> list[Message]:
    """``pictures`` as the parts of one album; ``of_last`` goes with the last of them."""
    *first, last = pictures
    sent = [await person.sends("document", data, media_group_id="1") for data in first]
    return [*sent, await person.sends("document", last, media_group_id="1", **of_last)]


async def test_each_picture_of_an_album_is_answered_and_one_summary_follows(stack: Stack) -> None:
    with stack.bot():
        people = {language: stack.person(language) for language in ("en", "ru")}
        sent = {
            language: await send_album(person, BENIGN, MALIGNANT, b"no picture") for language, person in people.items()
        }
        told = {language: (await person.waits_for(is_summary))[0]["text"] for language, person in people.items()}
        await asyncio.sleep(1)
        messages = {language: await person.messages() for language, person in people.items()}
    for language in people:
        ids = [message["message_id"] for message in sent[language]]
        assert replied(messages[language]) == [*ids, ids[0]]
        assert ["photo" in message for message in messages[language]] == [True, True, False, False]
    english, russian = told["en"].split("\n\n"), told["ru"].split("\n\n")
    assert english[0] == "🗂 3 pictures in this album, the most pressing first"
    assert [line[:13] for line in english[1].splitlines()] == ["Picture 2 · 🔺", "Picture 1 · 🟢", "Picture 3 · 📎"]
    assert "80%" in english[1].splitlines()[0]
    assert english[2].startswith("👉 Go by picture 2. Show this spot to a dermatologist")
    assert russian[0] == "🗂 В альбоме 3 снимка, самое важное сначала"
    assert [line[:12] for line in russian[1].splitlines()] == ["Снимок 2 · 🔺", "Снимок 1 · 🟢", "Снимок 3 · 📎"]
    assert len(await stack.calls("setMessageReaction")) == 6


async def test_killed_between_the_last_answer_and_the_summary_the_summary_follows_once(stack: Stack) -> None:
    person = stack.person()
    with stack.bot() as bot:
        await stack.fault(method="sendMessage", delay=30, times=2)  # of the notice, and of the summary
        first, _ = await send_album(person, BENIGN, MALIGNANT)
        await stack.until(lambda: stack.accepted("answered") == 2)
        while len(await stack.calls("sendMessage")) < 2:
            await asyncio.sleep(0.05)
        bot.kill()
        bot.wait()
    assert stack.rows("select summary_message_id from albums") == [(None,)]
    for _ in range(2):
        with stack.bot():
            (summary,) = await person.waits_for(is_summary)
            await stack.until(lambda: stack.rows("select count(*) from albums where summary_message_id > 0") == [(1,)])
            await asyncio.sleep(0.5)
    messages = await person.messages()
    assert [is_summary(message) for message in messages] == [False, False, True]
    assert summary["reply_to_message"]["message_id"] == first["message_id"]


async def test_killed_in_the_midst_of_an_album_all_of_it_is_answered_and_summed_up(stack: Stack) -> None:
    person = stack.person()
    with stack.bot(WORKERS="1") as bot:
        sent = await send_album(person, *[flat_png(red=40 * step) for step in range(1, 7)])
        await stack.until(lambda: stack.accepted() == 6)
        bot.kill()
        bot.wait()
    with stack.bot():
        (summary,) = await person.waits_for(is_summary, count=1)
        for message in sent:
            await person.reply_to(message)
    assert summary["text"].startswith("🗂 6 pictures")
    assert stack.accepted("answered") == 6


async def test_a_late_part_is_added_to_the_summary_that_was_sent(stack: Stack) -> None:
    person = stack.person()
    with stack.bot():
        await send_album(person, BENIGN, BENIGN)
        (first,) = await person.waits_for(is_summary)
        await person.sends("document", MALIGNANT, media_group_id="1")
        (second,) = await person.waits_for(lambda message: message.get("text", "").startswith("🗂 3 pictures"))
        assert len([message for message in await person.messages() if is_summary(message)]) == 1
    assert second["message_id"] == first["message_id"]
    assert second["text"].split("\n\n")[1].startswith("Picture 3 · 🔺 Suspicious")


async def test_a_command_under_the_last_picture_counts_for_the_whole_album(stack: Stack) -> None:
    person = stack.person()
    await stack.fault(method="getFile", delay=5, times=1)
    with stack.bot():
        await person.sends("document", BENIGN)  # keeps the album waiting
        await stack.until(lambda: stack.accepted() == 1)
        await send_album(person, BENIGN, BENIGN, MALIGNANT, caption="/pneumonia")
        (summary,) = await person.waits_for(is_summary)
    models = [model for (model,) in stack.rows("select model from requests order by id")]
    assert models == ["melanoma", *["pneumonia"] * 3]
    assert "Picture 3 · 🔺 Suspicious · pneumonia" in summary["text"]


async def test_photos_in_a_row_are_each_answered_once_in_their_order_without_a_summary(stack: Stack) -> None:
    with stack.bot():
        person = stack.person()
        sent = [await person.sends("photo", flat_png(red=20 * step + 10)) for step in range(8)]
        await person.waits_for(lambda message: "photo" in message, count=8)
        await asyncio.sleep(1.5)
        messages = await person.messages()
    assert replied(messages) == [message["message_id"] for message in sent]
    assert stack.accepted("answered") == len(messages) == 8


async def test_forwarded_photos_are_answered_like_ones_own(stack: Stack) -> None:
    with stack.bot():
        person = stack.person()
        sent = [await person.sends("photo", data, forwarded="true") for data in (MALIGNANT, BENIGN)]
        answers = [await person.reply_to(message) for message in sent]
    assert all("forward_origin" in message for message in sent)
    assert [answer["caption"][:2] for answer in answers] == ["🔺 ", "🟢 "]
    assert stack.accepted("answered") == 2

"""Those who run the bot: a closed circle, figures, a message to everyone, and word of what goes wrong."""

from __future__ import annotations

import asyncio
import json
import signal
from io import BytesIO

from PIL import Image

from tests.e2e.stack import Message, Person, Stack
from tests.tiny_models import flat_png

MALIGNANT = flat_png(red=204, width=320, height=240)


def ids(*people: Person) -> str:
    return ",".join(str(person.chat_id) for person in people)


def button(message: Message, text: str) -> str:
    rows = message["reply_markup"]["inline_keyboard"]
    return next(item["callback_data"] for row in rows for item in row if item["text"] == text)


async def beginning(person: Person, text: str) -> Message:
    """The bot's message that begins with ``text``."""
    return (await person.waits_for(lambda m: (m.get("text") or m.get("caption") or "").startswith(text)))[-1]


async def test_a_closed_bot_serves_its_circle_and_shows_the_others_their_number(stack: Stack) -> None:
    admin, friend, stranger = stack.person(), stack.person(), stack.person(language="ru")
    stranger.chat_id = 7_654_321_098
    with stack.bot(ADMIN_IDS=ids(admin), ALLOWED_IDS=ids(friend), LOG_LEVEL="DEBUG"):
        await stranger.sends("photo", MALIGNANT)
        told = await beginning(stranger, "Это закрытый бот")
        for person in (admin, friend):
            assert "caption" in await person.reply_to(await person.sends("photo", MALIGNANT))
    assert str(stranger.chat_id) in told["text"]
    assert len(await stack.calls("getFile")) == 2
    assert str(stranger.chat_id).encode() not in stack.held() + stack.log.read_bytes()
    assert stack.rows("select id from users order by id") == [(admin.chat_id,), (friend.chat_id,)]


async def test_an_admin_sees_what_came_and_the_menu_has_the_commands_for_it(stack: Stack) -> None:
    admin, person = stack.person(language="ru"), stack.person()
    with stack.bot(ADMIN_IDS=ids(admin)):
        await person.reply_to(await person.sends("photo", MALIGNANT))
        await person.reply_to(await person.sends("document", b"no picture", name="a.txt"))
        await stack.until(lambda: stack.accepted("refused") == 1)
        await admin.says("/start")
        while "stats" not in await admin.menu():
            await asyncio.sleep(0.05)
        await admin.says("/stats")
        chart = await beginning(admin, "Последние 24 часа")
        await admin.presses(chart, button(chart, "30 дней"))
        month = await beginning(admin, "Последние 30 дней")
        picture = Image.open(BytesIO(await admin.file(month)))
        await person.says("/stats")
        await beginning(person, "I do not know this command.")
        assert "stats" not in await person.menu()
    assert "2 снимка · 1 человек" in month["caption"]
    assert month["message_id"] == chart["message_id"]
    assert picture.width > 800


async def test_a_broadcast_goes_on_after_the_process_was_killed_and_reaches_each_once(stack: Stack) -> None:
    admin, people = stack.person(), [stack.person() for _ in range(6)]
    settings = {"ADMIN_IDS": ids(admin)}
    with stack.bot(**settings) as child:
        for person in people:
            await person.reply_to(await person.sends("photo", MALIGNANT))
        await stack.until(lambda: stack.accepted("answered") == len(people))
        await admin.says("/broadcast We are back.")
        question = await beginning(admin, "This is how it will look. It goes to 6 people.")
        for _ in range(len(people)):
            await stack.fault(method="sendMessage", delay=1.5)
        await admin.presses(question, button(question, "Send it"))
        await stack.until(lambda: stack.rows("select sent from broadcasts")[0][0] >= 2)
        child.send_signal(signal.SIGKILL)
        child.wait()
    reached = stack.rows("select sent from broadcasts")[0][0]
    assert reached < len(people)
    with stack.bot(**settings):
        done = await beginning(admin, "It has gone out.")
    assert done["text"] == "It has gone out.\n\n6 people have it."
    counts = [sum(m.get("text") == "We are back." for m in await person.messages()) for person in people]
    in_flight = counts.pop(reached)
    assert counts == [1] * (len(people) - 1)
    assert in_flight in (1, 2)
    assert stack.rows("select state, sent, failed, finished_at is not null from broadcasts") == [("done", 6, 0, 1)]


async def test_an_admin_is_told_of_a_failure_by_its_code_alone(stack: Stack) -> None:
    admin, absent, person = stack.person(language="ru"), stack.person(), stack.person()
    person.chat_id = 7_654_321_098
    with stack.bot(ADMIN_IDS=ids(admin, absent)):
        await admin.reply_to(await admin.sends("photo", MALIGNANT))
        await stack.fault(method="getFile", status=418, times=1)
        await person.reply_to(await person.sends("photo", MALIGNANT))
        alert = await beginning(admin, "⚠️ ")
        await stack.until(lambda: b"one of ADMIN_IDS cannot be written to" in stack.log.read_bytes())
    assert alert["text"].startswith("⚠️ Работа над снимком прервалась.")
    assert "Код: attempt_failed." in alert["text"]
    assert str(person.chat_id) not in json.dumps(alert)

"""Accepted means answered: across kill -9, SIGTERM and a second delivery."""

from __future__ import annotations

import asyncio
import signal

from tests.e2e.stack import Stack
from tests.tiny_models import flat_png


async def test_killed_between_acceptance_and_answer_the_person_is_answered_once(stack: Stack) -> None:
    await stack.fault(method="getFile", delay=30, times=1)
    person = stack.person()
    with stack.bot() as bot:
        sent = await person.sends("photo", flat_png(red=204))
        await stack.until(lambda: stack.accepted("received") == 1)
        while not await stack.calls("getFile"):  # else the delay would wait for the next bot
            await asyncio.sleep(0.05)
        bot.kill()
        bot.wait()
    assert not [message for message in await person.messages() if "photo" in message]
    assert stack.accepted("received") == 1
    with stack.bot():
        answer = await person.reply_to(sent)
        await asyncio.sleep(1)
        assert len([message for message in await person.messages() if "photo" in message]) == 1
    assert "80" in answer["caption"]
    assert stack.rows("select state from requests") == [("answered",)]


async def test_sigterm_finishes_what_is_in_hand_and_exits_cleanly(stack: Stack) -> None:
    await stack.fault(method="getFile", delay=2, times=1)
    person = stack.person()
    with stack.bot() as bot:
        await person.sends("photo", flat_png(red=204))
        await stack.until(lambda: stack.accepted("received") == 1)
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(20) == 0
    assert len([message for message in await person.messages() if "photo" in message]) == 1
    assert stack.rows("select state from requests") == [("answered",)]


async def test_ten_photos_and_a_kill_leave_ten_answers(stack: Stack) -> None:
    person = stack.person()
    with stack.bot() as bot:
        sent = [await person.sends("photo", flat_png(red=20 * step + 10)) for step in range(10)]
        await stack.until(lambda: stack.accepted() >= 3)
        bot.kill()
        bot.wait()
    with stack.bot():
        for message in sent:
            await person.reply_to(message)
    assert stack.accepted("answered") == 10

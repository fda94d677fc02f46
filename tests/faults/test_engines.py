"""The bot as a process whose engine fails, hangs, or cannot be loaded anew: accepted means answered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot import texts
from bot.worker import MOST_ATTEMPTS
from models.serving import EXIT_STUCK
from models.threads import MOST_LEFT_BEHIND
from tests.e2e.stack import Stack
from tests.faults.faulty import faulty_bot
from tests.faulty_engines import SECRET, Faults
from tests.tiny_models import flat_png

STATES = "select state, attempts from requests order by id"


@pytest.mark.parametrize("fault", ["raise", "hang"])
async def test_an_engine_that_fails_or_hangs_costs_time_and_not_the_answer(
    stack: Stack, faults: Faults, fault: str
) -> None:
    persons = [stack.person() for _ in range(4)]
    faults.plan("infer", fault)
    with faulty_bot(stack, faults):
        sent = [await person.sends("photo", flat_png(red=204)) for person in persons]
        answers = [await person.reply_to(message) for person, message in zip(persons, sent, strict=True)]
    assert all("80" in answer["caption"] for answer in answers)
    assert stack.rows(STATES) == [("answered", 1)] * 4
    assert stack.log.read_text().count("the model is loaded anew") == 1


async def test_a_picture_at_which_the_engine_always_fails_is_given_up_in_words_and_the_next_is_read(
    stack: Stack, faults: Faults
) -> None:
    person = stack.person("ru")
    faults.plan("infer", *["raise"] * 2 * MOST_ATTEMPTS)
    with faulty_bot(stack, faults):
        answer = await person.reply_to(await person.sends("photo", flat_png(red=204)))
        assert answer["text"] == texts.translator("ru")(texts.INTERNAL)
        assert "80" in (await person.reply_to(await person.sends("photo", flat_png(red=204))))["caption"]
    assert stack.rows(STATES) == [("failed", MOST_ATTEMPTS + 1), ("answered", 1)]
    log = stack.log.read_text()
    assert "given up after 3 attempts" in log
    assert SECRET not in log


async def test_a_model_file_spoilt_while_the_bot_runs_leaves_pictures_waiting_until_it_is_put_right(
    stack: Stack, faults: Faults, weights: Path
) -> None:
    person, other = stack.person(), stack.person()
    path = weights / "melanoma" / "model0.onnx"
    good = path.read_bytes()
    with faulty_bot(stack, faults):
        await person.reply_to(await person.sends("photo", flat_png(red=51)))
        path.write_bytes(good[: len(good) // 2])
        faults.plan("infer", "raise")
        sent = await person.sends("photo", flat_png(red=204))
        await stack.until(lambda: "the request is kept" in stack.log.read_text())
        # What another model reads is read meanwhile.
        await other.reply_to(await other.sends("photo", flat_png(red=51), caption="/pneumonia"))
        await stack.until(lambda: stack.accepted("answered") == 2)  # an answer is noted after it was sent
        assert stack.rows(STATES) == [("answered", 1), ("received", 0), ("answered", 1)]
    path.write_bytes(good)
    with faulty_bot(stack, faults):
        assert "80" in (await person.reply_to(sent))["caption"]
    assert stack.rows(STATES) == [("answered", 1)] * 3


async def test_where_engines_hang_for_good_the_bot_ends_and_the_next_one_answers(stack: Stack, faults: Faults) -> None:
    persons = [stack.person() for _ in range(MOST_LEFT_BEHIND)]
    with faulty_bot(stack, faults) as child:
        await stack.until(lambda: "serving as bot" in stack.log.read_text())
        faults.plan("infer", *["hang"] * 2 * MOST_LEFT_BEHIND)
        sent = [await person.sends("photo", flat_png(red=204)) for person in persons]
        assert await asyncio.to_thread(child.wait, 60) == EXIT_STUCK
    assert (
        stack.log.read_text().rstrip().endswith("more than 4 engine threads hang; the process has to be started again")
    )
    faults.plan("infer")
    with faulty_bot(stack, faults):
        for person, message in zip(persons, sent, strict=True):
            assert "80" in (await person.reply_to(message))["caption"]
    assert [state for state, _ in stack.rows(STATES)] == ["answered"] * MOST_LEFT_BEHIND


async def test_a_model_that_hangs_while_it_is_loaded_ends_the_bot_which_accepts_nothing(
    stack: Stack, faults: Faults
) -> None:
    (faults.folder / "loading_seconds.txt").write_text("1")
    faults.plan("load", "hang")
    with faulty_bot(stack, faults) as child:
        assert await asyncio.to_thread(child.wait, 60) == EXIT_STUCK
    assert stack.log.read_text().rstrip().endswith("hung while it was loaded")

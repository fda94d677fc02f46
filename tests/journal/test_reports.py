from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from journal import Incoming, Journal, Wants
from journal.journal import utc_now
from tests.journal.test_journal import MILLISECONDS, PICTURE, READING

BOT, PERSON, CHAT = PICTURE.bot_id, PICTURE.user_id, PICTURE.chat_id


async def answered(journal: Journal, picture: Incoming, answer_message_id: int) -> int:
    """The number of a request that was answered in that message."""
    request = await journal.accept(picture)
    assert request is not None
    await journal.finish_answered(request.id, READING, MILLISECONDS, answer_message_id)
    return request.id


def about(request_id: int, update_id: int, wants: Wants, message_id: int) -> Incoming:
    """A request that stands on an earlier one."""
    return replace(PICTURE, update_id=update_id, message_id=message_id, reopens=request_id, wants=wants)


async def test_behind_an_answer_its_picture_its_repetition_and_its_report_is_one_request(journal: Journal) -> None:
    first = await answered(journal, replace(PICTURE, message_id=1), 2)
    await answered(journal, about(first, 12, Wants.ANSWER, 50), 51)
    await answered(journal, about(first, 13, Wants.REPORT, 2), 60)
    for message_id in (1, 2, 51, 60):
        found = await journal.reports.behind(BOT, CHAT, message_id)
        assert found is not None
        assert found.answered is not None
        assert (found.answered.id, found.user_id, found.pending, found.of_another) == (first, PERSON, False, False)
        assert found.answered.reading == READING
    # 50 is the list of earlier answers, with no picture in it.
    assert await journal.reports.behind(BOT, CHAT, 50) is None
    assert await journal.reports.behind(BOT, CHAT + 1, 2) is None
    assert await journal.reports.behind(BOT + 1, CHAT, 2) is None


async def test_behind_a_picture_is_its_latest_answer(journal: Journal) -> None:
    await answered(journal, replace(PICTURE, message_id=1), 2)
    second = await answered(journal, replace(PICTURE, message_id=1, update_id=12), 3)
    await journal.accept(replace(PICTURE, message_id=1, update_id=13))
    found = await journal.reports.behind(BOT, CHAT, 1)
    assert found is not None
    assert found.answered is not None
    assert found.answered.id == second


async def test_what_is_in_work_and_what_was_not_read_are_told_apart(journal: Journal) -> None:
    request = await journal.accept(PICTURE)
    assert request is not None
    waiting = await journal.reports.of(BOT, request.id)
    await journal.finish_refused(request.id, "blurred", MILLISECONDS, answer_message_id=9)
    refused = await journal.reports.behind(BOT, CHAT, 9)
    assert waiting is not None
    assert refused is not None
    assert (waiting.pending, waiting.answered) == (True, None)
    assert (refused.pending, refused.answered) == (False, None)


async def test_the_last_answer_is_of_the_persons_own_pictures_and_no_report(journal: Journal) -> None:
    assert await journal.reports.last(BOT, PERSON) is None
    mine = await answered(journal, PICTURE, 2)
    await answered(journal, replace(PICTURE, update_id=12, of_another=True), 3)
    await answered(journal, replace(PICTURE, update_id=13, user_id=99, chat_id=99), 4)
    await answered(journal, about(mine, 14, Wants.REPORT, 2), 5)
    last = await journal.reports.last(BOT, PERSON)
    assert last is not None
    assert last.answered is not None
    assert last.answered.id == mine
    assert await journal.reports.last(BOT + 1, PERSON) is None


async def test_a_report_is_on_its_way_until_it_is_there(journal: Journal) -> None:
    mine = await answered(journal, PICTURE, 2)
    await journal.accept(about(mine, 12, Wants.ANSWER, 50))
    assert not await journal.reports.on_its_way(mine)
    request = await journal.accept(about(mine, 13, Wants.REPORT, 2))
    assert request is not None
    assert request.wants is Wants.REPORT
    assert await journal.reports.on_its_way(mine)
    await journal.finish_answered(request.id, READING, MILLISECONDS, 60)
    assert not await journal.reports.on_its_way(mine)


async def test_a_report_is_no_answer_of_its_own(journal: Journal) -> None:
    mine = await answered(journal, PICTURE, 2)
    report = await answered(journal, about(mine, 12, Wants.REPORT, 2), 60)
    assert [past.id for past in await journal.people.history(BOT, PERSON, skip=0, most=9)] == [mine]
    assert await journal.people.answered(report) is None
    assert len(await journal.outcomes(utc_now() - timedelta(hours=1))) == 1


async def test_of_who_was_forgotten_nothing_is_found(journal: Journal) -> None:
    mine = await answered(journal, PICTURE, 2)
    assert await journal.people.forget(BOT, PERSON)
    assert await journal.reports.of(BOT, mine) is None
    assert await journal.reports.behind(BOT, CHAT, 2) is None
    assert await journal.reports.last(BOT, PERSON) is None


async def test_a_request_of_another_bot_is_not_found(journal: Journal) -> None:
    mine = await answered(journal, PICTURE, 2)
    assert await journal.reports.of(BOT + 1, mine) is None
    assert await journal.reports.of(BOT, mine + 1) is None

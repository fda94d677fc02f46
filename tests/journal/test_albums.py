"""Albums: which model they are for, and when their summary is owed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from journal import NO_SUMMARY, Case, Incoming, Journal, Milliseconds, Request, State, open_journal
from journal.waiting import InHand
from tests.databases import execute, rows
from tests.journal.conftest import ON_A_SERVER
from tests.journal.test_journal import PICTURE, READING

PART = replace(PICTURE, album="a")
NONE: InHand = tuple


async def accept(journal: Journal, number: int, incoming: Incoming = PART, **changes: object) -> Request:
    """The picture of message ``100 + number``, or of the one that ``changes`` say."""
    changed = replace(incoming, **{"update_id": number, "message_id": 100 + number, **changes})  # type: ignore[arg-type]
    request = await journal.accept(changed)
    assert request is not None
    return request


async def answer(journal: Journal, *requests: Request, verdict: str = "suspicious") -> None:
    for request in requests:
        await journal.take(request.id)
        await journal.finish_answered(request.id, replace(READING, verdict=verdict), Milliseconds(), 1)


async def case(journal: Journal) -> Case | None:
    return await journal.albums.case(7, 10, "a")


async def models(journal: Journal) -> list[str | None]:
    return [request.model for request in await journal.pending(7)]


async def test_an_album_is_a_case_once_all_its_parts_have_their_outcome(journal: Journal) -> None:
    second, first = await accept(journal, 2), await accept(journal, 1)
    third = await accept(journal, 3)
    await answer(journal, first, second)
    assert await case(journal) is None
    await journal.finish_refused(third.id, "blurred", Milliseconds(), model="melanoma")
    found = await case(journal)
    assert found is not None
    assert [part.message_id for part in found.parts] == [101, 102, 103]
    assert [(part.state, part.refusal, part.model) for part in found.parts] == [
        (State.ANSWERED, None, "melanoma"),
        (State.ANSWERED, None, "melanoma"),
        (State.REFUSED, "blurred", "melanoma"),
    ]
    assert [part.reading for part in found.parts] == [READING, READING, None]
    assert (found.language, found.summary_message_id) == ("ru", None)


async def test_a_single_picture_is_no_case_and_neither_is_what_was_taken_back(journal: Journal) -> None:
    first = await accept(journal, 1)
    await answer(journal, first)
    assert await case(journal) is None
    await accept(journal, 2, album="b")
    await accept(journal, 3, album="b")
    await journal.waiting.cancel(7, 10, 10, NONE)
    assert await journal.albums.case(7, 10, "b") is None


async def test_a_summary_is_owed_until_it_is_sent_and_again_when_a_part_comes_late(journal: Journal) -> None:
    await answer(journal, await accept(journal, 1), await accept(journal, 2))
    assert await journal.albums.owed(7) == [(10, "a")]
    assert await journal.albums.owed(8) == []
    found = await case(journal)
    assert found is not None
    await journal.albums.summed_up(7, 10, "a", found, 500)
    assert await journal.albums.owed(7) == []
    assert await case(journal) is None
    late = await accept(journal, 3)
    assert await journal.albums.owed(7) == [(10, "a")]
    assert await case(journal) is None
    await answer(journal, late)
    found = await case(journal)
    assert found is not None
    assert (len(found.parts), found.summary_message_id) == (3, 500)


async def test_a_part_that_comes_while_the_summary_is_sent_leaves_it_owed(journal: Journal) -> None:
    await answer(journal, await accept(journal, 1), await accept(journal, 2))
    found = await case(journal)
    assert found is not None
    await asyncio.sleep(0.001)
    await answer(journal, await accept(journal, 3))
    await journal.albums.summed_up(7, 10, "a", found, 500)
    found = await case(journal)
    assert found is not None
    assert found.summary_message_id == 500


async def test_a_summary_that_cannot_be_delivered_is_owed_no_more(journal: Journal) -> None:
    await answer(journal, await accept(journal, 1), await accept(journal, 2))
    found = await case(journal)
    assert found is not None
    await journal.albums.summed_up(7, 10, "a", found, NO_SUMMARY)
    await answer(journal, await accept(journal, 3))
    assert await journal.albums.owed(7) == []
    assert await case(journal) is None


async def test_a_picture_read_again_counts_once_by_its_last_reading(journal: Journal) -> None:
    first, second = await accept(journal, 1), await accept(journal, 2)
    await answer(journal, first)
    await journal.finish_refused(second.id, "unlike_training", Milliseconds())
    await answer(journal, await accept(journal, 3, message_id=102, model="pneumonia"), verdict="unclear")
    refused = await accept(journal, 4, message_id=101, model="pneumonia")
    await journal.finish_refused(refused.id, "unlike_training", Milliseconds())
    found = await case(journal)
    assert found is not None
    assert [part.reading.verdict for part in found.parts if part.reading] == ["suspicious", "unclear"]


async def test_a_model_counts_for_the_whole_album_whichever_part_names_it(journal: Journal) -> None:
    taken = await accept(journal, 1)
    await journal.take(taken.id)
    await accept(journal, 2)
    await accept(journal, 9, album="b")
    await accept(journal, 3, model="skin")
    await accept(journal, 4)
    assert await models(journal) == [None, "skin", None, "skin", "skin"]


async def test_a_model_chosen_ahead_counts_for_the_whole_album(journal: Journal) -> None:
    await journal.choose_model(7, 10, 10, "pneumonia")
    for number in (1, 2, 3):
        await accept(journal, number)
    assert await models(journal) == ["pneumonia"] * 3


async def test_a_part_read_again_by_another_model_says_nothing_about_the_others(journal: Journal) -> None:
    await answer(journal, await accept(journal, 1))
    await accept(journal, 2)
    await accept(journal, 3, message_id=101, model="pneumonia")
    await accept(journal, 4)
    assert await models(journal) == [None, "pneumonia", None]
    assert await journal.albums.is_begun(7, 10, "a")
    assert not await journal.albums.is_begun(7, 10, "b")


@ON_A_SERVER
async def test_an_album_is_summed_up_by_one_process_or_by_another_when_that_dies(journal: Journal, url: str) -> None:
    other = await open_journal(url)
    await answer(journal, await accept(journal, 1), await accept(journal, 2))
    assert await case(journal) is not None
    assert await case(other) is None
    assert await case(journal) is not None
    execute(url, "UPDATE albums SET leased_until = now() - interval '1 second'")
    found = await case(other)
    assert found is not None
    assert await case(journal) is None
    await other.albums.summed_up(7, 10, "a", found, 600)
    assert rows(url, "SELECT summary_message_id, leased_by, leased_until FROM albums") == [(600, None, None)]
    await answer(journal, await accept(journal, 3))
    assert await case(journal) is not None
    await other.close()

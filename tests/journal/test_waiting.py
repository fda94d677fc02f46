"""What a person may still change about pictures that wait."""

from __future__ import annotations

from dataclasses import replace

from journal import Journal, Milliseconds
from tests.journal.test_albums import NONE, accept, answer, models
from tests.journal.test_journal import PICTURE


async def change(journal: Journal, model: str, message_id: int = 101, in_hand: tuple[int, ...] = ()) -> bool:
    return await journal.waiting.change_model(7, 10, message_id, model, lambda: in_hand)


async def test_what_waits_in_the_chat_is_taken_back_and_nothing_else(journal: Journal) -> None:
    done = await accept(journal, 1, PICTURE)
    await answer(journal, done)
    in_work = await accept(journal, 2, PICTURE)
    waiting = [await accept(journal, number, PICTURE) for number in (3, 4)]
    elsewhere = await accept(journal, 5, PICTURE, chat_id=-5)
    of_another = await accept(journal, 6, PICTURE, user_id=11)
    await journal.choose_model(7, 10, 10, "skin")
    taken_back = await journal.waiting.cancel(7, 10, 10, lambda: [in_work.id])
    assert [request.id for request in taken_back.requests] == [request.id for request in waiting]
    assert (taken_back.model, taken_back.in_work) == (True, True)
    assert await journal.pending(7) == [in_work, elsewhere, of_another]
    assert await journal.chosen_model(7, 10, 10) is None
    again = await journal.waiting.cancel(7, 10, 10, lambda: [in_work.id])
    assert (again.requests, again.model, again.in_work) == ((), False, True)


async def test_what_was_taken_back_is_not_worked_on_and_stays_taken_back(journal: Journal) -> None:
    request = await accept(journal, 1, PICTURE)
    await journal.waiting.cancel(7, 10, 10, NONE)
    assert await journal.take(request.id) is None
    assert await journal.waiting.request(request.id) is None
    await journal.finish_failed(request.id, "gave_up", Milliseconds())
    assert (await journal.people.everything(10))["requests"][0]["state"] == "cancelled"


async def test_of_somebody_unknown_there_is_nothing_to_take_back(journal: Journal) -> None:
    taken_back = await journal.waiting.cancel(7, 10, 10, NONE)
    assert (taken_back.requests, taken_back.model, taken_back.in_work) == ((), False, False)


async def test_a_picture_that_waits_takes_the_model_that_is_named_later(journal: Journal) -> None:
    await accept(journal, 1, PICTURE)
    await accept(journal, 2, PICTURE)
    assert not await change(journal, "skin")
    assert await models(journal) == ["skin", None]


async def test_parts_of_an_album_that_wait_take_the_model_that_is_named_later(journal: Journal) -> None:
    await accept(journal, 1, model="pneumonia")
    await accept(journal, 2)
    assert not await change(journal, "skin")
    assert await models(journal) == ["skin", "skin"]


async def test_a_picture_in_work_or_answered_is_read_again_by_another_model_only(journal: Journal) -> None:
    request = await accept(journal, 1, PICTURE)
    assert await change(journal, "skin", in_hand=(request.id,))
    await answer(journal, request)
    assert await change(journal, "skin")
    assert not await change(journal, "melanoma")  # what read it
    again = replace(PICTURE, update_id=2, message_id=101, model="skin")
    assert await journal.accept(again) is not None
    assert not await change(journal, "skin")


async def test_a_picture_taken_back_or_refused_as_too_much_may_be_read_after_all(journal: Journal) -> None:
    await accept(journal, 1, PICTURE, model="skin")
    await journal.waiting.cancel(7, 10, 10, NONE)
    assert await change(journal, "skin")


async def test_of_an_unknown_message_nothing_comes(journal: Journal) -> None:
    await accept(journal, 1, PICTURE)
    assert not await change(journal, "skin", message_id=999)
    assert await models(journal) == [None]


async def test_messages_with_a_place_are_found_once_nobody_waits_there(journal: Journal) -> None:
    first, second = await accept(journal, 1, PICTURE), await accept(journal, 2, PICTURE)
    await journal.waiting.note(first.id, 900)
    await journal.waiting.note(second.id, 901)
    assert [request.notice_message_id for request in await journal.pending(7)] == [900, 901]
    assert await journal.waiting.outdated_notices(7) == []
    await answer(journal, first)
    (left,) = await journal.waiting.outdated_notices(7)
    assert (left.request_id, left.chat_id, left.message_id) == (first.id, 10, 900)
    await journal.waiting.note(first.id, None)
    assert await journal.waiting.outdated_notices(7) == []

"""What a person tells the bot beside pictures, and whether they can be reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from journal import Feedback, Journal, open_journal
from journal.conversation import LETTER_AWAITED
from journal.journal import utc_now
from tests.journal.test_journal import MILLISECONDS, PICTURE, READING

PRIVATE = replace(PICTURE, chat_id=PICTURE.user_id)


async def finished(journal: Journal, update_id: int, **changes: object) -> int:
    request = await journal.accept(replace(PRIVATE, update_id=update_id, **changes))  # type: ignore[arg-type]
    assert request is not None
    await journal.finish_refused(request.id, "blurred", MILLISECONDS)
    return request.id


async def test_who_agrees_has_agreed_from_then_on_and_the_first_time_counts(url: str, journal: Journal) -> None:
    talk = journal.conversation
    assert not await talk.agreed(10)
    await talk.agree(10, "ru")
    (first,) = (await journal.people.everything(10))["users"]
    await talk.agree(10, "en")
    await journal.close()
    again = await open_journal(url)
    assert await again.conversation.agreed(10)
    assert not await again.conversation.agreed(11)
    assert (await again.people.everything(10))["users"] == [first]
    assert first["language"] == "ru"
    await again.close()


async def test_the_notice_is_due_after_the_first_outcome_in_the_private_chat_alone(journal: Journal) -> None:
    talk = journal.conversation
    in_group = await finished(journal, 1, chat_id=-100)
    open_request = await journal.accept(replace(PRIVATE, update_id=2))
    assert open_request is not None
    first = await finished(journal, 3)
    second = await finished(journal, 4)
    await journal.finish_answered(open_request.id, READING, MILLISECONDS, 5)
    due = [await talk.notice_due(number) for number in (in_group, open_request.id, first, second, 99)]
    assert due == [False, False, True, False, False]
    await talk.agree(PRIVATE.user_id, None)
    assert not await talk.notice_due(first)


async def test_only_the_first_part_of_an_album_is_no_later_one(journal: Journal) -> None:
    requests = [
        await journal.accept(replace(PRIVATE, update_id=number, album=album, chat_id=chat))
        for number, (album, chat) in enumerate([("a", 10), ("a", 10), ("b", 10), ("a", 11), (None, 10), (None, 10)])
    ]
    later = [await journal.conversation.is_later_part(PRIVATE.bot_id, request) for request in requests if request]
    assert later == [False, True, False, False, False, False]


async def test_a_block_is_remembered_of_known_people_until_they_unblock_or_write(journal: Journal) -> None:
    talk = journal.conversation

    async def blocked() -> bool:
        (user,) = (await journal.people.everything(PRIVATE.user_id))["users"]
        return user["blocked_at"] is not None

    await talk.set_blocked(PRIVATE.user_id, True)
    assert await journal.people.everything(PRIVATE.user_id) == {}
    await journal.accept(PRIVATE)
    await talk.set_blocked(PRIVATE.user_id, True)
    assert await blocked()
    await talk.set_blocked(PRIVATE.user_id, False)
    assert not await blocked()
    await talk.set_blocked(PRIVATE.user_id, True)
    await journal.accept(replace(PRIVATE, update_id=2))
    assert not await blocked()


async def test_the_last_word_of_a_doctor_counts(journal: Journal) -> None:
    request = await journal.accept(PRIVATE)
    assert request is not None
    await journal.finish_answered(request.id, READING, MILLISECONDS, 5)
    assert await journal.conversation.judgement(request.id) is None
    for said in (Feedback.CONFIRMED, Feedback.NOT_CONFIRMED):
        await journal.conversation.judge(request.id, said)
        assert await journal.conversation.judgement(request.id) is said
    assert await journal.conversation.judgement(99) is None


async def test_a_letter_is_awaited_for_ten_minutes_and_never_taken_for_a_model(journal: Journal, url: str) -> None:
    talk, person = journal.conversation, PRIVATE.user_id
    await journal.choose_model(PRIVATE.bot_id, person, person, "pneumonia")
    await talk.await_letter(PRIVATE.bot_id, person)
    assert await talk.awaits_letter(PRIVATE.bot_id, person)
    assert not await talk.awaits_letter(PRIVATE.bot_id + 1, person)
    request = await journal.accept(PRIVATE)
    assert request is not None
    assert request.model == "pneumonia"
    assert await talk.awaits_letter(PRIVATE.bot_id, person)
    journal.conversation._now = lambda: utc_now() + LETTER_AWAITED + timedelta(seconds=1)
    assert not await talk.awaits_letter(PRIVATE.bot_id, person)
    assert not await talk.stop_awaiting_letter(PRIVATE.bot_id, person)


async def test_a_letter_ends_the_waiting_and_so_does_the_person(journal: Journal) -> None:
    talk = journal.conversation
    await talk.await_letter(7, 10)
    number = await talk.write(7, 10, "ru", "Well done!")
    assert not await talk.awaits_letter(7, 10)
    kept = await journal.people.everything(10)
    assert [(row["id"], row["text"]) for row in kept["letters"]] == [(number, "Well done!")]
    assert [row["language"] for row in kept["users"]] == ["ru"]
    await talk.await_letter(7, 10)
    assert await talk.stop_awaiting_letter(7, 10)
    assert not await talk.stop_awaiting_letter(7, 10)


async def test_the_file_of_a_picture_of_another_goes_with_the_outcome(journal: Journal) -> None:
    for update_id, of_another in ((1, True), (2, False)):
        request = await journal.accept(replace(PRIVATE, update_id=update_id, of_another=of_another))
        assert request is not None
        assert request.of_another is of_another
        assert request.file_id == PRIVATE.file_id
        await journal.finish_answered(request.id, READING, MILLISECONDS, 5)
    kept = (await journal.people.everything(PRIVATE.user_id))["requests"]
    assert [row["file_id"] for row in kept] == ["", PRIVATE.file_id]

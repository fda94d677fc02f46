"""Messages to everyone: to whom, how far, and that each step is taken once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from journal import Journal, Stage, open_journal
from journal.broadcasts import DRAFT_LASTS
from journal.journal import utc_now
from journal.tables import Letter, User
from tests.journal.test_journal import PICTURE

BOT = PICTURE.bot_id


async def known(journal: Journal, user_id: int, language: str | None = "en", **fields: int) -> None:
    """Person ``user_id`` has sent a picture."""
    fields = {"chat_id": user_id, "update_id": user_id, **fields}
    await journal.accept(replace(PICTURE, user_id=user_id, language=language, **fields))


async def block(journal: Journal, user_id: int) -> None:
    number = await journal.broadcasts.draft(BOT, "x", None)
    await journal.broadcasts.note(number, user_id, reached=False, gone=True)


async def test_it_goes_to_those_whom_the_bot_knows_from_a_private_chat_and_who_did_not_block_it(
    journal: Journal,
) -> None:
    await known(journal, 12, "ru")
    await known(journal, 10, "en")
    await known(journal, 10, "en", update_id=100)
    await known(journal, 11, None)
    await known(journal, 13, bot_id=8)
    await known(journal, 14, chat_id=-5)
    await known(journal, 15)
    await block(journal, 15)
    await journal.people.choose_language(16, "ru")
    await journal.people.choose_language(17, "ru")
    async with journal._transaction() as session:
        session.add(Letter(bot_id=BOT, user_id=17, written_at=utc_now(), text="hello"))
    assert await journal.broadcasts.recipients(BOT, 0, 10) == [(10, "en"), (11, None), (12, "ru"), (17, "ru")]
    assert await journal.broadcasts.recipients(BOT, 10, 2) == [(11, None), (12, "ru")]
    assert await journal.broadcasts.audience(BOT) == {"en": 1, None: 1, "ru": 2}


async def test_a_chosen_language_goes_before_that_of_telegram(journal: Journal) -> None:
    await known(journal, 10, "en")
    await journal.people.choose_language(10, "ru")
    assert await journal.broadcasts.audience(BOT) == {"ru": 1}
    assert await journal.people.reads(10) == "ru"
    assert await journal.people.reads(11) is None


async def test_who_writes_again_has_not_blocked_the_bot_any_more(journal: Journal) -> None:
    await known(journal, 10)
    await block(journal, 10)
    assert await journal.broadcasts.audience(BOT) == {}
    await known(journal, 10, update_id=2)
    assert await journal.broadcasts.audience(BOT) == {"en": 1}


async def test_a_draft_is_begun_or_discarded_once(journal: Journal) -> None:
    number = await journal.broadcasts.draft(BOT, "<b>hello</b>", "ru")
    assert await journal.broadcasts.sending(BOT) is None
    assert not await journal.broadcasts.begin(8, number)
    assert await journal.broadcasts.begin(BOT, number)
    assert not await journal.broadcasts.begin(BOT, number)
    assert not await journal.broadcasts.discard(BOT, number)
    sending = await journal.broadcasts.sending(BOT)
    assert sending is not None
    assert (sending.text, sending.language, sending.stage) == ("<b>hello</b>", "ru", Stage.SENDING)
    other = await journal.broadcasts.draft(BOT, "no", None)
    assert await journal.broadcasts.discard(BOT, other)
    assert not await journal.broadcasts.begin(BOT, other)
    assert await journal.broadcasts.find(BOT, other) is None


async def test_how_far_it_has_come_outlives_a_reopening(url: str, journal: Journal) -> None:
    for user_id in (10, 11, 12):
        await known(journal, user_id)
    number = await journal.broadcasts.draft(BOT, "hello", None)
    await journal.broadcasts.begin(BOT, number)
    await journal.broadcasts.note(number, 10, reached=True)
    await journal.broadcasts.note(number, 11, reached=False, gone=True)
    await journal.close()
    again = await open_journal(url)
    broadcast = await again.broadcasts.sending(BOT)
    assert broadcast is not None
    assert (broadcast.last_user_id, broadcast.sent, broadcast.failed) == (11, 1, 1)
    assert await again.broadcasts.recipients(BOT, broadcast.last_user_id, 10) == [(12, "en")]
    await again.close()


async def test_a_stop_is_seen_at_the_next_person_and_the_end_comes_once(journal: Journal) -> None:
    await known(journal, 10)
    number = await journal.broadcasts.draft(BOT, "hello", None)
    await journal.broadcasts.begin(BOT, number)
    assert await journal.broadcasts.end(BOT, number, Stage.STOPPED)
    assert (await journal.broadcasts.note(number, 10, reached=True)).stage is Stage.STOPPED
    assert not await journal.broadcasts.end(BOT, number, Stage.DONE)
    assert await journal.broadcasts.sending(BOT) is None


async def test_a_draft_that_was_left_goes_with_the_next_one(journal: Journal) -> None:
    old = await journal.broadcasts.draft(BOT, "old", None)
    journal.broadcasts._now = lambda: utc_now() + DRAFT_LASTS + timedelta(seconds=1)
    new = await journal.broadcasts.draft(BOT, "new", None)
    assert await journal.broadcasts.find(BOT, old) is None
    assert await journal.broadcasts.find(BOT, new) is not None


async def test_who_was_forgotten_meanwhile_is_passed_over(journal: Journal) -> None:
    number = await journal.broadcasts.draft(BOT, "hello", None)
    await journal.broadcasts.note(number, 99, reached=False, gone=True)
    async with journal._transaction() as session:
        assert await session.get(User, 99) is None

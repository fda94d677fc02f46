"""What is older than it is to be kept goes, and nothing else does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journal import Journal, JournalUnavailable, State, open_journal
from journal.api import Claim, Finished, Repeat
from journal.arrivals import take_in
from journal.housekeeping import keep_house
from tests.databases import rows
from tests.journal.conftest import ON_A_SERVER
from tests.journal.test_api import READING as POSTED
from tests.journal.test_api import picture as posted
from tests.journal.test_journal import MILLISECONDS, PICTURE, READING

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(days=31), NOW - timedelta(days=29)
MONTH = timedelta(days=30)


class Clock:
    now = OLD

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def clock(journal: Journal) -> Clock:
    """The journal's own time, at first a little over a month ago."""
    clock = Clock()
    for part in [journal, *vars(journal).values()]:
        if hasattr(part, "_now"):
            part._now = clock
    return clock


async def picture(journal: Journal, number: int, user: int, *, answered: bool = True, album: str | None = None) -> None:
    """A picture with the update id ``number``, answered or waiting."""
    incoming = replace(
        PICTURE, update_id=number, message_id=number, user_id=user, chat_id=user, file_id=f"file-{number}", album=album
    )
    request = await journal.accept(incoming)
    assert request is not None
    if answered:
        await journal.finish_answered(request.id, READING, MILLISECONDS, 1000 + number)


async def test_pictures_albums_letters_and_persons_go_by_age(
    url: str, journal: Journal, clock: Clock, tmp_path: Path
) -> None:
    await picture(journal, 1, user=10, album="gone")
    await picture(journal, 2, user=11, album="waits")
    await picture(journal, 3, user=11, album="waits", answered=False)
    await picture(journal, 4, user=12)
    await journal.conversation.write(7, 10, "en", "an old letter")
    await journal.choose_model(7, 10, 10, "skin")
    clock.now = YOUNG
    await picture(journal, 5, user=12)
    await journal.conversation.write(7, 12, "en", "a young letter")
    clock.now = NOW
    await journal.choose_model(7, 12, 12, "skin")

    removed = await journal.retention.remove_older(MONTH)

    assert removed == {"requests": 3, "albums": 1, "letters": 1, "choices": 1, "users": 1}
    assert rows(url, "SELECT file_id, state FROM requests ORDER BY id") == [
        ("file-3", State.RECEIVED.value),
        ("file-5", State.ANSWERED.value),
    ]
    assert rows(url, "SELECT id FROM users ORDER BY id") == [(11,), (12,)]
    assert rows(url, "SELECT album FROM albums") == [("waits",)]
    assert rows(url, "SELECT text FROM letters") == [("a young letter",)]
    assert rows(url, "SELECT user_id FROM choices") == [(12,)]
    # What went has left no byte behind where the journal is a file, and what waits is answered as ever.
    held = b"".join(path.read_bytes() for path in tmp_path.glob("journal.db*"))
    assert [word for word in (b"file-1", b"file-2", b"an old letter") if word in held] == []
    (waiting,) = await journal.pending(7)
    assert waiting.file_id == "file-3"
    assert await journal.retention.remove_older(MONTH) == {}


async def test_what_came_over_http_goes_and_keys_stay(url: str, journal: Journal, clock: Clock) -> None:
    await journal.api_keys.add("sl_1", "1" * 64, "one")
    for name, at, keep in (("young", YOUNG, 40), ("waits", OLD, 1), ("old", OLD, 1)):
        clock.now = at
        claim = Claim(0, name, "f" * 64)
        await journal.api.accept([posted(name, at=at)], claim)
        if name != "waits":
            answer = Repeat("f" * 64, 200, "en", "{}")
            await journal.api.finish([Finished(name, POSTED)], claim, answer, keep=timedelta(days=keep))
    clock.now = NOW
    assert await journal.retention.remove_older(MONTH) == {"api_requests": 1, "api_repeats": 2}
    assert rows(url, "SELECT id FROM api_requests ORDER BY id") == [("waits",), ("young",)]
    assert rows(url, "SELECT key FROM api_repeats ORDER BY key") == [("young",)]
    assert rows(url, "SELECT name FROM api_keys") == [("one",)]


@ON_A_SERVER
async def test_who_writes_just_then_stays(journal: Journal, clock: Clock, postgres_url: str) -> None:
    """Whoever has nothing left in the journal is about to go, when a picture of theirs is being accepted."""
    await journal.people.choose_language(10, "en")
    clock.now = NOW
    other = await open_journal(postgres_url)
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(30):
        async with other._transaction() as session:
            assert await take_in(session, PICTURE, NOW) is not None
            removal = asyncio.create_task(journal.retention.remove_older(MONTH))
            while rows(postgres_url, waits) != [(1,)]:
                await asyncio.sleep(0.01)
        await removal
    assert rows(postgres_url, "SELECT id, last_seen FROM users") == [(PICTURE.user_id, NOW)]
    assert len(await journal.pending(7)) == 1
    await other.close()


async def test_many_go_in_batches_between_which_others_write(
    url: str, journal: Journal, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journal.retention.BATCH", 3)
    for number in range(1, 12):
        await picture(journal, number, user=10)
    clock.now = NOW
    other = await open_journal(url)
    removed, _ = await asyncio.gather(journal.retention.remove_older(MONTH), picture(other, 50, user=10))
    await other.close()
    assert removed["requests"] == 11
    assert rows(url, "SELECT file_id FROM requests") == [("file-50",)]


async def test_the_house_is_kept_again_and_again_whatever_happens(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[timedelta] = []

    async def remove_older(than: timedelta) -> dict[str, int]:
        asked.append(than)
        if len(asked) == 1:
            raise JournalUnavailable("The journal cannot be used: it is away")
        return {"requests": 2}

    monkeypatch.setattr(journal.retention, "remove_older", remove_older)
    caplog.set_level("INFO")
    task = asyncio.create_task(keep_house(journal, 30, every=timedelta(milliseconds=1)))
    while len(asked) < 3:
        await asyncio.sleep(0.001)
    task.cancel()
    assert asked[0] == timedelta(days=30)
    assert caplog.messages[0].endswith("what is old is removed later")
    assert caplog.messages[1] == "removed what was older than 30 days: 2 requests"

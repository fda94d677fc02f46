from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from journal import Incoming, Journal, JournalUnavailable, Milliseconds, Reading, State, open_journal
from journal.journal import CHOICE_LASTS, utc_now
from tests.databases import execute, records

PICTURE = Incoming(bot_id=7, update_id=1, chat_id=10, message_id=100, user_id=10, file_id="f1", language="ru")
READING = Reading(
    verdict="suspicious",
    model="melanoma",
    version="1.0.0",
    weights_hash="ab" * 32,
    engine="openvino",
    probabilities={"malignant": 0.8, "benign": 0.2},
    novelty=1.5,
)
MILLISECONDS = Milliseconds(download=1.0, convert=2.0, infer=3.0, reply=4.0)


async def test_an_accepted_picture_is_on_disk_and_pending(url: str, journal: Journal) -> None:
    request = await journal.accept(replace(PICTURE, model="melanoma", file_size=12))
    assert request is not None
    (row,) = records(url, "SELECT * FROM requests")
    assert (row["state"], row["update_id"], row["file_id"], row["model_asked"]) == ("received", 1, "f1", "melanoma")
    assert await journal.pending(7) == [request]
    assert (request.language, request.file_size, request.attempts) == ("ru", 12, 0)


async def test_the_same_update_is_accepted_once(url: str, journal: Journal) -> None:
    assert await journal.accept(PICTURE) is not None
    assert await journal.accept(replace(PICTURE, file_id="other")) is None
    assert len(records(url, "SELECT id FROM requests")) == 1


async def test_the_same_update_id_of_another_bot_is_another_update(journal: Journal) -> None:
    assert await journal.accept(PICTURE) is not None
    assert await journal.accept(replace(PICTURE, bot_id=8)) is not None
    assert len(await journal.pending(7)) == len(await journal.pending(8)) == 1


async def test_many_at_once_are_each_accepted_once(url: str, journal: Journal) -> None:
    other = await open_journal(url)
    try:
        updates = [replace(PICTURE, update_id=n // 2, user_id=n % 3) for n in range(20)]
        accepted = await asyncio.gather(
            *(target.accept(update) for update in updates for target in (journal, other)),
        )
    finally:
        await other.close()
    assert sum(request is not None for request in accepted) == 10
    assert len(await journal.pending(7)) == 10


async def test_pending_is_oldest_first_and_survives_a_reopening(url: str, journal: Journal) -> None:
    for update_id in (5, 3, 9):
        await journal.accept(replace(PICTURE, update_id=update_id, message_id=update_id))
    await journal.close()
    again = await open_journal(url)
    assert [request.message_id for request in await again.pending(7)] == [5, 3, 9]
    await again.close()


async def test_take_counts_attempts_and_release_gives_one_back(journal: Journal) -> None:
    request = await journal.accept(PICTURE)
    assert request is not None
    assert [(await journal.take(request.id)).attempts for _ in range(2)] == [1, 2]  # type: ignore[union-attr]
    await journal.release(request.id)
    assert (await journal.pending(7))[0].attempts == 1


async def test_an_answer_is_recorded_in_full(url: str, journal: Journal) -> None:
    request = await journal.accept(PICTURE)
    assert request is not None
    await journal.take(request.id)
    await journal.finish_answered(request.id, READING, MILLISECONDS, 555)
    (row,) = records(url, "SELECT * FROM requests")
    assert row["state"] == State.ANSWERED.value
    assert row["probabilities"] == '{"malignant": 0.8, "benign": 0.2}'
    assert (row["verdict"], row["model"], row["version"], row["weights_hash"]) == (
        "suspicious",
        "melanoma",
        "1.0.0",
        "ab" * 32,
    )
    assert (row["download_ms"], row["convert_ms"], row["infer_ms"], row["reply_ms"]) == (1, 2, 3, 4)
    assert row["received_at"] <= row["started_at"] <= row["finished_at"]
    assert await journal.pending(7) == []
    assert await journal.take(request.id) is None


async def test_a_refusal_and_a_failure_keep_their_code(url: str, journal: Journal) -> None:
    first = await journal.accept(PICTURE)
    second = await journal.accept(replace(PICTURE, update_id=2))
    assert first is not None
    assert second is not None
    await journal.finish_refused(first.id, "blurred", MILLISECONDS, model="melanoma", novelty=0.5, answer_message_id=9)
    await journal.finish_failed(second.id, "file_gone", Milliseconds())
    one, two = records(url, "SELECT * FROM requests ORDER BY id")
    assert (one["state"], one["refusal_code"], one["model"], one["novelty"]) == ("refused", "blurred", "melanoma", 0.5)
    assert (two["state"], two["failure_code"], two["probabilities"]) == ("failed", "file_gone", None)


async def test_an_outcome_is_final(url: str, journal: Journal) -> None:
    request = await journal.accept(PICTURE)
    assert request is not None
    await journal.finish_answered(request.id, READING, MILLISECONDS, 1)
    await journal.finish_failed(request.id, "late", Milliseconds())
    await journal.release(request.id)
    (row,) = records(url, "SELECT state, failure_code, attempts FROM requests")
    assert row == {"state": "answered", "failure_code": None, "attempts": 0}


async def test_a_chosen_model_goes_to_the_next_picture_only(url: str, journal: Journal) -> None:
    await journal.choose_model(7, 10, 10, "pneumonia")
    await journal.close()
    journal = await open_journal(url)
    assert await journal.chosen_model(7, 10, 10) == "pneumonia"
    models = []
    for update_id in (1, 2):
        request = await journal.accept(replace(PICTURE, update_id=update_id))
        assert request is not None
        models.append(request.model)
    assert models == ["pneumonia", None]
    await journal.close()


async def test_the_last_choice_counts_and_a_named_model_beats_it(journal: Journal) -> None:
    await journal.choose_model(7, 10, 10, "pneumonia")
    await journal.choose_model(7, 10, 10, "melanoma")
    assert await journal.chosen_model(7, 10, 10) == "melanoma"
    request = await journal.accept(replace(PICTURE, model="pneumonia"))
    assert request is not None
    assert request.model == "pneumonia"
    assert await journal.chosen_model(7, 10, 10) is None


async def test_a_choice_is_the_persons_own_in_that_chat(journal: Journal) -> None:
    await journal.choose_model(7, 10, 10, "pneumonia")
    for other in (replace(PICTURE, user_id=11), replace(PICTURE, chat_id=-5, update_id=2)):
        request = await journal.accept(other)
        assert request is not None
        assert request.model is None
    assert await journal.chosen_model(7, 10, 10) == "pneumonia"


async def test_a_choice_expires(journal: Journal) -> None:
    late = Journal(journal._engine, now=lambda: utc_now() + CHOICE_LASTS + timedelta(seconds=1))
    await journal.choose_model(7, 10, 10, "pneumonia")
    assert await late.chosen_model(7, 10, 10) is None
    request = await late.accept(PICTURE)
    assert request is not None
    assert request.model is None


async def test_one_choice_serves_a_whole_album(journal: Journal) -> None:
    await journal.choose_model(7, 10, 10, "pneumonia")
    models = []
    for update_id, album in ((1, "a"), (2, "a"), (3, "b")):
        request = await journal.accept(replace(PICTURE, update_id=update_id, album=album))
        assert request is not None
        models.append(request.model)
    assert models == ["pneumonia", "pneumonia", None]


async def test_the_picture_behind_an_answer_is_found(journal: Journal) -> None:
    request = await journal.accept(replace(PICTURE, file_size=5))
    assert request is not None
    await journal.finish_answered(request.id, READING, MILLISECONDS, 555)
    original = await journal.original(7, 10, 555)
    assert original is not None
    assert (original.file_id, original.file_size) == ("f1", 5)
    assert (original.user_id, original.message_id) == (PICTURE.user_id, PICTURE.message_id)
    assert await journal.original(7, 11, 555) is None


async def test_of_a_person_only_id_and_language_are_kept(url: str, journal: Journal) -> None:
    await journal.accept(PICTURE)
    await journal.accept(replace(PICTURE, update_id=2, language="en"))
    (user,) = records(url, "SELECT * FROM users")
    assert set(user) == {
        *("id", "language", "chosen_language", "first_seen", "last_seen", "consented_at", "blocked_at"),
    }
    assert (user["id"], user["language"]) == (10, "en")
    assert user["first_seen"] < user["last_seen"]


async def test_a_database_that_stops_working_is_said_in_one_line(url: str, journal: Journal) -> None:
    execute(url, "DROP TABLE requests")
    with pytest.raises(JournalUnavailable, match=r"^The journal cannot be used: (Operational|Programming)Error$"):
        await journal.accept(PICTURE)

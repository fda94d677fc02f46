from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from journal import Feedback, Journal, open_journal
from journal.journal import utc_now
from journal.tables import Base
from tests.journal.conftest import IN_A_FILE
from tests.journal.test_journal import MILLISECONDS, PICTURE, READING


async def test_a_chosen_language_goes_before_that_of_telegram_and_survives_a_reopening(
    url: str, journal: Journal
) -> None:
    await journal.accept(PICTURE)
    await journal.people.choose_language(PICTURE.user_id, "en")
    await journal.accept(replace(PICTURE, update_id=2))
    await journal.close()
    again = await open_journal(url)
    assert [request.language for request in await again.pending(7)] == ["en", "en"]
    assert await again.people.chosen_language(PICTURE.user_id) == "en"
    await again.close()


async def test_a_language_may_be_chosen_before_the_first_picture_and_taken_back(journal: Journal) -> None:
    await journal.people.choose_language(10, "en")
    request = await journal.accept(PICTURE)
    assert request is not None
    assert request.language == "en"
    assert await journal.people.chosen_languages() == {10: "en"}
    await journal.people.choose_language(10, None)
    taken = await journal.take(request.id)
    assert taken is not None
    assert taken.language == "ru"
    assert await journal.people.chosen_languages() == {}


async def test_of_who_wants_telegrams_language_nothing_is_kept(journal: Journal) -> None:
    await journal.people.choose_language(10, None)
    assert await journal.people.chosen_language(10) is None
    assert await journal.people.chosen_language(11) is None


async def test_everything_of_a_person_is_every_row_and_column_and_of_nobody_else(journal: Journal) -> None:
    mine, others = PICTURE, replace(PICTURE, update_id=2, user_id=11, chat_id=11, file_id="f2")
    for picture in (mine, others):
        await journal.accept(picture)
    (request, _) = await journal.pending(7)
    await journal.finish_answered(request.id, READING, MILLISECONDS, 555)
    await journal.people.choose_language(10, "en")
    await journal.choose_model(7, 10, 10, "skin")
    kept = await journal.people.everything(10)
    assert {name: [set(row) for row in rows] for name, rows in kept.items()} == {
        name: [{column.name for column in Base.metadata.tables[name].columns}]
        for name in ("users", "requests", "choices")
    }
    ((user,), (row,), (choice,)) = (kept[name] for name in ("users", "requests", "choices"))
    assert (user["id"], user["language"], user["chosen_language"]) == (10, "ru", "en")
    assert (row["file_id"], row["verdict"], row["probabilities"]) == ("f1", "suspicious", READING.probabilities)
    assert datetime.fromisoformat(row["received_at"]).utcoffset() == timedelta(0)
    assert choice["model"] == "skin"
    assert "f2" not in json.dumps(kept)


async def test_a_model_chosen_ahead_is_all_that_there_is_of_some(journal: Journal) -> None:
    await journal.choose_model(7, 10, 10, "skin")
    assert list(await journal.people.everything(10)) == ["choices"]
    assert await journal.people.everything(11) == {}


ME, MY_FILE = 7_654_321_098, "AgACAgIsecret"


def traces(folder: Path) -> dict[str, int]:
    """How often the person's id and file occur in each of the journal's files, in every way SQLite writes them."""
    groups = []
    rest = ME
    while rest:
        groups.append(rest & 0x7F | (0x80 if groups else 0))
        rest >>= 7
    needles = (MY_FILE.encode(), str(ME).encode(), ME.to_bytes(6, "big"), bytes(reversed(groups)))
    files = {path.name: path.read_bytes() for path in folder.glob("journal.db*")}
    return {name: sum(data.count(needle) for needle in needles) for name, data in files.items()}


async def filled(journal: Journal) -> None:
    """A person's rows in between those of others."""
    for number in range(60):
        mine = number % 3 == 0
        request = await journal.accept(
            replace(
                PICTURE,
                update_id=number,
                user_id=ME if mine else number,
                chat_id=ME if mine and number % 2 else -5,
                file_id=f"{MY_FILE if mine else 'other'}{number}" + "x" * number,
            )
        )
        assert request is not None
        await journal.finish_answered(request.id, READING, MILLISECONDS, number)
    await journal.people.choose_language(ME, "en")
    await journal.choose_model(7, ME, ME, "skin")
    part = replace(PICTURE, update_id=1_000, user_id=ME, chat_id=ME, album="7", file_id=MY_FILE)
    request = await journal.accept(part)
    assert request is not None
    await journal.finish_answered(request.id, READING, MILLISECONDS, 1_000)
    await journal.conversation.judge(request.id, Feedback.CONFIRMED)
    await journal.conversation.agree(ME, "ru")
    await journal.conversation.write(7, ME, "ru", f"a letter about {MY_FILE}")
    await journal.conversation.await_letter(7, ME)
    broadcast = await journal.broadcasts.draft(7, "Hello", None)
    await journal.broadcasts.begin(7, broadcast)
    await journal.broadcasts.note(broadcast, ME, reached=True)


@IN_A_FILE
async def test_of_who_is_forgotten_no_byte_is_left_and_of_others_all(journal: Journal, tmp_path: Path) -> None:
    await filled(journal)
    assert set(traces(tmp_path)) >= {"journal.db", "journal.db-wal"}
    assert sum(traces(tmp_path).values()) > 40
    assert await journal.people.forget(7, ME) is True
    assert set(traces(tmp_path).values()) == {0}
    assert await journal.people.everything(ME) == {}
    assert len((await journal.people.everything(1))["requests"]) == 1
    assert len(await journal.outcomes(utc_now() - timedelta(days=1))) == 40


async def test_while_an_answer_is_owed_nothing_is_removed(journal: Journal) -> None:
    request = await journal.accept(PICTURE)
    assert request is not None
    assert await journal.people.forget(7, PICTURE.user_id) is False
    assert (await journal.take(request.id)) is not None
    await journal.finish_refused(request.id, "blurred", MILLISECONDS)
    assert await journal.people.forget(7, PICTURE.user_id) is True
    assert await journal.people.everything(PICTURE.user_id) == {}


async def test_what_a_bot_that_no_longer_runs_owes_keeps_nobody_from_being_forgotten(journal: Journal) -> None:
    await journal.accept(replace(PICTURE, bot_id=8))
    assert await journal.people.forget(7, PICTURE.user_id) is True
    assert await journal.pending(8) == []


async def test_the_number_of_a_forgotten_request_is_not_given_again(journal: Journal) -> None:
    first = await journal.accept(PICTURE)
    assert first is not None
    await journal.finish_refused(first.id, "blurred", MILLISECONDS)
    await journal.people.forget(7, PICTURE.user_id)
    second = await journal.accept(replace(PICTURE, user_id=11))
    assert second is not None
    assert second.id > first.id


@IN_A_FILE
async def test_a_reader_at_the_journal_delays_only_the_emptying_of_its_log(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("journal.wiping.WAIT_SECONDS", 0.1)
    await filled(journal)
    connection = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM requests").fetchall()
    assert await journal.people.forget(7, ME) is True
    assert "its log is emptied later" in caplog.text
    connection.close()
    assert await journal.people.everything(ME) == {}


async def test_the_history_is_the_persons_answers_newest_first(journal: Journal) -> None:
    pictures = [replace(PICTURE, update_id=number, file_id=f"f{number}") for number in range(7)]
    pictures[2] = replace(pictures[2], user_id=11)
    pictures[3] = replace(pictures[3], bot_id=8)
    for number, picture in enumerate(pictures):
        request = await journal.accept(picture)
        assert request is not None
        if number == 4:
            await journal.finish_refused(request.id, "blurred", MILLISECONDS)
        elif number != 6:
            await journal.finish_answered(request.id, READING, MILLISECONDS, number)
    again = await journal.accept(replace(PICTURE, update_id=9, reopens=1))
    assert again is not None
    await journal.finish_answered(again.id, READING, MILLISECONDS, 9)

    found = await journal.people.history(7, 10, skip=0, most=9)
    assert [past.file_id for past in found] == ["f5", "f1", "f0"]
    assert [past.file_id for past in await journal.people.history(7, 10, skip=1, most=1)] == ["f1"]
    assert await journal.people.history(7, 10, skip=3, most=9) == []
    assert found[0].reading == READING
    assert await journal.people.answered(found[0].id) == found[0]
    assert (found[0].user_id, found[0].bot_id) == (10, 7)


async def test_only_what_was_answered_can_be_seen_again(journal: Journal) -> None:
    request = await journal.accept(PICTURE)
    assert request is not None
    assert await journal.people.answered(request.id) is None
    await journal.finish_failed(request.id, "file_gone", MILLISECONDS)
    assert await journal.people.answered(request.id) is None
    assert await journal.people.answered(request.id + 1) is None


async def test_a_look_at_an_earlier_answer_is_no_new_outcome_and_leaves_a_chosen_model_alone(journal: Journal) -> None:
    await journal.choose_model(7, 10, 10, "pneumonia")
    request = await journal.accept(replace(PICTURE, model="melanoma", reopens=5))
    assert request is not None
    assert (request.model, request.reopens) == ("melanoma", 5)
    await journal.finish_answered(request.id, READING, MILLISECONDS, 1)
    assert await journal.outcomes(utc_now() - timedelta(days=1)) == []
    assert await journal.chosen_model(7, 10, 10) == "pneumonia"

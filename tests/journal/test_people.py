from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from journal import Journal, open_journal
from journal.tables import Base
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
        table.name: [{column.name for column in table.columns}] for table in Base.metadata.sorted_tables
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

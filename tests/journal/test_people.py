from __future__ import annotations

from dataclasses import replace

from journal import Journal, open_journal
from tests.journal.test_journal import PICTURE


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

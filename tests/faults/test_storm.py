"""A short storm; ``python -m tests.faults`` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import Catalog, Diagnosis, DiagnosisService
from report.overlay import draw_overlay
from tests.faults.__main__ import is_sound, run
from tests.faults.codes import number_in, picture_of
from tests.faults.storm import Count, Plan
from tests.tiny_models import write_tiny_weights


async def test_the_number_in_a_picture_is_read_from_its_overlay(tmp_path: Path) -> None:
    async with DiagnosisService(Catalog.load(write_tiny_weights(tmp_path))) as service:
        for number in (0, 1, 12_345, 0xDEADBEEF, 2**32 - 1):
            diagnosis = await service.diagnose(picture_of(number))
            assert isinstance(diagnosis, Diagnosis)
            assert number_in(draw_overlay(diagnosis, "en")) == number


@pytest.mark.timeout(600)
async def test_kills_stops_and_failures_of_telegram_lose_nothing_and_cross_nothing(tmp_path: Path) -> None:
    count = await run(tmp_path, Plan(requests=60, persons=8, kills=4))
    assert count.kills + count.stops == 4
    assert sum(count.faults.values()) > 5
    assert (count.sent, count.answered, count.lost, count.crossed) == (60, 60, 0, 0)
    assert is_sound(count), count
    assert set(count.states) == {"answered"}


@pytest.mark.parametrize(
    "wrong",
    [{"lost": 1}, {"crossed": 1}, {"duplicates": 4}, {"accepted": 9}],
)
def test_what_breaks_a_promise_is_no_sound_count(wrong: dict[str, int]) -> None:
    kept = {"sent": 10, "accepted": 10, "answered": 10, "kills": 2, "answers_lost_by_telegram": 1, "duplicates": 3}
    assert is_sound(Count(**kept))
    assert not is_sound(Count(**{**kept, **wrong}))

"""The drift watch: the journal of the last days against a card's reference."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journal import Incoming, Journal, Milliseconds, Reading, open_journal
from models.__main__ import main
from models.card import ModelCard, Reference
from models.drift import Change, Drift, drift_of, stability_index
from tests.tiny_models import write_tiny_model

REFERENCE = Reference(
    pictures=500,
    measured_on="calibration fold",
    verdicts={"suspicious": 0.3, "unclear": 0.2, "unsuspicious": 0.5},
    refusals={"blurred": 0.01, "unlike_training": 0.02},
    novelty=tuple(number / 10 for number in range(1, 10)),
)
VERDICTS = ["suspicious"] * 3 + ["unclear"] * 2 + ["unsuspicious"] * 5


@dataclass(frozen=True)
class Row:
    model: str | None = "melanoma"
    version: str | None = "0.1.0"
    verdict: str | None = None
    refusal: str | None = None
    novelty: float | None = None


@pytest.fixture
def card(tmp_path: Path) -> ModelCard:
    """The card of a model in ``tmp_path/models``, with the reference."""
    found = write_tiny_model(tmp_path / "models").model_copy(update={"reference": REFERENCE})
    found.write(tmp_path / "models" / "melanoma" / "card.json")
    return found


def as_expected(times: int) -> Iterator[Row]:
    """Ten times ``times`` pictures exactly as the reference has them, but that none is refused."""
    for number, verdict in enumerate(VERDICTS * times):
        yield Row(verdict=verdict, novelty=(number % 10) / 10 + 0.05)


def watch(card: ModelCard, rows: list[Row]) -> dict[str, Drift]:
    return {drift.subject: drift for drift in drift_of(card, rows)}


def test_the_index_is_siddiqis() -> None:
    assert stability_index([0.5, 0.5], [50, 50]) == 0
    assert stability_index([0.5, 0.5], [75, 25]) == pytest.approx(0.25 * math.log(1.5) - 0.25 * math.log(0.5))


def test_an_empty_cell_counts_as_half_a_picture() -> None:
    expected = (1 - 0.5) * math.log(1 / 0.5) + (0.005 - 0.5) * math.log(0.005 / 0.5)
    assert stability_index([0.5, 0.5], [100, 0]) == pytest.approx(expected)


def test_pictures_like_those_of_the_card_are_stable(card: ModelCard) -> None:
    found = watch(card, list(as_expected(20)))
    assert {subject: drift.change for subject, drift in found.items()} == dict.fromkeys(
        ("verdicts", "novelty", "refusals"), Change.NONE
    )
    assert found["verdicts"].index == pytest.approx(0, abs=1e-9)
    assert found["novelty"].pictures == 200


def test_more_suspicion_stranger_pictures_and_more_refusals_are_noticed(card: ModelCard) -> None:
    rows = [Row(verdict="suspicious", novelty=0.95)] * 60 + [Row(refusal="blurred")] * 40
    found = watch(card, rows)
    assert [found[subject].change for subject in ("verdicts", "novelty", "refusals")] == [Change.LARGE] * 3
    assert found["verdicts"].largest == "suspicious"
    assert found["novelty"].largest == "tenth 10"
    assert found["refusals"].found["blurred"] == pytest.approx(0.4)


def test_a_refusal_that_the_card_never_saw_is_a_change(card: ModelCard) -> None:
    found = watch(card, [*as_expected(8), *[Row(refusal="too_dark")] * 40])["refusals"]
    assert found.change is Change.LARGE
    assert found.largest in ("too_dark", "read")


def test_few_pictures_other_models_and_other_versions_tell_nothing(card: ModelCard) -> None:
    few = watch(card, [Row(verdict="suspicious", novelty=0.95)] * 49)
    assert {drift.change for drift in few.values()} == {Change.UNKNOWN}
    others = [Row(model="skin", verdict="suspicious"), Row(version="0.0.9", verdict="suspicious")] * 100
    assert watch(card, others)["verdicts"].pictures == 0


def test_a_card_without_a_reference_has_nothing_to_compare(tmp_path: Path) -> None:
    assert drift_of(write_tiny_model(tmp_path), list(as_expected(20))) == []


async def fill(url: str, count: int, verdict: str, at: datetime) -> None:
    journal = await open_journal(url)
    moved = Journal(journal._engine, now=lambda: at)
    reading = Reading(verdict, "melanoma", "0.1.0", "0" * 64, "test", {"malignant": 0.9, "benign": 0.1}, 0.95)
    for number in range(count):
        update = int(at.timestamp()) % 10**6 * 1000 + number
        request = await moved.accept(Incoming(7, update, 10, number, 10, "f"))
        assert request is not None
        if number % 10:
            await moved.finish_answered(request.id, reading, Milliseconds(), number)
        else:
            await moved.finish_refused(request.id, "unknown_kind", Milliseconds())
    await journal.close()


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MODELS_DIR", str(tmp_path / "models"))
    address = f"sqlite+aiosqlite:///{tmp_path}/journal.db"
    monkeypatch.setenv("JOURNAL_URL", address)
    return address


async def _fill_old_and_new(url: str) -> None:
    await fill(url, 100, "unsuspicious", datetime.now(UTC) - timedelta(days=40))
    await fill(url, 100, "suspicious", datetime.now(UTC))


def test_the_command_says_in_words_what_has_changed(
    card: ModelCard, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_fill_old_and_new(url))
    assert main(["drift", "--days", "7"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "melanoma 0.1.0, the last 7 days against 500 pictures of its card:"
    assert said[1].startswith("  verdicts: changed a lot (stability index ")
    assert "90 pictures): suspicious 30% -> 100%; measure the model anew" in said[1]
    assert "tenth 10 10% -> 100%" in said[2]
    assert said[-1] == "refused before a model was found: 10 of 100"
    assert main(["drift", "--days", "60"]) == 0
    assert "180 pictures" in capsys.readouterr().out


async def make_journal(url: str) -> None:
    await (await open_journal(url)).close()


def test_no_journal_no_days_and_no_reference_are_said_in_a_line(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tiny_model(tmp_path / "models")
    assert main(["drift"]) == 2
    assert capsys.readouterr().err.strip().endswith("cannot be opened: there is none yet")
    assert not (tmp_path / "journal.db").exists()
    with pytest.raises(SystemExit):
        main(["drift", "--days", "-1"])
    assert "-1 is no number of days" in capsys.readouterr().err
    asyncio.run(make_journal(url))
    assert main(["drift"]) == 0
    assert "its card has no reference; python -m training.remeasure writes one" in capsys.readouterr().out

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.chat import measure_chat
from benchmarks.quantiles import Row, as_table, quantile_with_interval
from tests.tiny_models import flat_png, write_tiny_weights


def test_a_quantile_stands_inside_its_interval_and_the_interval_narrows_with_more_samples() -> None:
    few, many = ([float(place % 10) for place in range(count)] for count in (20, 2_000))
    for times in (few, many):
        value, low, high = quantile_with_interval(times, 0.5)
        assert low <= value <= high
    widths = [high - low for _, low, high in (quantile_with_interval(times, 0.5) for times in (few, many))]
    assert widths[1] < widths[0]
    assert quantile_with_interval([7.0] * 5, 0.95) == (7.0, 7.0, 7.0)


def test_a_table_has_a_line_a_row_and_the_json_the_same_figures() -> None:
    row = Row("melanoma", {"reaction": [1.0, 1.0], "answer": [5.0, 5.0]})
    assert as_table([row]).splitlines()[-1].startswith("| melanoma | 2 | 1.0 (1.0 to 1.0) |")
    assert row.as_json()["answer"] == {"p50": (5.0, 5.0, 5.0), "p95": (5.0, 5.0, 5.0), "p99": (5.0, 5.0, 5.0)}


def test_the_real_bot_is_timed_from_sending_to_reaction_and_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELS_DIR", str(write_tiny_weights(tmp_path / "weights")))
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for red in (100, 150, 204):
        (pictures / f"{red}.png").write_bytes(flat_png(red=red, width=320, height=240))
    (row,) = asyncio.run(measure_chat({"melanoma": pictures}, most=2))
    assert (row.name, len(row.times["reaction"]), len(row.times["answer"])) == ("melanoma", 2, 2)
    assert all(0 < time < 30_000 for times in row.times.values() for time in times)
    assert json.dumps(row.as_json())


def test_a_wrong_folder_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chat", "melanoma=nowhere"]) == 2
    assert capsys.readouterr().err == "melanoma=nowhere: give MODEL=DIR, such as melanoma=pictures/moles\n"

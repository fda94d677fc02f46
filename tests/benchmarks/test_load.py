"""The real bot with tiny models under a short load, and the picture that is drawn of the figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from benchmarks import plot
from benchmarks.__main__ import main
from benchmarks.folders import CannotMeasure
from benchmarks.load_figures import LoadRun, load_table
from benchmarks.traffic import Tally
from tests.benchmarks.test_engines import comparison
from tests.tiny_models import flat_png, write_tiny_weights


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two that the tiny model reads, and one that is refused."""
    monkeypatch.setenv("MODELS_DIR", str(write_tiny_weights(tmp_path / "weights")))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for red in (100, 204):
        (folder / f"{red}.png").write_bytes(flat_png(red=red, width=320, height=240))
    (folder / "unlike.png").write_bytes(flat_png(blue=255, width=320, height=240))
    return folder


def run_of(persons: int, answer: float) -> LoadRun:
    tally = Tally(10, 10, 9, 1, 1, 0, 2, 4.5, 0.7, (20.0,) * 10, (answer,) * 9)
    cpu = {"bot": 0.9, "sandbox": 0.09}
    return LoadRun(
        f"{persons} at once", persons, None, 2.0, tally, (), (3.0, 5.0), 7, cpu, ((0, 200.0), (60, 206.0)), (50, 60)
    )


def test_the_figures_of_a_run_stand_in_table_and_json() -> None:
    head, (row,) = load_table([run_of(10, 400.0)])
    shown = dict(zip(head, row, strict=True))
    assert (shown["answers/s"], shown["sent"], shown["lost"], shown["queue told"]) == ("4.5", "10", "1", "2")
    assert shown["answer p95"] == "400 (400 to 400)"
    assert shown["CPU ms an answer"] == "bot 100, sandbox 10"
    assert (shown["memory"], shown["MiB a minute"]) == ("200 to 206", "6")
    figures = json.loads(json.dumps(run_of(10, 400.0).as_json()))
    assert figures["event_loop_lag"] == {"samples": 2, "p50": 4.0, "max": 5.0}
    assert figures["memory_mib"]["slope_a_minute"] == 6.0


def test_persons_at_once_and_pictures_at_a_rate_are_all_answered(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, drawn = tmp_path / "figures.json", tmp_path / "figures.png"
    common = ["load", f"melanoma={pictures}", "--seconds", "2", "--json", str(figures), "--plot", str(drawn)]
    for options in (["--persons", "3"], ["--rate", "5", "--persons", "4"]):
        assert main([*common, *options]) == 0, capsys.readouterr().err
        (run,) = json.loads(figures.read_text())["load"]
        assert run["sent"] > 0
        assert run["accepted"] == run["answered"] == run["sent"]
        assert (run["lost"], run["refused"], run["repeats"]) == (0, 0, 0)
        assert 0 < run["reaction"]["p50"][0] < 60_000
        assert 0 < run["answer"]["p50"][0] < 60_000
        assert run["memory_mib"]["start"] > 0
        assert run["cpu_milliseconds_an_answer"]["bot"] > 0
        with Image.open(drawn) as image:
            assert image.format == "PNG"


def test_pictures_that_are_all_refused_measure_nothing(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in pictures.glob("[12]*.png"):
        path.unlink()
    assert main(["load", f"melanoma={pictures}", "--persons", "1", "--seconds", "1"]) == 2
    assert capsys.readouterr().err.endswith("every picture is refused\n")


def test_engines_and_load_are_drawn_below_each_other(tmp_path: Path) -> None:
    heights = []
    for runs in ([], [run_of(1, 100.0), run_of(10, 400.0)]):
        plot.draw(tmp_path / "figures.png", [comparison()], runs)
        with Image.open(tmp_path / "figures.png") as image:
            heights.append(image.height)
    assert heights[1] == 2 * heights[0]
    with pytest.raises(CannotMeasure, match="nothing to draw"):
        plot.draw(tmp_path / "figures.png", [], [])


def test_without_matplotlib_the_run_does_not_begin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    assert main(["engines", "--plot", str(tmp_path / "figures.png")]) == 2
    assert "matplotlib, which is not installed" in capsys.readouterr().err

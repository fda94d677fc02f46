"""Contenders in processes of their own, on the tiny models, and what is reckoned from their times."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import engines
from benchmarks.__main__ import main
from benchmarks.child import Child, OutOfTheRunning
from benchmarks.comparison import Comparison, Result, engines_table
from benchmarks.contenders.base import Task
from benchmarks.engines import contenders_of, task_of
from models import Catalog
from tests.tiny_models import write_tiny_weights

TASK = Task("melanoma", 64, 64, 2, ("arithmetic",), (), 1, Path("cache"))


def comparison() -> Comparison:
    ours = Result("melanoma", "ours", "OpenVINO", "bf16", {1: [10.0] * 4, 8: [40.0] * 4}, [0.8], [0.5], 300.0, 2e9)
    eager = Result("melanoma", "PyTorch eager", "PyTorch", "f32", {1: [50.0] * 4, 8: [400.0] * 4}, [4], [4], 900.0, 1e9)
    absent = Result("melanoma", "PyTorch compiled", reason="torch is not installed")
    return Comparison(TASK, (ours, eager, absent), {"f32": 100e9, "bf16": 1000e9})


def test_speed_up_pictures_a_second_and_share_of_the_peak_follow_from_the_times() -> None:
    found = comparison()
    ours, eager, _ = found.results
    assert found.speed_up(eager, 8) == (10.0, 10.0, 10.0)
    assert (ours.pictures_a_second(1), ours.pictures_a_second(8)) == (100.0, 200.0)
    # 200 pictures of 2 GFLOP a second, of the 1000 GFLOP/s for bf16; 20 of 1 GFLOP, of the 100 for f32.
    assert found.share_of_peak(ours, 8) == pytest.approx(0.4)
    assert found.share_of_peak(eager, 8) == pytest.approx(0.2)


def test_the_table_has_a_row_for_each_that_ran_and_a_sentence_for_each_that_did_not() -> None:
    head, rows, sentences = engines_table(comparison())
    assert [row[0] for row in rows] == ["ours (bf16)", "PyTorch eager"]
    assert all(len(row) == len(head) for row in rows)
    assert sentences[-1] == "PyTorch compiled: left out, torch is not installed."
    assert "100 GFLOP/s in f32 and 1000 GFLOP/s in bf16" in sentences[-2]
    assert comparison().as_json()["contenders"][2] == {"name": "PyTorch compiled", "left_out": "torch is not installed"}


def test_an_ensemble_is_told_from_a_network_by_the_title() -> None:
    assert comparison().title == "melanoma, 64 x 64"
    several = replace(comparison(), task=replace(TASK, architectures=("one", "two")))
    assert several.title == "melanoma, 64 x 64, 2 networks"


def test_a_task_survives_its_way_to_the_process_that_runs_it() -> None:
    assert Task.from_json(json.loads(json.dumps(TASK.as_json()))) == TASK


def test_peers_are_those_of_the_models_own_framework(tmp_path: Path) -> None:
    catalog = Catalog.load(write_tiny_weights(tmp_path))
    assert "Keras predict" not in contenders_of(catalog, "melanoma")
    card = catalog.card("melanoma").model_copy(update={"framework": "Keras 3.15.1 on TensorFlow"})
    card.write(tmp_path / "melanoma" / "card.json")
    peers = contenders_of(Catalog.load(tmp_path), "melanoma")
    assert "Keras predict" in peers
    assert "PyTorch eager" not in peers


def test_a_contender_answers_by_turns_and_says_what_it_takes(tmp_path: Path) -> None:
    catalog = Catalog.load(write_tiny_weights(tmp_path / "weights"))
    settings = {"MODELS_DIR": str(tmp_path / "weights"), "CACHE_DIR": str(tmp_path / "cache")}
    child = Child("served.open_contender", task_of(catalog, "melanoma"), settings, tmp_path)
    try:
        assert "threads" in child.describe
        assert child.start_seconds > 0
        assert [len(child.time(batch, 3)) for batch in (1, 8)] == [3, 3]
        child.settle()
        resident, flops = child.finish()
        assert resident > 20
        assert flops is None
    finally:
        child.close()


def test_a_contender_that_is_not_here_says_why_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(OutOfTheRunning, match=r"benchmarks\.contenders\.nothing is not installed"):
        Child("nothing.open_contender", TASK, {}, tmp_path)
    with pytest.raises(OutOfTheRunning, match="no models in it"):
        Child("served.open_contender", TASK, {"MODELS_DIR": str(tmp_path)}, tmp_path)


def test_shipped_models_are_compared_and_written_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PRODUCTS", {})
    monkeypatch.setattr(engines, "_CONTENDERS", {"ours": "served.open_contender", "absent": "nothing.at_all"})
    weights, figures = write_tiny_weights(tmp_path / "weights"), tmp_path / "figures.json"
    short = ["--rounds", "2", "--times", "3", "--starts", "1", "--models-dir", str(weights), "--json", str(figures)]
    assert main(["engines", "melanoma", *short]) == 0
    assert "absent: left out, benchmarks.contenders.nothing is not installed." in capsys.readouterr().out
    content = json.loads(figures.read_text())
    assert content["machine"]["cores"] > 0
    ours, absent = content["engines"][0]["contenders"]
    assert (ours["batch"]["1"]["samples"], ours["batch"]["8"]["samples"]) == (6, 2)
    assert (len(ours["cold_start_seconds"]), len(ours["warm_start_seconds"])) == (1, 1)
    assert ours["resident_mib"] > 20
    assert ours["gflops_a_picture"] is not None
    assert "left_out" in absent


def test_wrong_models_folders_and_numbers_are_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = str(write_tiny_weights(tmp_path))
    assert main(["engines", "unknown", "--models-dir", weights]) == 2
    assert "unknown" in capsys.readouterr().err
    assert main(["engines", "--ensemble", "--models-dir", weights]) == 2
    assert "is not there" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main(["engines", "--json", str(tmp_path / "file" / "figures.json")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'file'}: File exists\n"
    with pytest.raises(SystemExit):
        main(["engines", "--rounds", "0"])
    assert "0 is no whole number above 0" in capsys.readouterr().err

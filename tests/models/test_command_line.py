"""``python -m models``: what it prints and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from models.__main__ import main
from models.card import Conformal, ModelCard, Reference, Reliability, ReliabilityBin
from models.card_text import card_markdown
from tests.tiny_models import flat_png, write_tiny_model, write_tiny_skin


@pytest.fixture(autouse=True)
def _settings(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS_DIR", str(weights))
    monkeypatch.setenv("INFERENCE_ENGINE", "onnxruntime")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of pictures and other things: two good, one small, one unlike the training data, one text."""
    folder = tmp_path / "pictures"
    (folder / "b").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / "c.png").write_bytes(flat_png(204))
    (folder / "a.png").write_bytes(flat_png(51))
    (folder / "b" / "small.png").write_bytes(flat_png(width=20))
    (folder / "b" / "blue.jpg").write_bytes(flat_png(0, 0, 255))
    (folder / "b" / "notes.jpg").write_text("no picture")
    (folder / ".hidden" / "d.png").write_bytes(flat_png())
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_diagnose_prints_a_json_line_for_a_picture(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(pictures / "c.png")
    assert main(["diagnose", "--jsonl", path]) == 0
    (line,) = lines(capsys)
    milliseconds = line.pop("milliseconds")
    assert isinstance(milliseconds, float)
    assert milliseconds > 0
    assert line == {
        "path": path,
        "model": "melanoma",
        "version": "0.1.0",
        "verdict": "suspicious",
        "findings": [{"label": "malignant", "probability": 0.8}, {"label": "benign", "probability": 0.2}],
        "novelty": pytest.approx(1 / 255, abs=1e-6),
        "refusal": None,
    }


def test_diagnose_walks_a_folder_in_order_and_keeps_refused_pictures(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diagnose", "--model", "pneumonia", "--jsonl", str(pictures), str(pictures / "a.png")]) == 0
    found = lines(capsys)
    names = ["a.png", "b/blue.jpg", "b/notes.jpg", "b/small.png", "c.png", "a.png"]
    assert [line["path"] for line in found] == [str(pictures / name) for name in names]
    assert [line["verdict"] for line in found] == ["unsuspicious", None, None, None, "suspicious", "unsuspicious"]
    refusals = [line["refusal"] and line["refusal"]["code"] for line in found]  # type: ignore[index]
    assert refusals == [None, "unlike_training", "not_a_picture", "too_small", None, None]
    assert all(set(line) == set(found[0]) and line["model"] == "pneumonia" for line in found)
    assert found[1]["novelty"] == pytest.approx(1.0)
    assert (found[2]["novelty"], found[2]["findings"]) == (None, [])
    assert found[2]["refusal"]["message"]  # type: ignore[index]


def test_diagnose_prints_readable_lines(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", str(pictures / "c.png"), str(pictures / "b" / "small.png")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{pictures / 'c.png'}: suspicious (malignant 80.0%, benign 20.0%; novelty 0.00392)",
        f"{pictures / 'b' / 'small.png'}: refused, the shorter side has 20 pixels, the model needs 64 [too_small]",
    ]


def test_a_path_stays_as_it_was_given(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures)
    assert main(["diagnose", "--jsonl", "./a.png", "b/../c.png"]) == 0
    assert [line["path"] for line in lines(capsys)] == ["./a.png", "b/../c.png"]


def test_a_file_over_the_limit_is_refused_unread(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_FILE_MB", "2")
    with (pictures / "huge.tif").open("wb") as file:
        file.truncate(64 << 30)  # a hole: more than memory, if it were read
    assert main(["diagnose", "--jsonl", str(pictures / "huge.tif")]) == 0
    (line,) = lines(capsys)
    assert line["refusal"] == {"code": "file_too_large", "message": "65536.0 MB are more than 2"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["diagnose", "nowhere.jpg"], "nowhere.jpg: no such file or folder"),
        (["diagnose", "--model", "skin", "."], "no model is called 'skin'; known: melanoma, pneumonia"),
        (["card", "skin"], "no model is called 'skin'; known: melanoma, pneumonia"),
        (["verify", "skin"], "no model is called 'skin'; known: melanoma, pneumonia"),
        (["verify", "--write-golden", "skin"], "no model is called 'skin'; known: melanoma, pneumonia"),
    ],
)
def test_what_cannot_be_done_ends_in_one_line_and_status_2(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", text + "\n")


def test_a_wrong_setting_ends_in_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_FILE_MB", "much")
    assert main(["list"]) == 2
    assert capsys.readouterr().err.startswith("MAX_FILE_MB: Input should be a valid number")


def test_a_file_that_cannot_be_read_is_named_and_the_others_still_read(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pictures / "b" / "gone.png").symlink_to("nowhere.png")
    assert main(["diagnose", "--jsonl", str(pictures)]) == 2
    output = capsys.readouterr()
    assert output.err == f"{pictures / 'b' / 'gone.png'}: No such file or directory\n"
    assert len(output.out.splitlines()) == 5


def test_list_shows_every_model(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = write_tiny_model(weights, "another", labels=("a", "b", "c"), positive=("c",), version="2.0.1")
    assert main(["list"]) == 0
    head, another, *others = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "version", "modality", "input", "labels", "weights"]
    assert another.split() == ["another", "2.0.1", "dermoscopy", "64x64", "a,", "b,", "c", card.weights_hash[:12]]
    assert [line.split()[0] for line in others] == ["melanoma", "pneumonia"]


def test_card_prints_figures_data_and_limits_in_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", "melanoma"]) == 0
    text = capsys.readouterr().out.splitlines()
    assert text[0] == "# melanoma 0.1.0"
    assert "| AUC | 0.900 | 0.850 to 0.940 | test | 100 | `python -V` |" in text
    assert "| none | made by code | CC0 | 1 | none |" in text
    assert "- It looks at the mean of red and at nothing else." in text
    assert "| malignant | high |" in text
    assert "- Suspicious: from 0.7" in text


def test_the_card_of_an_ensemble_of_many_classes_says_how_its_verdict_and_its_output_come_about(
    tmp_path: Path,
) -> None:
    text = card_markdown(write_tiny_skin(tmp_path)).splitlines()
    assert "- Positive: the probability of akiec + bcc + mel" in text
    assert "- Unsuspicious: below 0.3, unless the most probable label is one of these" in text
    assert "- Ensemble: the mean of these 2 networks" in text
    assert [line.split(":")[0] for line in text[-2:]] == ["- model0.onnx", "- model1.onnx"]
    assert "| vasc | none |" in text


def test_many_labels_are_counted_and_not_listed(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = [f"Disease {letter} and others like it" for letter in "abcdefghijkl"]
    write_tiny_model(weights, "skin", labels=labels, positive=labels[:2])
    assert main(["list"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("skin"))
    assert "64x64  12 labels  " in line


def test_a_card_without_figures_says_so(tmp_path: Path) -> None:
    card = write_tiny_model(tmp_path).model_copy(update={"figures": (), "intended_use": "a | b"})
    assert "## Figures\n\nNone measured.\n" in card_markdown(card)


def test_verify_tells_each_check_and_its_status_the_result(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "melanoma"]) == 1
    assert "melanoma: onnxruntime golden: FAILED (" in capsys.readouterr().out
    assert main(["verify", "--write-golden", "melanoma"]) == 0
    assert capsys.readouterr().out == f"{weights / 'melanoma' / 'golden.json'}\n"
    assert main(["verify", "melanoma"]) == 0
    output = capsys.readouterr().out.splitlines()
    assert output[0] == "melanoma: hash: ok (model0.onnx)"
    assert output[-1] == "melanoma: onnxruntime golden: ok (golden.json)"
    assert main(["verify"]) == 1  # pneumonia has none yet


def test_schema_describes_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == ModelCard.model_json_schema()


def test_a_reader_who_leaves_early_causes_no_traceback(pictures: Path) -> None:
    command = f"{sys.executable} -m models diagnose {'{0} ' * 40} | head -1".replace("{0}", str(pictures / "a.png"))
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert "unsuspicious" in done.stdout


def test_a_card_tells_its_sets_its_reliability_and_its_reference(tmp_path: Path) -> None:
    plain = write_tiny_skin(tmp_path)
    assert "## Calibration" not in card_markdown(plain)
    assert "## Reference" not in card_markdown(plain)
    told = ReliabilityBin(told=0.9, right=0.8, pictures=40)
    card = plain.model_copy(
        update={
            "conformal": Conformal(coverage=0.9, cuts=dict.fromkeys(plain.codes, 0.25), chosen_on="calibration fold"),
            "reliability": Reliability(fold="test", before=(told,), after=(told.model_copy(update={"right": 0.9}),)),
            "reference": Reference(
                pictures=70, measured_on="calibration fold", verdicts={"unclear": 0.2}, refusals={"blurred": 0.015},
                novelty=tuple(range(1, 10)),
            ),
        }
    )  # fmt: skip
    text = card_markdown(card)
    assert (
        "the true one among them in 90% of the pictures of each label; more than 3 and the reading is unclear" in text
    )
    assert "| told, before | right | pictures |\n| --- | --- | --- |\n| 0.900 | 0.800 | 40 |" in text
    assert "| told, after | right | pictures |\n| --- | --- | --- |\n| 0.900 | 0.900 | 40 |" in text
    assert "`python -m models drift` compares with: 70 pictures, calibration fold." in text
    assert "- Refused: blurred 1.5%" in text
    assert "- Novelty: a tenth each up to 1, 2, 3, 4, 5, 6, 7, 8, 9 and beyond" in text

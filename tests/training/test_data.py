"""Samples, duplicates, folds and cached arrays."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conversion import Fit
from tests.training.pictures import write_xrays, xray
from training.data import (
    DataError,
    LeakError,
    Sample,
    Split,
    assign_folds,
    check_no_leak,
    drop_copies,
    list_samples,
    load_array,
    load_pictures,
    merge_lookalikes,
    prepare,
    split_folds,
)
from training.pneumonia.patients import patient_of

CLASSES = ["normal", "pneumonia"]


@pytest.fixture
def xrays(tmp_path: Path) -> Path:
    return write_xrays(tmp_path / "xrays", patients=20)


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("person1000_bacteria_2931.jpg", "bacteria-1000"),
        ("person1000_virus_1681.jpg", "virus-1000"),
        ("person12_virus_1_2.jpg", "virus-12"),
        ("IM-0115-0001.jpg", "IM-115"),
        ("IM-0115-0001-0002.jpg", "IM-115"),
        ("NORMAL2-IM-0115-0001.jpg", "NORMAL2-IM-115"),
        ("00001281_000.jpg", "NIH-00001281"),
        ("scan.jpg", "PNEUMONIA/scan.jpg"),
    ],
)
def test_the_patient_is_told_by_the_file_name(name: str, patient: str) -> None:
    assert patient_of(Path("PNEUMONIA") / name) == patient


def test_class_folders_are_found_whatever_their_case_and_labels_follow_the_order_asked_for(xrays: Path) -> None:
    samples = list_samples(xrays, ["Pneumonia", "normal"], patient_of)
    assert len(samples) == 80
    assert {sample.label for sample in samples if sample.path.parent.name == "PNEUMONIA"} == {0}
    assert len({sample.group for sample in samples}) == 40


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: no such folder.*normal and pneumonia"):
        list_samples(tmp_path / "nowhere", CLASSES, patient_of)


def test_a_missing_class_is_named_with_what_is_there(xrays: Path) -> None:
    with pytest.raises(DataError, match=r"no folder 'covid'.*NORMAL, PNEUMONIA"):
        list_samples(xrays, ["normal", "covid"], patient_of)


def test_an_empty_class_is_named(xrays: Path) -> None:
    shutil.rmtree(xrays / "NORMAL")
    (xrays / "NORMAL").mkdir()
    with pytest.raises(DataError, match="class 'normal' has no pictures"):
        list_samples(xrays, CLASSES, patient_of)


def test_a_class_with_one_patient_is_refused(xrays: Path) -> None:
    for path in (xrays / "NORMAL").iterdir():
        if not path.name.startswith("IM-0003"):
            path.unlink()
    with pytest.raises(DataError, match=r"class 'normal' are of one patient \(IM-3\)"):
        list_samples(xrays, CLASSES, patient_of)


def test_a_copy_is_dropped_and_its_patient_joined_with_the_original_s(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    xray(1, ill=False).save(first)
    shutil.copy(first, second)
    xray(2, ill=False).save(other)
    found = drop_copies([Sample(first, 0, "zoe"), Sample(second, 0, "adam"), Sample(other, 0, "zoe")])
    assert [sample.path for sample in found.samples] == [first, other]
    assert (found.copies, found.contradictory) == (1, 0)
    assert {sample.group for sample in found.samples} == {"adam"}


def test_a_picture_that_is_in_two_classes_is_dropped_from_both(tmp_path: Path) -> None:
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    xray(1, ill=False).save(first)
    shutil.copy(first, second)
    found = drop_copies([Sample(first, 0, "a"), Sample(second, 1, "b")])
    assert found.samples == []
    assert found.contradictory == 2


def test_a_brighter_recompressed_copy_is_a_lookalike_and_another_picture_is_not(tmp_path: Path) -> None:
    picture = np.asarray(xray(1, ill=True).convert("RGB"))
    brighter = np.clip(picture * 1.1 + 9, 0, 255).astype(np.uint8)
    Image.fromarray(brighter).save(tmp_path / "copy.jpg", quality=70)
    again = np.asarray(Image.open(tmp_path / "copy.jpg"))
    other = np.asarray(xray(2, ill=True).convert("RGB"))
    samples = [Sample(Path(name), 0, name) for name in "abc"]
    merged = merge_lookalikes(samples, np.stack([picture, again, other]), max_distance=50)
    assert [sample.group for sample in merged] == ["a", "a", "c"]


def test_folds_keep_groups_whole_and_do_not_depend_on_the_other_samples() -> None:
    samples = [Sample(Path(f"{index}"), index % 2, f"patient-{index // 3}") for index in range(300)]
    folds = assign_folds(samples)
    assert {len({fold for sample, fold in zip(samples, folds, strict=True) if sample.group == group}) for group in
            {sample.group for sample in samples}} == {1}  # fmt: skip
    assert set(folds) == {0, 1, 2, 3, 4}
    assert assign_folds(samples[150:]) == folds[150:]
    assert assign_folds(samples, seed=1) != folds


def test_a_split_covers_every_sample_once() -> None:
    samples = [Sample(Path(f"{index}"), index % 2, f"patient-{index}") for index in range(200)]
    split = split_folds(samples)
    assert split.fold("all") == tuple(range(200))
    assert 20 < len(split.test) < 60


def test_too_few_patients_for_the_folds_is_said() -> None:
    samples = [Sample(Path(f"{index}"), index % 2, f"patient-{index % 2}") for index in range(20)]
    with pytest.raises(DataError, match="fold has no picture of class"):
        split_folds(samples)


def test_an_unknown_fold_is_said() -> None:
    with pytest.raises(DataError, match="fold=validation: choose one of"):
        Split((), (), ()).fold("validation")


@pytest.mark.parametrize("change", [{"group": "p0"}, {"path": Path("0")}])
def test_a_leak_raises(change: dict[str, object]) -> None:
    samples = [Sample(Path(f"{index}"), 0, f"p{index}") for index in range(3)]
    check_no_leak(samples, Split((0,), (1,), (2,)))
    samples[2] = replace(samples[2], **change)  # type: ignore[arg-type]
    with pytest.raises(LeakError, match="is in both the train and the test fold"):
        check_no_leak(samples, Split((0,), (1,), (2,)))


def test_pictures_are_read_once_and_kept(xrays: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = list_samples(xrays, CLASSES, patient_of)
    first = load_pictures(samples, 32, 24, Fit.STRETCH, tmp_path / "cache")
    assert first.pixels.shape == (80, 32, 24, 3)
    np.testing.assert_array_equal(first.pixels[7], load_array(samples[7].path, 32, 24, Fit.STRETCH))
    monkeypatch.setattr("training.data.pictures.load_array", lambda *_: pytest.fail("read again"))
    again = load_pictures(samples, 32, 24, Fit.STRETCH, tmp_path / "cache")
    np.testing.assert_array_equal(again.pixels, first.pixels)


def test_a_changed_file_is_read_again(xrays: Path, tmp_path: Path) -> None:
    samples = list_samples(xrays, CLASSES, patient_of)[:2]
    first = load_pictures(samples, 32, 32, Fit.STRETCH, tmp_path / "cache")
    xray(999, ill=True, side=140).save(samples[0].path)
    again = load_pictures(samples, 32, 32, Fit.STRETCH, tmp_path / "cache")
    assert (again.pixels[0] != first.pixels[0]).any()
    np.testing.assert_array_equal(again.pixels[1], first.pixels[1])


def test_a_corrupt_picture_is_named_skipped_and_counted(
    xrays: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = xrays / "NORMAL" / "IM-0002-0000.png"
    broken.write_bytes(broken.read_bytes()[:200])
    with caplog.at_level(logging.WARNING):
        prepared = prepare(xrays, CLASSES, patient_of, lookalike_bits=0, cache=tmp_path / "cache")
    assert prepared.skipped == 1
    assert len(prepared.samples) == 79
    assert str(broken) in caplog.text
    assert "1 of 80 pictures cannot be read" in caplog.text


def test_only_corrupt_pictures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"not a picture")
    with pytest.raises(DataError, match="None of the 1 pictures can be read"):
        load_pictures([Sample(tmp_path / "a.png", 0, "a")], 32, 32, Fit.STRETCH, tmp_path / "cache")

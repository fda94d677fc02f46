"""Pictures of other sets join the training fold, and none that could tell about a held-out picture does."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conversion import Fit
from tests.training.lesions import mole, write_moles
from training.data import Prepared, Sample, list_samples, load_pictures, prepare
from training.data.union import Apart, add_to_training, keep_apart
from training.melanoma.lesions import ham10000_lesion, lesion_of, picture_name

BITS = 60


@pytest.fixture
def main(tmp_path: Path) -> Prepared:
    root = write_moles(tmp_path / "main", each=15)
    return prepare(root, ["benign", "malignant"], lesion_of, lookalike_bits=0, cache=tmp_path / "cache")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    return folder


def apart(main: Prepared, extra: list[Sample]) -> Apart:
    return keep_apart(main, extra, lookalike_bits=BITS, cache=main.samples[0].path.parents[2] / "cache")


def picture(main: Prepared, fold: str) -> Path:
    return main.samples[main.split.fold(fold)[0]].path


def new(folder: Path, seed: int, group: str = "") -> Sample:
    path = folder / f"{seed}.png"
    mole(seed, malignant=True).save(path)
    return Sample(path, 1, group or path.name)


@pytest.mark.parametrize("fold", ["calibration", "test"])
def test_a_copy_of_a_held_out_picture_stays_out(main: Prepared, other: Path, fold: str) -> None:
    copy = other / "copy.png"
    copy.write_bytes(picture(main, fold).read_bytes())
    found = apart(main, [Sample(copy, 1, "copy"), new(other, 5001)])
    assert [sample.group for sample in found.samples] == ["5001.png"]
    assert found.leaking == 1


def test_a_stretched_and_recompressed_held_out_picture_stays_out(main: Prepared, other: Path) -> None:
    with Image.open(picture(main, "test")) as image:
        image.resize((200, 150)).save(other / "stretched.jpg", quality=60)
        image.transpose(Image.Transpose.ROTATE_90).save(other / "turned.jpg", quality=90)
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(other / "mirrored.png")
    extra = [Sample(path, 0, path.name) for path in sorted(other.iterdir())]
    found = apart(main, [*extra, new(other, 5001)])
    assert [sample.group for sample in found.samples] == ["5001.png"]
    assert found.leaking == 3


def test_other_views_of_a_held_out_lesion_stay_out_with_it(main: Prepared, other: Path) -> None:
    with Image.open(picture(main, "calibration")) as image:
        image.save(other / "first.jpg", quality=90)
    found = apart(main, [Sample(other / "first.jpg", 0, "HAM_1"), new(other, 5001, "HAM_1"), new(other, 5002, "HAM_2")])
    assert [sample.group for sample in found.samples] == ["HAM_2"]
    assert found.leaking == 2


def test_a_group_named_like_a_held_out_one_stays_out(main: Prepared, other: Path) -> None:
    held_out = main.samples[main.split.test[0]].group
    found = apart(main, [new(other, 5001, held_out), new(other, 5002)])
    assert [sample.group for sample in found.samples] == ["5002.png"]


def test_only_the_training_fold_grows_and_not_by_what_it_has(main: Prepared, other: Path) -> None:
    copy = other / "copy.png"
    copy.write_bytes(picture(main, "train").read_bytes())
    extra = [Sample(copy, 0, "copy"), new(other, 5001), new(other, 5002)]
    joined = add_to_training(main, extra, lookalike_bits=0, cache=other / "cache")
    assert joined.split.calibration == main.split.calibration
    assert joined.split.test == main.split.test
    assert joined.split.train[: len(main.split.train)] == main.split.train
    added = [joined.samples[row].path.name for row in joined.split.train[len(main.split.train) :]]
    assert added == ["5001.png", "5002.png"]
    assert joined.copies == main.copies + 1


def test_copies_and_unreadable_files_are_counted(main: Prepared, other: Path) -> None:
    first = new(other, 5001)
    twin, broken = other / "twin.png", other / "broken.png"
    twin.write_bytes(first.path.read_bytes())
    broken.write_bytes(b"no picture")
    found = apart(main, [first, Sample(twin, 1, "twin"), Sample(broken, 1, "broken")])
    assert (len(found.samples), found.copies, found.unreadable, found.leaking) == (1, 1, 1, 0)


@pytest.mark.data
@pytest.mark.timeout(300)
def test_nothing_of_the_real_sets_tells_about_a_held_out_lesion() -> None:
    """By another measure than the one that sorts out: correlation of thumbnails (copies are above .998)."""
    if not os.environ.get("DATA_ROOT"):
        pytest.skip("DATA_ROOT is not set")
    root = Path(os.environ["DATA_ROOT"])
    folder = root / "isic_malignant_benign" / "train"
    main = prepare(folder, ["benign", "malignant"], lesion_of, lookalike_bits=BITS)
    ham = list_samples(root / "ham10000", ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"], ham10000_lesion)
    isic = list_samples(root / "isic2017" / "train", ["not_melanoma", "melanoma"], picture_name)
    kept = keep_apart(main, [*ham, *isic], lookalike_bits=BITS)
    assert kept.leaking > 1000
    assert len(kept.samples) > 10_000
    held_out = [main.samples[row] for row in (*main.split.calibration, *main.split.test)]
    assert (_thumbnails(held_out) @ _thumbnails(kept.samples).T).max() < 0.99
    lost = {sample.group for sample in ham} - {sample.group for sample in kept.samples}
    assert not lost & {sample.group for sample in kept.samples}


def _thumbnails(samples: list[Sample]) -> np.ndarray:
    pixels = (
        load_pictures(samples, 12, 12, Fit.STRETCH).pixels.astype(np.float64).mean(axis=3).reshape(len(samples), -1)
    )
    pixels -= pixels.mean(axis=1, keepdims=True)
    return pixels / np.linalg.norm(pixels, axis=1, keepdims=True)

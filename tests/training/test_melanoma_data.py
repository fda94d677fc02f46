"""Augmentation, lesion numbers, further sets and what an epoch shows, of the melanoma model."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from tests.training.lesions import DIAGNOSES, mole, write_folders, write_ham10000
from training.data import DataError, prepare
from training.evaluation.datasets import CONFIGURATIONS
from training.melanoma.augment import Augmentation
from training.melanoma.draw import Draw, evened, whole_and_some
from training.melanoma.lesions import ham10000_lesion, lesion_of, pad_ufes_patient
from training.melanoma.sets import to_join, to_pretrain

STILL = Augmentation(
    zoom=(1.0, 1.0), stretch=0, shift=0, rotation=0, light=0, contrast=0, cast=0, saturation=0, spoil=0
)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.asarray(mole(1, malignant=True, side=64))


def test_without_ranges_only_the_symmetries_of_the_square_are_left(pixels: np.ndarray) -> None:
    random = np.random.default_rng(0)
    symmetries = [np.rot90(view, turns) for view in (pixels, pixels[:, ::-1]) for turns in range(4)]
    seen = set()
    for _ in range(60):
        turned = STILL(pixels, random).astype(int)
        distances = [np.abs(turned - view).max() for view in symmetries]
        seen.add(int(np.argmin(distances)))
        assert min(distances) <= 1
    assert seen == set(range(8))


def test_the_same_generator_gives_the_same_picture_and_another_does_not(pixels: np.ndarray) -> None:
    first, again, other = (Augmentation()(pixels, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.shape == pixels.shape
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 2


def test_light_changes_brightness_within_its_range(pixels: np.ndarray) -> None:
    random = np.random.default_rng(0)
    means = [replace(STILL, light=0.2)(pixels, random).mean() / pixels.mean() for _ in range(40)]
    assert 0.75 < min(means) < 0.9
    assert 1.05 < max(means) < 1.25


def test_zoom_enlarges_the_lesion(pixels: np.ndarray) -> None:
    zoomed = replace(STILL, zoom=(1.5, 1.5))(pixels, np.random.default_rng(0))
    assert (zoomed[..., 0] < 120).mean() > 1.7 * (pixels[..., 0] < 120).mean()


def test_spoiling_changes_the_picture_and_keeps_what_it_shows(pixels: np.ndarray) -> None:
    random = np.random.default_rng(0)
    for _ in range(30):
        spoilt = replace(STILL, spoil=1.0)(pixels, random)
        assert abs(spoilt.mean() - pixels.mean()) < 3
        assert spoilt.shape == pixels.shape


def test_pictures_of_one_lesion_share_its_number() -> None:
    assert lesion_of(Path("anywhere/malignant/1433.jpg")) == lesion_of(Path("Malignant/1487.jpg")) == "HAM_0000006"
    assert lesion_of(Path("benign/1433.jpg")) == "benign/1433.jpg"


def test_ham10000_names_its_lesions_in_its_table(tmp_path: Path) -> None:
    root = write_ham10000(tmp_path / "ham10000")
    assert ham10000_lesion(root / "mel" / "ISIC_20404.png") == ham10000_lesion(root / "mel" / "ISIC_20403.png")
    with pytest.raises(DataError, match=r"does not list ISIC_1"):
        ham10000_lesion(root / "mel" / "ISIC_1.png")
    with pytest.raises(DataError, match=r"no such file"):
        ham10000_lesion(tmp_path / "elsewhere" / "mel" / "ISIC_20403.png")


def test_pad_ufes_names_its_patients_in_its_files() -> None:
    assert pad_ufes_patient(Path("BCC/PAT_46_881_939.png")) == pad_ufes_patient(Path("NEV/PAT_46_12_1.png")) == "PAT_46"


def configured(*options: str) -> DictConfig:
    with initialize_config_dir(str(CONFIGURATIONS), version_base="1.3"):
        return compose("melanoma", ["data.root=somewhere", *options])


def test_further_sets_join_with_the_main_sets_classes(tmp_path: Path) -> None:
    write_ham10000(tmp_path / "ham10000")
    config = configured("union=[ham10000]", f"roots.ham10000={tmp_path / 'ham10000'}")
    joining = to_join(config.union, ["benign", "malignant"])
    assert {sample.path.parent.name: sample.label for sample in joining} == DIAGNOSES
    assert len({sample.group for sample in joining}) == 7 * 4


def test_pretraining_learns_the_diagnoses_and_their_shares(tmp_path: Path) -> None:
    write_ham10000(tmp_path / "ham10000")
    write_folders(tmp_path / "isic2017", {"melanoma": True, "not_melanoma": False})
    config = configured(f"roots.ham10000={tmp_path / 'ham10000'}", f"roots.isic2017={tmp_path / 'isic2017'}")
    samples, meanings = to_pretrain(config.pretraining.sets)
    meaning = {sample.path.parent.name: meanings[sample.label] for sample in samples}
    assert np.allclose(meanings.sum(axis=1), 1)
    assert np.array_equal(meaning["melanoma"], meaning["mel"])
    assert meaning["not_melanoma"] == pytest.approx([0, 0, 0.16, 0, 0, 0.84, 0])


def test_a_set_that_is_not_there_is_named_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    config = configured("union=[pad_ufes_20]", f"roots.pad_ufes_20={tmp_path / 'nowhere'}")
    with pytest.raises(
        DataError, match=r"roots.pad_ufes_20=DIR, or fetch it with python -m training.fetch pad-ufes-20"
    ):
        to_join(config.union, ["benign", "malignant"])


@pytest.mark.parametrize("recipe", ["best", "paper"])
def test_each_recipe_is_complete(recipe: str) -> None:
    config = configured(f"recipe={recipe}")
    assert all({"epochs", "size", "learning_rate"} <= set(stage) for stage in config.stages)
    assert {"network", "batch_size", "augment", "optimizer", "schedule", "loss", "views"} <= set(config)
    assert config.stages[0].train == {"best": "head", "paper": "last"}[recipe]


def test_an_epoch_shows_all_before_any_again() -> None:
    draw = Draw([np.arange(4), np.array([7, 8, 9])], [2, 7])
    shown = draw(np.random.default_rng(0))
    times = np.bincount(shown, minlength=10)
    assert len(draw) == len(shown) == 9
    assert times[:4].max() == 1
    assert sorted(times[7:]) == [2, 2, 3]


def test_rare_labels_are_drawn_by_the_square_root_of_their_number() -> None:
    draw = evened(np.repeat([0, 1], [100, 1]), total=110)
    assert draw.counts == [100, 10]


def test_the_main_set_is_shown_whole_and_the_others_evenly() -> None:
    draw = whole_and_some(3, np.array([0, 1, 1, 0, 0, 0, 1]), total=4)
    assert draw.counts == [3, 2, 2]
    assert [list(rows) for rows in draw.strata] == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(whole_and_some(3, np.array([0, 1, 1]), total=4).counts) == [3]


@pytest.mark.data
def test_lesions_of_the_real_set_are_on_one_side_of_the_split() -> None:
    root = os.environ.get("DATA_ROOT")
    if not root:
        pytest.skip("DATA_ROOT is not set")
    folder = Path(root) / "isic_malignant_benign" / "train"
    prepared = prepare(folder, ["benign", "malignant"], lesion_of, lookalike_bits=60)
    assert len(prepared.samples) + prepared.copies == 1440 + 1197
    assert len({sample.group for sample in prepared.samples}) < len(prepared.samples) - 190
    assert all(len(prepared.split.fold(fold)) > 450 for fold in ("train", "calibration", "test"))

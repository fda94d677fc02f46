"""The router's pictures: gathered from sets and made by code, without the ones that are held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from PIL import Image

import training.hardware
from models.routing import Kind
from tests.tiny_models import flat_png, write_tiny_router, write_tiny_weights
from tests.training.pictures import write_xrays
from training.data import DataError
from training.evaluation.datasets import configuration, data_settings, prepare_folds
from training.pneumonia.patients import patient_of
from training.refusals import measure
from training.router.drawings import SORTS, draw
from training.router.gather import gather, group_of
from training.router.variants import vary

CONFIGURATIONS = Path(training.hardware.__file__).parent / "conf"


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``xrays`` with 25 patients a class, ``everyday`` with four pictures and a file that is none."""
    root = tmp_path_factory.mktemp("sets")
    write_xrays(root / "xrays", patients=25)
    (root / "everyday").mkdir()
    for name, image in zip(("cat", "dog", "held-out-1", "held-out-2"), draw(4, 64, seed=9), strict=True):
        image.save(root / "everyday" / f"{name}.png")
    (root / "everyday" / "broken.png").write_bytes(b"no picture")
    return root


def _config(sets: Path, run_dir: Path, **sources: list[dict[str, object]]) -> DictConfig:
    config = OmegaConf.create(
        {"run_dir": str(run_dir), "data": {"root": str(sets), "classes": list(sources), "sources": sources}}
    )
    assert isinstance(config, DictConfig)
    return config


def test_held_out_patients_and_pictures_are_left_out(sets: Path, tmp_path: Path) -> None:
    config = _config(
        sets, tmp_path,
        chest_xray=[{"folder": "xrays", "model": "pneumonia"}],
        other=[{"folder": "everyday", "variants": 3, "without": ["held-out-*"]}, {"drawn": 7}],
    )  # fmt: skip
    found = gather(config)
    settings = data_settings("pneumonia", DictConfig({"root": str(sets / "xrays"), "classes": None, "cache": None}))
    prepared = prepare_folds(settings, configuration("pneumonia").seed)
    held_out = {prepared.samples[row].group for row in prepared.split.test}
    kept = {path.resolve() for path in (found / "chest_xray").iterdir()}
    assert held_out
    assert {patient_of(path) for path in kept}.isdisjoint(held_out)
    assert len(kept) == len(prepared.split.train) + len(prepared.split.calibration)
    groups = [group_of(path) for path in (found / "other").iterdir()]
    assert {group: groups.count(group) for group in ("cat", "dog", "broken")} == {"cat": 4, "dog": 4, "broken": 1}
    assert sum(group.startswith("drawn") for group in groups) == 7
    assert not any("held" in group for group in groups)

    before = {path: path.lstat().st_mtime_ns for path in found.rglob("*")}
    assert gather(config) == found
    assert {path: path.lstat().st_mtime_ns for path in found.rglob("*")} == before


def test_no_more_pictures_are_taken_than_asked_for(sets: Path, tmp_path: Path) -> None:
    found = gather(_config(sets, tmp_path, chest_xray=[{"folder": "xrays", "model": "pneumonia", "most": 10}]))
    assert len(list((found / "chest_xray").iterdir())) == 10


def test_a_set_that_is_missing_is_named_and_nothing_half_gathered_is_used(sets: Path, tmp_path: Path) -> None:
    config = _config(sets, tmp_path, other=[{"drawn": 2}], chest_xray=[{"folder": "nowhere"}])
    with pytest.raises(DataError, match="nowhere: no such folder"):
        gather(config)
    assert not (tmp_path / "pictures").exists()


def test_the_configuration_names_the_routers_kinds_in_their_order() -> None:
    with initialize_config_dir(str(CONFIGURATIONS), version_base="1.3"):
        config = compose("router", ["data.root=somewhere"])
    assert list(config.data.classes) == [label.code for label in config.card.labels] == list(Kind)
    assert set(config.data.sources) == set(config.data.classes)
    assert config.seed not in {configuration(model).seed for model in ("melanoma", "skin", "pneumonia")}


def test_drawings_are_of_every_sort_and_always_the_same() -> None:
    first, again, other = (list(draw(2 * len(SORTS), 48, seed)) for seed in (0, 0, 1))
    assert len(first) == 2 * len(SORTS)
    assert {(image.size, image.mode) for image in first} == {((48, 48), "RGB")}
    for a, b, c in zip(first, again, other, strict=True):
        assert a.tobytes() == b.tobytes() != c.tobytes()
    assert len({image.tobytes() for image in first}) == len(first)


def test_variants_come_in_greys_in_skin_colours_and_behind_a_diaphragm() -> None:
    pixels = np.random.default_rng(0).integers(60, 256, (90, 120, 3), dtype=np.uint8)
    image, generator = Image.fromarray(pixels), np.random.default_rng(1)
    found = [np.asarray(vary(image, generator)).astype(int) for _ in range(60)]
    grey = [np.ptp(each, axis=2).max() == 0 for each in found]
    framed = [(each[0, 0] == 0).all() and (each[-1, -1] == 0).all() for each in found]
    reddish = [(each[..., 0] >= each[..., 2]).mean() > 0.95 and np.ptp(each, axis=2).max() > 0 for each in found]
    assert 8 <= sum(grey) <= 30
    assert 4 <= sum(framed) <= 25
    assert 5 <= sum(reddish) <= 30
    assert all(each.shape[0] <= 90 and each.shape[1] <= 120 for each in found)


def test_refusals_are_counted_for_each_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Four red pictures, which the tiny router takes for skin, and three dark ones, which are nothing it knows."""
    for folder, colours in {
        "red": [(204, 60, 90), (210, 60, 90), (204, 70, 90), (204, 60, 80)],
        "dark": [(60, 70, 80), (50, 70, 80), (60, 60, 80)],
    }.items():
        (tmp_path / folder).mkdir()
        for number, (red, green, blue) in enumerate(colours):
            (tmp_path / folder / f"{number}.png").write_bytes(flat_png(red, green, blue))
    write_tiny_weights(tmp_path / "weights")
    write_tiny_router(tmp_path / "weights")
    config = OmegaConf.create(
        {
            "data": {"root": str(tmp_path)}, "most": 100, "models": None, "engine": "onnxruntime",
            "weights_dir": str(tmp_path / "weights"), "out": str(tmp_path / "refusals.json"),
            "sets": [
                {"name": "moles", "folder": "red", "reader": "melanoma"},
                {"name": "nothing", "folder": "dark", "reader": None, "only": ["0.*", "1.*"]},
                {"name": "gone", "folder": "gone", "reader": None},
            ],
        }
    )  # fmt: skip
    assert isinstance(config, DictConfig)
    report = measure(config)
    moles, nothing = report["moles"], report["nothing"]
    assert (moles["refused by melanoma"]["count"], moles["refused by pneumonia"]["count"]) == (0, 4)
    assert moles["refused by pneumonia"]["codes"] == {"wrong_kind": 4}
    assert moles["sent the right way"]["models"] == {"melanoma": 4}
    assert (nothing["refused by melanoma"]["count"], nothing["refused by pneumonia"]["pictures"]) == (2, 2)
    assert nothing["sent the right way"]["value"] == 1.0
    # Clopper and Pearson: of 4 in 4 the lower end is 0.025 to the power of a quarter.
    assert moles["sent the right way"]["low"] == pytest.approx(0.025**0.25, abs=1e-6)
    said = capsys.readouterr().out
    assert "gone is not there" in said
    assert (tmp_path / "refusals.json").is_file()

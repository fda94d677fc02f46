"""``dvc repro`` from pictures to the served model, on made-up X-rays in a copy of the project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from models.catalog import Catalog
from tests.tiny_models import write_tiny_weights
from tests.training.pictures import write_xrays
from training.evaluation.datasets import CONFIGURATIONS
from training.fetch.sets import SETS

pytestmark = pytest.mark.timeout(900)  # the first takes about two minutes on two idle cores

ROOT = Path(__file__).parents[2]
TINY = (
    "pretrained=none model=resnet14 logger=none batch_size=16 workers=0 resamples=50 nice=0 serving_sizes=[48] "
    "'stages=[{epochs: 1, size: 48}]' novelty.dimensions=4"
)
STAGES = ("fetch@chest-xray", "prepare@pneumonia", "train@pneumonia", "evaluate@pneumonia", "export@pneumonia")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with one model, to be trained in no time; its set has been fetched, and a model is served."""
    root = tmp_path_factory.mktemp("project")
    for package in ("conversion", "models", "training"):
        leave = shutil.ignore_patterns("__pycache__", "weights")
        shutil.copytree(ROOT / package, root / package, ignore=leave)
    for name in ("dvc.yaml", ".dvcignore", ".dvc/config"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, root / name)
    (root / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n")
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["python"] = sys.executable
    params["sets"] = {"chest-xray": params["sets"]["chest-xray"]}
    params["models"] = {"pneumonia": {**params["models"]["pneumonia"], "options": TINY}}
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    write_xrays(root / "data" / "chest_xray" / "train", patients=25, each=1)
    fetched = {"sha256": {}, "pictures": {"train/NORMAL": 25, "train/PNEUMONIA": 25}}
    (root / "data" / "chest_xray.fetched.json").write_text(json.dumps(fetched))
    write_tiny_weights(root / "models" / "weights")
    return root


def _dvc(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = project / "own"
    environment = {
        **os.environ, "XDG_CACHE_HOME": str(own / "cache"), "DVC_SITE_CACHE_DIR": str(own / "site"),
        "DVC_GLOBAL_CONFIG_DIR": str(own / "global"), "DVC_SYSTEM_CONFIG_DIR": str(own / "system"),
        "DVC_NO_ANALYTICS": "1", "PYTHONPATH": "",
    }  # fmt: skip
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def reproduced(project: Path) -> subprocess.CompletedProcess[str]:
    done = _dvc(project, "repro", "export@pneumonia")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_served_model_is_made_from_its_set(project: Path, reproduced: subprocess.CompletedProcess[str]) -> None:
    assert f"already here: {Path('data/chest_xray')}" in reproduced.stdout
    card = Catalog.load(project / "models" / "weights").card("pneumonia")
    assert card.codes == ("normal", "pneumonia")
    assert card.framework.startswith("PyTorch")
    folder = project / "var" / "dvc" / "pneumonia"
    assert card.weights_hash == Catalog.load(folder / "weights").card("pneumonia").weights_hash
    folds = json.loads((folder / "prepared" / "folds.json").read_text())
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["pictures"] == folds["pictures"]["test"]
    assert 0 <= metrics["figures"]["auc"]["value"] <= 1
    assert "blurred" in metrics["shifted"]
    assert "melanoma" in Catalog.load(project / "models" / "weights").names


@pytest.mark.usefixtures("reproduced")
def test_pictures_are_tracked_and_not_taken_into_the_cache(project: Path) -> None:
    lock = yaml.safe_load((project / "dvc.lock").read_text())["stages"]
    assert tuple(lock) == STAGES
    (pictures, _) = lock["fetch@chest-xray"]["outs"]
    assert pictures["path"] == "data/chest_xray"
    assert pictures["nfiles"] == 50
    cached = [path for path in (project / ".dvc" / "cache").rglob("*") if path.is_file()]
    assert cached
    assert not any(path.read_bytes().startswith(b"\x89PNG") for path in cached)
    assert "/data/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.usefixtures("reproduced")
def test_what_has_not_changed_is_not_done_again(project: Path) -> None:
    again = _dvc(project, "repro", "export@pneumonia")
    assert again.returncode == 0, again.stderr
    for stage in STAGES:
        assert f"Stage '{stage}' didn't change, skipping" in again.stdout


@pytest.mark.usefixtures("reproduced")
def test_another_picture_has_the_model_made_again(project: Path) -> None:
    added = project / "data" / "chest_xray" / "train" / "NORMAL" / "IM-9999-0000.png"
    shutil.copyfile(added.with_name("IM-0001-0000.png"), added)
    try:
        status = json.loads(_dvc(project, "status", "--json").stdout)
    finally:
        added.unlink()
    assert {"prepare@pneumonia", "train@pneumonia", "evaluate@pneumonia"} <= set(status)


def test_the_parameters_name_sets_and_models_there_are() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    assert {SETS[name].folder for name in params["sets"]} == set(params["sets"].values())
    assert {"melanoma", "skin", "pneumonia"} == set(params["models"])
    for name, model in params["models"].items():
        assert (CONFIGURATIONS / f"{name}.yaml").is_file()
        assert (ROOT / model["also"]).exists()
        _, folder, *_ = Path(model["root"]).parts
        assert folder in params["sets"].values()
        commands = [command for wanted in SETS.values() for command in wanted.train]
        root = model["root"].removeprefix(f"data/{folder}")
        assert any(
            f"training.{name} " in command and command.endswith(f"data.root={{root}}{root}") for command in commands
        )

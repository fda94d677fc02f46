"""The whole skin command on made-up pictures: members in turn, stopped and resumed, served as one ensemble."""

from __future__ import annotations

import colorsys
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from PIL import Image

from models import Catalog, Diagnosis, DiagnosisService
from tests.training.commands import ROOT, run, start

pytestmark = pytest.mark.timeout(900)

HAM10000 = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")


def spot(seed: int, kind: int, kinds: int, side: int = 100) -> Image.Image:
    """Skin with a spot whose colour tells its kind; never the same for two seeds."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side - random.uniform(0.4, 0.6, (2, 1, 1))
    inside = (np.hypot(x, y) < random.uniform(0.2, 0.3))[..., None]
    colour = 255 * np.array(colorsys.hsv_to_rgb(kind / kinds, 0.8, 0.7))
    canvas = np.where(inside, colour, (225, 180, 165)) + random.normal(0, 6, (side, side, 3))
    return Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))


def write_kinds(root: Path, kinds: tuple[str, ...], groups: int) -> Path:
    """``root`` with a folder for each of ``kinds``, ``groups`` lesions in each, two of them seen twice, and the table
    that says so."""
    rows = ["lesion_id,image_id"]
    for kind, name in enumerate(kinds):
        (root / name).mkdir(parents=True)
        for number in range(groups + 2):
            seed = 1000 * kind + number
            spot(seed, kind, len(kinds)).save(root / name / f"ISIC_{seed}.png")
            rows.append(f"HAM_{1000 * kind + number % groups},ISIC_{seed}")
    (root / "metadata.csv").write_text("\n".join(rows))
    return root


def options(data: Path, folder: Path, *more: str) -> list[str]:
    return [
        f"data.root={data}", f"data.cache={folder / 'cache'}", f"run_dir={folder / 'run'}",
        f"weights_dir={folder / 'weights'}", "pretrained=none", "model=resnet14", "logger=none", "batch_size=16",
        "workers=0", "resamples=20", "nice=0", "stages=[{epochs: 3, size: 32}]", "serving_sizes=[32]",
        "novelty.dimensions=4", "mixup.off_at_end=1", *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two members that was stopped while the second trained, and given again."""
    folder = tmp_path_factory.mktemp("skin")
    given = options(write_kinds(folder / "ham10000", HAM10000, 20), folder, "+members.resnet26={}")
    process = start("skin", *given)
    second = folder / "run" / "resnet26" / "checkpoints" / "last.ckpt"
    deadline = time.monotonic() + 500
    while not second.is_file() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert second.is_file(), out + err
    assert process.returncode == 130, out + err
    assert "the same command goes on where it was" in err
    assert not (folder / "weights").exists(), "a run that was stopped must place nothing"
    done = run("skin", *given)
    (folder / "log").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_a_stopped_run_goes_on_with_the_member_it_was_at(place: Path) -> None:
    log = (place / "log").read_text()
    assert "resnet14: resuming from" in log
    assert "resnet26: resuming from" in log
    assert "epoch 0:" not in log


async def test_the_members_are_served_as_one(place: Path) -> None:
    catalog = Catalog.load(place / "weights")
    card = catalog.card("skin")
    assert card.codes == HAM10000
    assert [file.architecture for file in card.files] == ["resnet14", "resnet26"]
    assert card.thresholds.positive == ("akiec", "bcc", "mel")
    picture = place / "spot.png"
    spot(5, 3, 7).save(picture)
    async with DiagnosisService(catalog, default_model="skin") as service:
        found = await service.diagnose(picture.read_bytes())
    assert isinstance(found, Diagnosis)
    assert len(found.findings) == 7
    assert sum(finding.probability for finding in found.findings) == pytest.approx(1, abs=1e-5)


def test_each_member_is_compared_with_its_framework(place: Path) -> None:
    shared = [f"data.root={place / 'ham10000'}", f"data.cache={place / 'cache'}", f"weights_dir={place / 'weights'}"]
    compared = run("parity", "model=skin", *shared, f"run_dir={place / 'run'}", "pictures=12")
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert compared.stdout.count("resnet14, ") == compared.stdout.count("resnet26, ") == 2
    assert compared.stdout.count(": ok") == 4


def test_a_person_with_dermnet_trains_and_serves_its_23_classes(tmp_path: Path) -> None:
    """Two commands: this one, and the bot, which takes whatever model lies in weights_dir/skin."""
    with initialize_config_dir(str(ROOT / "training" / "conf"), version_base="1.3"):
        classes = tuple(compose("skin", ["data=dermnet"]).data.classes)
    data = write_kinds(tmp_path / "dermnet", classes, 30)
    done = run("skin", *options(data, tmp_path, "data=dermnet", "stages=[{epochs: 1, size: 32}]"))
    assert done.returncode == 0, done.stdout + done.stderr
    card = Catalog.load(tmp_path / "weights").card("skin")
    assert card.codes == classes
    assert len(classes) == 23
    assert "Melanoma Skin Cancer Nevi and Moles" in card.thresholds.positive
    shared = ["model=skin", f"data.root={data}", f"data.cache={tmp_path / 'cache'}", "resamples=20"]
    measured = run("evaluate", *shared, f"weights_dir={tmp_path / 'weights'}", f"out={tmp_path / 'metrics.json'}")
    assert measured.returncode == 0, measured.stdout + measured.stderr


def test_a_class_without_pictures_is_named(tmp_path: Path) -> None:
    data = write_kinds(tmp_path / "ham10000", HAM10000, 3)
    for path in (data / "df").iterdir():
        path.unlink()
    done = run("skin", *options(data, tmp_path))
    assert done.returncode == 2
    assert "class 'df' has no pictures" in done.stderr
    assert "Traceback" not in done.stderr

"""The whole training command on made-up X-rays: interrupted, resumed, exported, served, measured."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from models import Catalog, Diagnosis, DiagnosisService
from tests.training.commands import run, start
from tests.training.pictures import write_xrays, xray

pytestmark = pytest.mark.timeout(900)  # about 60 s on two idle cores, many times that beside a training run


class Place:
    """Folders of one run."""

    def __init__(self, folder: Path) -> None:
        self.data = write_xrays(folder / "xrays", patients=25, each=1)
        self.run = folder / "run"
        self.weights = folder / "weights"
        self.cache = folder / "cache"
        self.store = folder / "mlflow.db"
        self.last = self.run / "resnet14" / "checkpoints" / "last.ckpt"

    def options(self, *more: str) -> list[str]:
        return [
            f"data.root={self.data}", f"data.cache={self.cache}", f"run_dir={self.run}", f"weights_dir={self.weights}",
            "pretrained=none", "model=resnet14", "batch_size=16", "workers=0", "resamples=50", "nice=0",
            "stages=[{epochs: 1, size: 32}, {epochs: 5, size: 48}]", "serving_sizes=[48]", "novelty.dimensions=4",
            f"logger.uri=sqlite:///{self.store}", *more,
        ]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("pneumonia"))


@pytest.fixture(scope="module")
def resumed(place: Place) -> subprocess.CompletedProcess[str]:
    """A run killed after its first checkpoint, and the same command given again."""
    last = place.last
    process = start("pneumonia", *place.options())
    deadline = time.monotonic() + 400
    while not last.is_file() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    _, err = process.communicate()
    assert last.is_file(), err
    return run("pneumonia", *place.options())


def test_an_interrupted_run_goes_on_where_it_was(place: Place, resumed: subprocess.CompletedProcess[str]) -> None:
    log = resumed.stdout + resumed.stderr
    assert resumed.returncode == 0, log
    assert f"resuming from {place.last}" in log
    assert "epoch 0:" not in log
    assert "epoch 5:" in log


def test_the_model_is_served_with_a_full_card(place: Place, resumed: subprocess.CompletedProcess[str]) -> None:
    card = Catalog.load(place.weights).card("pneumonia")
    assert card.codes == ("normal", "pneumonia")
    assert (card.input.height, card.input.width) == (48, 48)
    assert card.files[0].architecture == "resnet14"
    names = {figure.name.partition(" (")[0] for figure in card.figures}
    assert {"ROC AUC", "sensitivity", "specificity", "ECE"} <= names
    assert {figure.fold for figure in card.figures} == {"test"}
    # A resample of few pictures is calibrated worse than they are: the interval of the ECE may lie above its value.
    certain = [figure for figure in card.figures if not figure.name.startswith("ECE")]
    assert all(figure.low <= figure.value <= figure.high for figure in certain)
    assert str(place.data.parent) not in card.model_dump_json()
    assert card.calibration.temperature > 0
    assert "parity, resnet14, openvino" in resumed.stdout + resumed.stderr


@pytest.mark.usefixtures("resumed")
async def test_the_engine_reads_a_picture_with_it(place: Place, tmp_path: Path) -> None:
    xray(5, ill=True).save(tmp_path / "a.png")
    catalog = Catalog.load(place.weights)
    async with DiagnosisService(catalog, default_model="pneumonia") as service:
        found = await service.diagnose((tmp_path / "a.png").read_bytes())
    assert isinstance(found, Diagnosis)
    assert sum(finding.probability for finding in found.findings) == pytest.approx(1, abs=1e-5)
    assert found.heatmap.shape == (3, 3)


@pytest.mark.usefixtures("resumed")
def test_figures_are_tracked_in_one_mlflow_run(place: Place) -> None:
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(place.store) as store:
        runs = store.execute("select count(*) from runs").fetchone()[0]
        keys = {row[0] for row in store.execute("select distinct key from metrics")}
    assert runs == 1
    assert {"train_loss", "calibration_auc", "test ROC AUC"} <= keys


@pytest.mark.usefixtures("resumed")
def test_the_served_model_is_measured_and_compared_by_commands(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "metrics.json"
    shared = ["model=pneumonia", f"data.root={place.data}", f"data.cache={place.cache}", f"weights_dir={place.weights}"]
    measured = run("evaluate", *shared, "resamples=50", f"out={out}")
    assert measured.returncode == 0, measured.stderr
    figures = {figure.name: figure for figure in Catalog.load(place.weights).card("pneumonia").figures}
    assert json.loads(out.read_text())["figures"]["auc"]["value"] == pytest.approx(figures["ROC AUC"].value, abs=1e-4)

    compared = run("parity", *shared, f"run_dir={place.run}", "pictures=12")
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert compared.stdout.count("12 pictures") == 2
    assert compared.stdout.count(": ok") == 2


@pytest.mark.usefixtures("resumed")
def test_a_checkpoint_of_another_architecture_is_refused(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "resnet26" / "checkpoints"
    folder.mkdir(parents=True)
    shutil.copy(place.last, folder)
    done = run("pneumonia", *place.options("model=resnet26", "logger=none", f"run_dir={tmp_path}"))
    assert done.returncode == 2
    assert "holds resnet14 for normal, pneumonia; asked for is resnet26" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_checkpoint_is_refused(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "resnet14" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "last.ckpt").write_bytes(b"half a checkpoint")
    done = run("pneumonia", *place.options("logger=none"), f"run_dir={tmp_path}")
    assert done.returncode == 2
    assert "last.ckpt cannot be read as a checkpoint" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_folder_ends_in_one_line(tmp_path: Path) -> None:
    done = run("pneumonia", f"data.root={tmp_path / 'nowhere'}", f"run_dir={tmp_path / 'run'}")
    assert done.returncode == 2
    assert "nowhere: no such folder" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.data
def test_patients_and_copies_of_the_real_set_are_as_its_description_says() -> None:
    root = os.environ.get("DATA_ROOT")
    if not root:
        pytest.skip("DATA_ROOT is not set")
    from training.data import prepare  # noqa: PLC0415
    from training.pneumonia.patients import patient_of  # noqa: PLC0415

    folder = Path(root) / "chest_xray" / "train"
    prepared = prepare(folder, ["normal", "pneumonia"], patient_of, lookalike_bits=50)
    assert len(prepared.samples) + prepared.copies == 1349 + 3883
    assert prepared.copies > 20
    assert prepared.contradictory == prepared.skipped == 0


def test_two_processes_train_together_and_one_publishes(tmp_path: Path) -> None:
    place = Place(tmp_path)
    done = run("pneumonia", *place.options("trainer=ddp_cpu", "logger=none", "stages=[{epochs: 2, size: 48}]"))
    log = done.stdout + done.stderr
    assert done.returncode == 0, log
    assert "MEMBER: 2/2" in log
    assert log.count("parity, resnet14, openvino") == 1
    assert Catalog.load(place.weights).card("pneumonia").files[0].architecture == "resnet14"

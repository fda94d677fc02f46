"""The whole training command on made-up moles: interrupted, resumed, exported, served, measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from models import Catalog, Diagnosis, DiagnosisService, Refusal
from tests.training.lesions import mole, write_folders, write_ham10000, write_moles

pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).parents[2]


class Place:
    """Folders of one run."""

    def __init__(self, folder: Path) -> None:
        self.data = write_moles(folder / "moles", each=25)
        self.ham10000 = write_ham10000(folder / "ham10000")
        self.isic2017 = write_folders(folder / "isic2017", {"melanoma": True, "not_melanoma": False}, first_seed=9000)
        self.run = folder / "run"
        self.weights = folder / "weights"
        self.cache = folder / "cache"
        self.store = folder / "mlflow.db"

    def options(self, *more: str) -> list[str]:
        return [
            f"data.root={self.data}", f"data.cache={self.cache}", f"run_dir={self.run}", f"weights_dir={self.weights}",
            "data.lookalike_bits=0", "pretrained=dermoscopy", "union=[ham10000,isic2017]",
            f"roots.ham10000={self.ham10000}", f"roots.isic2017={self.isic2017}", "precision=float32",
            "pretraining.pictures_per_epoch=24", "pretraining.stages=[{epochs: 1, size: 32, learning_rate: 0.001}]",
            "batch_size=16", "resamples=50", "nice=0", "novelty.dimensions=4",
            "serving_sizes=[64]",
            "stages=[{epochs: 2, size: 64, learning_rate: 0.001, mixup: 0.2, union: 8}]",
            f"tracking_uri=sqlite:///{self.store}", *more,
        ]  # fmt: skip


def _start(module: str, *options: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    environment = {**os.environ, "MLFLOW_TRACKING_URI": "", **(environment or {})}
    command = [sys.executable, "-m", f"training.{module}", *options]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def _run(module: str, *options: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    process = _start(module, *options, environment=environment)
    try:
        out, err = process.communicate(timeout=500)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("melanoma"))


@pytest.fixture(scope="module")
def resumed(place: Place) -> subprocess.CompletedProcess[str]:
    """A run killed after the first epoch after pretraining, and the same command given again."""
    progress = place.run / "checkpoints" / "stage-1" / "training_metadata.json"
    process = _start("melanoma", *place.options())
    deadline = time.monotonic() + 600
    while not progress.is_file() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    _, err = process.communicate()
    assert progress.is_file(), err
    return _run("melanoma", *place.options())


def test_an_interrupted_run_goes_on_where_it_was(place: Place, resumed: subprocess.CompletedProcess[str]) -> None:
    log = resumed.stdout + resumed.stderr
    assert resumed.returncode == 0, log
    assert f"(remove {place.run} to start anew)" in log
    assert "resuming after epoch 1" in log
    assert "Epoch 1/" not in log
    assert "Epoch 2/2" in log
    assert json.loads((place.run / "checkpoints" / "best.json").read_text())["epoch"] in (1, 2)


def test_the_model_is_served_with_a_full_card(place: Place, resumed: subprocess.CompletedProcess[str]) -> None:
    card = Catalog.load(place.weights).card("melanoma")
    assert card.codes == ("benign", "malignant")
    assert (card.input.height, card.input.width) == (64, 64)
    assert card.files[0].architecture == "resnet50"
    assert card.framework.startswith("Keras 3")
    assert card.quality.min_colourfulness > 5
    names = {figure.name.partition(" (")[0] for figure in card.figures}
    assert {"ROC AUC", "sensitivity", "specificity", "ECE"} <= names
    assert {figure.fold for figure in card.figures} == {"test"}
    # A resample of few pictures is calibrated worse than they are: the interval of the ECE may lie above its value.
    certain = [figure for figure in card.figures if not figure.name.startswith("ECE")]
    assert all(figure.low <= figure.value <= figure.high for figure in certain)
    assert [source.name for source in card.data[1:]] == ["HAM10000", "ISIC 2017, training part"]
    assert "pretraining and training only" in card.data[1].split
    assert str(place.data.parent) not in card.model_dump_json()
    assert "parity, resnet50, openvino" in resumed.stdout + resumed.stderr


@pytest.mark.usefixtures("resumed")
async def test_colour_pictures_are_read_and_a_grey_one_refused(place: Place, tmp_path: Path) -> None:
    mole(5, malignant=True).convert("L").save(tmp_path / "grey.png")
    async with DiagnosisService(Catalog.load(place.weights), default_model="melanoma") as service:
        read = [await service.diagnose(path.read_bytes()) for path in sorted((place.data / "malignant").iterdir())]
        refused = await service.diagnose((tmp_path / "grey.png").read_bytes())
    assert isinstance(refused, Refusal)
    assert refused.code == "colourless"
    found = [result for result in read if isinstance(result, Diagnosis)]
    assert found
    assert all(isinstance(result, Diagnosis) or result.code == "unlike_training" for result in read)
    for diagnosis in found:
        assert sum(finding.probability for finding in diagnosis.findings) == pytest.approx(1, abs=1e-5)
        assert diagnosis.heatmap.shape == (4, 4)


@pytest.mark.usefixtures("resumed")
def test_the_best_network_is_left_for_keras_too(place: Place) -> None:
    script = (
        "import sys, numpy; from training.melanoma.framework import keras;"
        "new, old = (keras.models.load_model(path, compile=False) for path in sys.argv[1:]);"
        "picture = numpy.full((1, 64, 64, 3), 90, numpy.uint8);"
        "print(float(abs(new.predict(picture, verbose=0) - old.predict(picture, verbose=0)).max()))"
    )
    paths = [str(place.run / name) for name in ("melanoma.keras", "weights.best.hdf5")]
    done = subprocess.run([sys.executable, "-c", script, *paths], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) < 1e-6


@pytest.mark.usefixtures("resumed")
def test_figures_are_tracked_in_one_mlflow_run(place: Place) -> None:
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(place.store) as store:
        runs = store.execute("select count(*) from runs").fetchone()[0]
        keys = {row[0] for row in store.execute("select distinct key from metrics")}
    assert runs == 1
    assert {"loss", "calibration_auc", "learning_rate", "pretraining calibration_auc", "test ROC AUC"} <= keys


@pytest.mark.usefixtures("resumed")
def test_the_served_model_agrees_with_keras_by_command(place: Place) -> None:
    shared = ["model=melanoma", f"data.root={place.data}", f"data.cache={place.cache}", f"weights_dir={place.weights}"]
    compared = _run("parity", *shared, f"run_dir={place.run}", "pictures=12")
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert compared.stdout.count("12 pictures") == 2
    assert compared.stdout.count(": ok") == 2


@pytest.mark.usefixtures("resumed")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("network.dense=32", "holds ResNet50 with Dense 64 for benign, malignant; asked for is ResNet50 with Dense 32"),
        ("seed=7", "holds a network trained on other pictures"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(place: Place, change: str, message: str) -> None:
    done = _run("melanoma", *place.options(change, "tracking=false"))
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_folder_ends_in_one_line(tmp_path: Path) -> None:
    done = _run("melanoma", f"data.root={tmp_path / 'nowhere'}", f"run_dir={tmp_path / 'run'}")
    assert done.returncode == 2
    assert "nowhere: no such folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_class_ends_in_one_line(tmp_path: Path) -> None:
    data = write_moles(tmp_path / "moles", each=2)
    for path in (data / "malignant").iterdir():
        path.unlink()
    done = _run("melanoma", f"data.root={data}", f"run_dir={tmp_path / 'run'}")
    assert done.returncode == 2
    assert "class 'malignant' has no pictures" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("pretrained=imagnet", "pretrained=imagnet: choose imagenet, dermoscopy or none"),
        ("roots.isic2017=nowhere", "fetch it with python -m training.fetch isic2017"),
    ],
)
def test_a_wrong_setting_ends_in_one_line(place: Place, tmp_path: Path, change: str, message: str) -> None:
    done = _run("melanoma", *place.options(f"run_dir={tmp_path}", "tracking=false", change))
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_network_the_message_names_the_other_pretrainings(place: Place, tmp_path: Path) -> None:
    unreachable = {
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "KERAS_HOME": str(tmp_path),
    }
    options = place.options(f"run_dir={tmp_path}", "tracking=false", "pretrained=imagenet", "union=[]")
    done = _run("melanoma", *options, environment=unreachable)
    assert done.returncode == 2, done.stderr
    assert "choose pretrained=dermoscopy, which pretrains on HAM10000 and ISIC 2017, or pretrained=none" in done.stderr
    assert "Traceback" not in done.stderr

"""From a set's name to folders ready for training, and the second call that finds everything in place."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from rich.console import Console

from tests.training.public_sets import HAM, PAD, contents, packed, picture, small
from tests.training.web_server import WebServer, serving
from training.data import DataError, list_samples
from training.fetch.fetch import downloads_of, fetch, record_of
from training.fetch.progress import Bars
from training.fetch.sets import SETS, PublicSet

KINDS = ("benign/nevus", "benign/seborrheic_keratosis", "malignant/melanoma")
FOLDERS = {
    "isic-udacity": {f"{part}/{kind}": 2 for part in ("train", "valid", "test") for kind in KINDS},
    "ham10000": {dx: sum(found == dx for _, found in HAM) for _, dx in HAM},
    "isic2017": {"train/melanoma": 1, "train/not_melanoma": 2},
    "pad-ufes-20": dict.fromkeys(PAD, 1),
    "chest-xray": {f"{part}/{kind}": 2 for part in ("train", "test") for kind in ("NORMAL", "PNEUMONIA")},
    "dermnet": {
        "train/Acne and Rosacea Photos": 2, "train/Eczema Photos": 1,
        "test/Acne and Rosacea Photos": 2, "test/Eczema Photos": 2,
    },
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serving() as found:
        yield found


def _fetch(wanted: PublicSet, data: Path, **options: bool) -> tuple[Path, list[str]]:
    said: list[str] = []
    quiet = Bars(Console(quiet=True, stderr=True))
    return fetch(wanted, data, quiet, said.append, pause=lambda seconds: None, **options), said


def _folders(root: Path) -> dict[str, int]:
    pictures = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".csv"]
    names = [path.parent.relative_to(root).as_posix() for path in pictures]
    return {name: names.count(name) for name in names}


@pytest.mark.parametrize("name", sorted(SETS))
def test_every_set_is_laid_out_for_training(server: WebServer, tmp_path: Path, name: str) -> None:
    wanted = small(name, server)
    root, _ = _fetch(wanted, tmp_path)
    assert root == tmp_path / wanted.folder
    assert _folders(root) == FOLDERS[name]
    assert {path.name for path in tmp_path.iterdir()} == {wanted.folder, f"{wanted.folder}.fetched.json", ".downloads"}
    assert not list((tmp_path / ".downloads").iterdir())
    recorded = json.loads(record_of(wanted, tmp_path).read_text())
    assert recorded["pictures"] == FOLDERS[name]
    assert recorded["sha256"] == {file: hashlib.sha256(content).hexdigest() for file, content in contents(name).items()}


@pytest.mark.parametrize("name", sorted(SETS))
def test_a_second_call_asks_no_server(server: WebServer, tmp_path: Path, name: str) -> None:
    wanted = small(name, server)
    root, _ = _fetch(wanted, tmp_path)
    server.seen.clear()
    assert _fetch(wanted, tmp_path) == (root, [f"already here: {root}"])
    assert not server.seen


def test_class_folders_of_classes_are_read_as_one_class(server: WebServer, tmp_path: Path) -> None:
    root, _ = _fetch(small("isic-udacity", server), tmp_path)
    samples = list_samples(root / "train", ["benign", "malignant"], lambda path: path.name)
    assert [sample.label for sample in samples] == [0, 0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("name", "columns"), [("ham10000", {"image_id", "lesion_id", "dx"}), ("pad-ufes-20", {"patient_id", "lesion_id"})]
)
def test_tables_of_patients_and_lesions_come_along(
    server: WebServer, tmp_path: Path, name: str, columns: set[str]
) -> None:
    root, _ = _fetch(small(name, server), tmp_path)
    with (root / "metadata.csv").open(newline="") as file:
        assert columns <= set(csv.DictReader(file).fieldnames or ())


def test_pictures_of_both_parts_of_dermnet_that_look_alike_are_listed(server: WebServer, tmp_path: Path) -> None:
    root, said = _fetch(small("dermnet", server), tmp_path)
    assert any(line.startswith("2 of 3 pictures in test/ look like one in train/: 2 pairs, 1 of them") for line in said)
    with (root / "lookalikes.csv").open(newline="") as file:
        pairs = [(row["train"], row["test"]) for row in csv.DictReader(file)]
    assert pairs == [
        ("train/Acne and Rosacea Photos/a1.jpg", "test/Acne and Rosacea Photos/a1-copy.jpg"),
        ("train/Acne and Rosacea Photos/a2.jpg", "test/Eczema Photos/e2.jpg"),
    ]


def test_archives_are_kept_on_demand(server: WebServer, tmp_path: Path) -> None:
    wanted = small("chest-xray", server)
    root, _ = _fetch(wanted, tmp_path, keep=True)
    shutil.rmtree(root)
    server.seen.clear()
    assert _folders(_fetch(wanted, tmp_path)[0]) == FOLDERS["chest-xray"]
    assert not server.seen


def test_a_file_that_is_not_what_was_published_is_removed(server: WebServer, tmp_path: Path) -> None:
    wanted = small("chest-xray", server)
    (file,) = wanted.files
    wanted = replace(wanted, files=(replace(file, digest="sha256:" + "0" * 64),))
    with pytest.raises(
        DataError, match=r"ChestXRay2017\.zip is not the file it should be: its sha256 is .*It was removed"
    ):
        _fetch(wanted, tmp_path)
    assert not (downloads_of(wanted, tmp_path) / file.name).exists()
    good = replace(file, digest=f"md5:{hashlib.md5(server.files['/ChestXRay2017.zip']).hexdigest()}")
    _, said = _fetch(replace(wanted, files=(good,)), tmp_path)
    assert any("md5 as published" in line for line in said)


def test_the_first_download_holds_where_nobody_publishes_a_digest(server: WebServer, tmp_path: Path) -> None:
    wanted = small("chest-xray", server)
    root, said = _fetch(wanted, tmp_path)
    assert any("nobody publishes a digest" in line for line in said)
    shutil.rmtree(root)
    original = server.files["/ChestXRay2017.zip"]
    server.files["/ChestXRay2017.zip"] = packed({"chest_xray/train/NORMAL/x.jpeg": picture(0)})
    with pytest.raises(DataError, match="the first download's was"):
        _fetch(wanted, tmp_path)
    server.files["/ChestXRay2017.zip"] = original
    _, said = _fetch(wanted, tmp_path)
    assert any("sha256 as at first" in line for line in said)


@pytest.mark.parametrize(
    ("name", "file", "message"),
    [
        ("chest-xray", "ChestXRay2017.zip", r"it is no zip file"),
        ("isic2017", "ISIC-2017_Training_Part3_GroundTruth.csv", r"it is no csv file"),
    ],
)
def test_a_page_instead_of_the_file_is_not_trusted(
    server: WebServer, tmp_path: Path, name: str, file: str, message: str
) -> None:
    wanted = small(name, server, contents(name) | {file: b"<!DOCTYPE html><html>Sign in</html>"})
    with pytest.raises(DataError, match=message):
        _fetch(wanted, tmp_path)
    recorded = record_of(wanted, tmp_path)
    assert not recorded.exists() or file not in json.loads(recorded.read_text())["sha256"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"HAM10000_images_part_2.zip": packed({})},
            "4 of 8 pictures that its table names are in none of its archives",
        ),
        ({"HAM10000_metadata.csv": b"lesion_id,dx\nHAM_1,mel\n"}, "no column 'image_id'"),
        ({"HAM10000_metadata.csv": b"lesion_id,image_id,dx\n"}, "no rows"),
        ({"HAM10000_metadata.csv": b"lesion_id,image_id,dx\nHAM_1,ISIC_000,../../up\n"}, "knows a class '../../up'"),
        ({"HAM10000_metadata.csv": b"\xff\xfe\x00"}, "cannot be read as a table"),
    ],
)
def test_a_set_that_lacks_something_is_not_put_in_place(
    server: WebServer, tmp_path: Path, changed: dict[str, bytes], message: str
) -> None:
    wanted = small("ham10000", server, contents("ham10000") | changed)
    with pytest.raises(DataError, match=message):
        _fetch(wanted, tmp_path)
    assert not (tmp_path / wanted.folder).exists()


def test_an_archive_of_something_else_is_named(server: WebServer, tmp_path: Path) -> None:
    wanted = small("chest-xray", server, {"ChestXRay2017.zip": packed({"train/NORMAL/a.jpeg": picture(0)})})
    with pytest.raises(DataError, match="no pictures for train/PNEUMONIA/"):
        _fetch(wanted, tmp_path)


def test_a_folder_of_somebody_else_is_left_as_it_is(server: WebServer, tmp_path: Path) -> None:
    wanted = small("chest-xray", server)
    (tmp_path / "chest_xray").mkdir()
    with pytest.raises(DataError, match="is there, and not by this command: it is left as it is"):
        _fetch(wanted, tmp_path)
    assert not server.seen


def test_a_folder_that_was_changed_is_left_as_it_is(server: WebServer, tmp_path: Path) -> None:
    wanted = small("chest-xray", server)
    root, _ = _fetch(wanted, tmp_path)
    next(root.rglob("*.jpeg")).unlink()
    with pytest.raises(DataError, match=r"has 7 pictures, 8 were fetched: .* Remove the folder"):
        _fetch(wanted, tmp_path)


def test_an_interrupted_unpacking_begins_anew(server: WebServer, tmp_path: Path) -> None:
    wanted = small("chest-xray", server)
    left = downloads_of(wanted, tmp_path) / "laid_out" / "train" / "NORMAL"
    left.mkdir(parents=True)
    (left / "half.jpeg").write_bytes(b"half")
    assert _folders(_fetch(wanted, tmp_path)[0]) == FOLDERS["chest-xray"]


def test_a_disk_too_small_for_the_set_is_told_before_the_download(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=64 * 2**20 + 90_000))
    with pytest.raises(DataError, match=r"No disk space for chest-xray \(archives 1. kB, pictures 100 kB\)"):
        _fetch(small("chest-xray", server), tmp_path)
    assert not server.seen


def test_a_folder_that_cannot_be_written_is_named(server: WebServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"file.*: cannot be written \(.*\)\. Choose --to DIR\."):
        _fetch(small("chest-xray", server), tmp_path / "file")


def test_two_at_once_do_not_get_in_each_others_way(server: WebServer, tmp_path: Path) -> None:
    wanted = small("chest-xray", server)
    downloads_of(wanted, tmp_path).mkdir(parents=True)
    with (
        FileLock(downloads_of(wanted, tmp_path) / "lock"),
        pytest.raises(DataError, match=r"is being fetched into .* by another process"),
    ):
        _fetch(wanted, tmp_path)


def test_what_is_known_of_every_set_is_well_formed() -> None:
    lengths = {"sha256": 64, "md5": 32}
    assert len({wanted.folder for wanted in SETS.values()}) == len(SETS)
    for wanted in SETS.values():
        assert wanted.licence
        assert wanted.citation
        assert wanted.page.startswith("https://")
        assert all(command.startswith("python -m training.") and "{root}" in command for command in wanted.train)
        for file in wanted.files:
            assert file.url.startswith("https://")
            if file.digest:
                algorithm, _, digest = file.digest.partition(":")
                assert len(bytes.fromhex(digest)) * 2 == lengths[algorithm]

"""The command as a person gives it: what it shows, how it ends, and that Ctrl-C costs nothing."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.training.public_sets import contents, packed, small
from tests.training.web_server import Fault, WebServer, serving
from training.fetch.download import CHUNK
from training.fetch.sets import SETS

ROOT = Path(__file__).parents[2]
SMALL = """
import json, sys
from dataclasses import replace
from training.fetch import __main__ as command
from training.fetch.sets import SETS, RemoteFile
name, files = sys.argv.pop(1), json.loads(sys.argv.pop(1))
SETS[name] = replace(SETS[name], files=tuple(RemoteFile(**file) for file in files), unpacked=100_000, kaggle=None)
sys.exit(command.main())
"""
"""The command with one set, whose name and files are given, from another server."""


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serving() as found:
        yield found


def _start(
    name: str, server: WebServer, *options: object, files: Mapping[str, bytes] | None = None
) -> subprocess.Popen[str]:
    served = json.dumps([asdict(file) for file in small(name, server, files).files])
    command = [sys.executable, "-c", SMALL, name, served, name, *map(str, options)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, env={**os.environ, "COLUMNS": "120"}
    )


def _run(
    name: str, server: WebServer, *options: object, files: Mapping[str, bytes] | None = None
) -> subprocess.CompletedProcess[str]:
    process = _start(name, server, *options, files=files)
    out, err = process.communicate(timeout=100)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_licence_and_citation_come_first_and_the_next_command_last(server: WebServer, tmp_path: Path) -> None:
    done = _run("chest-xray", server, "--to", tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("chest-xray: chest X-rays of children")
    assert lines[1].split() == ["licence", "CC", "BY", "4.0"]
    assert "Kermany et al. 2018" in lines[2]
    assert lines[-1] == f"  python -m training.pneumonia data.root={tmp_path}/chest_xray/train"
    assert "train/NORMAL 2" in done.stdout
    again = _run("chest-xray", server, "--to", tmp_path)
    assert again.returncode == 0
    assert f"already here: {tmp_path}/chest_xray" in again.stdout
    assert again.stdout.splitlines()[-1] == lines[-1]


def test_a_mistake_ends_in_one_line_and_status_2(server: WebServer, tmp_path: Path) -> None:
    server.faults["/ChestXRay2017.zip"] = [Fault(status=404)]
    done = _run("chest-xray", server, "--to", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: 127.0.0.1 does not give ChestXRay2017.zip: 404")
    assert done.stderr.count("\n") == 1
    assert SETS["chest-xray"].page in done.stderr


def test_what_ctrl_c_stops_goes_on_with_the_same_command(server: WebServer, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(contents("chest-xray")["ChestXRay2017.zip"])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    files = {"ChestXRay2017.zip": packed({"notes.txt": bytes(4 * CHUNK)} | members)}
    part = tmp_path / ".downloads" / "chest_xray" / "ChestXRay2017.zip.part"
    server.faults["/ChestXRay2017.zip"] = [Fault(cut=2 * CHUNK, hold=True)]
    process = _start("chest-xray", server, "--to", tmp_path, files=files)
    deadline = time.monotonic() + 100
    while not (part.is_file() and part.stat().st_size == 2 * CHUNK) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 130, err
    assert f"what has arrived is kept in {part.parent}, the same command goes on from there" in err
    assert "Traceback" not in err
    done = _run("chest-xray", server, "--to", tmp_path, files=files)
    assert done.returncode == 0, done.stderr
    assert server.ranges() == [None, f"bytes={2 * CHUNK}-"]
    assert len(list((tmp_path / "chest_xray").rglob("*.jpeg"))) == 8


def test_without_a_set_all_are_listed_and_an_unknown_one_is_refused() -> None:
    command = [sys.executable, "-m", "training.fetch"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for wanted in SETS.values():
        assert f"{wanted.name}: " in listed.stdout
        assert wanted.licence in listed.stdout
        assert wanted.page in listed.stdout
    refused = subprocess.run([*command, "imagenet"], cwd=ROOT, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "invalid choice: 'imagenet' (choose from" in refused.stderr

"""The fuzzer notices what must not be, and its changes keep what they are meant to keep."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import time
import zlib
from pathlib import Path
from random import Random

import numpy as np
import pytest
from pydicom import dcmread

from conversion import DecodingLimits, Picture, ReasonCode, SourceFormat, UnreadablePicture
from tests.fuzz import verdict
from tests.fuzz.mutation import change
from tests.fuzz.run import fuzz
from tests.fuzz.seeds import real_seeds, seeds
from tests.fuzz.verdict import judge

LIMITS = DecodingLimits(megapixels=1)
ROOT = Path(__file__).parents[2]


def picture(width: int, height: int, *, writeable: bool = False) -> Picture:
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels.flags.writeable = writeable
    return Picture(pixels, SourceFormat.PNG)


def test_a_picture_and_a_listed_refusal_are_no_faults() -> None:
    sound = seeds("raster")["png"]
    assert (judge(sound, LIMITS).outcome, judge(sound, LIMITS).fault) == ("png", None)
    assert (judge(sound[:100], LIMITS).outcome, judge(sound[:100], LIMITS).fault) == ("damaged", None)


@pytest.mark.parametrize(
    ("end", "fault"),
    [
        (KeyError("patient"), "KeyError"),
        (SystemExit(1), "SystemExit"),
        (UnreadablePicture(ReasonCode.BLURRED, "blurred"), "not listed: blurred"),
        (picture(2000, 1000), "over the limit"),
        (picture(20, 10, writeable=True), "a picture of uint8"),
        (0.06, "more than 0.05 s"),
    ],
    ids=["exception", "exit", "unlisted", "too-large", "writeable", "slow"],
)
def test_anything_else_is_a_fault(end: object, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_picture(*_: object) -> Picture:
        if isinstance(end, BaseException):
            raise end
        if isinstance(end, float):
            time.sleep(end)
        return end if isinstance(end, Picture) else picture(20, 10)

    monkeypatch.setattr(verdict, "open_picture", open_picture)
    monkeypatch.setattr(verdict, "SECONDS", 0.05 if isinstance(end, float) else 5.0)
    found = judge(b"", LIMITS).fault or ""
    assert fault in found
    assert "patient" not in found


@pytest.mark.parametrize("target", ["raster", "dicom"])
def test_the_same_number_changes_a_file_in_the_same_way(target: str) -> None:
    for data in seeds(target).values():
        changed = [change(data, Random(number)) for number in range(20)]
        assert changed == [change(data, Random(number)) for number in range(20)]
        assert sum(one != data for one in changed) > 10


def test_a_changed_chunk_has_the_right_sum() -> None:
    data, right = seeds("raster")["png"], 0
    for number in range(200):
        changed = change(data, Random(number))
        length = int.from_bytes(changed[8:12], "big")
        body, stored = changed[12 : 16 + length], changed[16 + length : 20 + length]
        right += changed[:8] == data[:8] and changed != data and zlib.crc32(body).to_bytes(4, "big") == stored
    assert right > 100


@pytest.mark.filterwarnings("ignore")
def test_a_changed_dicom_mostly_parses() -> None:
    data, parsed = seeds("dicom")["dicom-ExplicitVRLittleEndian"], 0
    for number in range(100):
        try:
            parsed += "Rows" in dcmread(io.BytesIO(change(data, Random(number))))
        except Exception:  # whatever pydicom says to a file that was broken on purpose
            continue
    assert parsed > 50


def test_real_files_are_taken_up_to_a_size(tmp_path: Path) -> None:
    (tmp_path / "dicom").mkdir()
    (tmp_path / "dicom" / "small.dcm").write_bytes(b"small")
    (tmp_path / "dicom" / "large.dcm").write_bytes(bytes(2**16 + 1))
    assert real_seeds("dicom", tmp_path) == {"small.dcm": b"small"}


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed: make fuzz does that")
def test_a_short_run_counts_what_it_did() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATA_ROOT"}
    command = [sys.executable, "-m", "tests.fuzz", "raster", "--seconds", "3"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    summary = json.loads(done.stdout)
    assert done.returncode == 0
    assert summary["executions"] > len(seeds("raster"))
    assert summary["edges"] > 500
    assert summary["crashes"] == []


@pytest.mark.skipif(importlib.util.find_spec("atheris") is not None, reason="atheris is installed")
def test_without_the_fuzzer_the_run_says_so(tmp_path: Path) -> None:
    for name in ("seeds", "findings"):
        (tmp_path / name).mkdir()
    with pytest.raises(RuntimeError, match="atheris"):
        fuzz(tmp_path, seconds=1, megapixels=1, seed=1)

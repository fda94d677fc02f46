"""Decoders in processes of their own: the same pictures and refusals, and an end to whatever goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from conversion import DecodingLimits, ReasonCode, UnreadablePicture, open_picture, processes
from conversion.processes import DecodingFailed, DecodingProcesses
from tests.conversion.pictures import encode, noise, quarters
from tests.waiting import wait_until

LIMITS = DecodingLimits()
linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells and bounds memory so")


@pytest.fixture
def decoders() -> Iterator[DecodingProcesses]:
    made = DecodingProcesses(1)
    yield made
    made.close()


def numbers(decoders: DecodingProcesses) -> list[int]:
    """The process ids of those that run and are idle."""
    return [place._process.pid for place in decoders._places.queue if place is not None]


def instead(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Has the next processes run ``code`` in place of what decodes."""
    program = processes._PROGRAM.replace("main()", f"{code}; main()")
    monkeypatch.setattr(processes, "_PROGRAM", program)


HANG = "import conversion.decoding as it, time; it.decode = lambda *_: time.sleep(60)"


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "HEIF", "AVIF"])
def test_a_picture_is_the_same_as_in_this_process(file_format: str, decoders: DecodingProcesses) -> None:
    data = encode(noise(200, 150), file_format)
    picture, here = decoders.open_picture(data, LIMITS), open_picture(data)
    assert np.array_equal(picture.pixels, here.pixels)
    assert (picture.source_format, picture.pixels.dtype) == (here.source_format, np.uint8)
    assert not picture.pixels.flags.writeable


@pytest.mark.parametrize("data", [b"", b"no picture", encode(quarters(), "PNG")[:100], bytes(21 * 2**20)])
def test_a_refusal_is_the_same_too_and_ends_no_process(data: bytes, decoders: DecodingProcesses) -> None:
    decoders.start()
    before = numbers(decoders)
    with pytest.raises(UnreadablePicture) as there:
        decoders.open_picture(data, LIMITS)
    with pytest.raises(UnreadablePicture) as here:
        open_picture(data)
    assert there.value.code is here.value.code
    assert (there.value.message, there.value.details) == (here.value.message, here.value.details)
    assert numbers(decoders) == before


def test_the_limits_are_those_of_the_call(decoders: DecodingProcesses) -> None:
    data = encode(quarters(400, 300), "PNG")
    with pytest.raises(UnreadablePicture) as caught:
        decoders.open_picture(data, DecodingLimits(megapixels=0.119))
    assert caught.value.details == {"megapixels": 0.1, "limit": 0.119}
    assert decoders.open_picture(data, LIMITS).width == 400


def test_one_that_hangs_is_ended_in_time_and_replaced(
    decoders: DecodingProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        instead(patch, HANG)
        decoders.start()
    (hanging,) = numbers(decoders)
    with pytest.raises(UnreadablePicture) as caught:
        decoders.open_picture(encode(quarters(), "PNG"), DecodingLimits(seconds=0.3))
    assert caught.value.code is ReasonCode.TOO_SLOW
    assert caught.value.details == {"limit": 0.3}
    with pytest.raises(ProcessLookupError):
        os.kill(hanging, 0)
    assert decoders.open_picture(encode(quarters(), "PNG"), LIMITS).width == 64


def test_one_that_was_ended_while_it_was_idle_is_no_fault_of_the_pictures(decoders: DecodingProcesses) -> None:
    data = encode(quarters(), "PNG")
    decoders.open_picture(data, LIMITS)
    (number,) = numbers(decoders)
    os.kill(number, signal.SIGKILL)
    assert decoders.open_picture(data, LIMITS).width == 64
    assert numbers(decoders) != [number]


def test_a_file_that_ends_its_process_is_tried_once_more_and_then_damaged(
    decoders: DecodingProcesses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = (
        "import conversion.decoding as it, os, tempfile; "
        f"it.decode = lambda *_: (tempfile.mkstemp(dir={str(tmp_path)!r}), os.abort())"
    )
    instead(monkeypatch, code)
    with pytest.raises(UnreadablePicture) as caught:
        decoders.open_picture(encode(quarters(), "PNG"), LIMITS)
    assert caught.value.code is ReasonCode.DAMAGED
    assert len(list(tmp_path.iterdir())) == 2
    assert not list(tmp_path.glob("core*"))


@linux
def test_what_needs_more_memory_than_there_is_for_it_is_refused_and_the_next_is_read() -> None:
    decoders = DecodingProcesses(1, megabytes=64)
    try:
        large = encode(Image.new("RGB", (6000, 5000), "red"), "PNG")
        with pytest.raises(UnreadablePicture) as caught:
            decoders.open_picture(large, LIMITS)
        assert caught.value.code is ReasonCode.DAMAGED
        assert decoders.open_picture(encode(quarters(), "PNG"), LIMITS).width == 64
    finally:
        decoders.close()
    roomy = DecodingProcesses(1)
    try:
        assert roomy.open_picture(large, LIMITS).width == 750
    finally:
        roomy.close()


def test_a_mistake_of_our_own_surfaces_without_a_word_of_the_file(
    decoders: DecodingProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, "import conversion.decoding as it; it.decode = lambda data, *_: {}[data]")
    with pytest.raises(DecodingFailed, match="KeyError") as caught:
        decoders.open_picture(b"Anna Petrova", LIMITS)
    assert "Petrova" not in str(caught.value)


def test_a_process_that_was_taken_over_can_answer_but_not_be_believed(
    decoders: DecodingProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = '{"shape": [1, 100000000, 3], "format": "png"}'
    instead(monkeypatch, f"import conversion.decoding as it; it._decode = lambda *_: (None, it.json.loads({wrong!r}))")
    with pytest.raises(UnreadablePicture) as caught:
        decoders.open_picture(encode(quarters(), "PNG"), LIMITS)
    assert caught.value.code is ReasonCode.DAMAGED


@linux
def test_a_process_knows_no_secrets(decoders: DecodingProcesses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "1000001:not-for-decoders")
    decoders.start()
    (number,) = numbers(decoders)
    decoders.open_picture(encode(quarters(), "PNG"), LIMITS)
    assert b"not-for-decoders" not in Path(f"/proc/{number}/environ").read_bytes()


def test_after_many_pictures_a_fresh_process_goes_on(
    decoders: DecodingProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_PICTURES_A_PROCESS", 2)
    data = encode(quarters(), "PNG")
    seen = []
    for _ in range(4):
        decoders.open_picture(data, LIMITS)
        seen += numbers(decoders)
    assert len(set(seen)) == 2


def test_callers_at_once_each_get_their_own_picture() -> None:
    decoders = DecodingProcesses(2)
    widths = range(64, 96)
    found: dict[int, int] = {}

    def read(width: int) -> None:
        found[width] = decoders.open_picture(encode(quarters(width), "PNG"), LIMITS).width

    threads = [threading.Thread(target=read, args=(width,)) for width in widths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {width: width for width in widths}
    assert len(numbers(decoders)) == 2
    decoders.close()


def test_a_stop_by_key_or_by_signal_does_not_end_what_decodes(decoders: DecodingProcesses) -> None:
    data = encode(quarters(), "PNG")
    decoders.open_picture(data, LIMITS)
    before = numbers(decoders)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(before[0], number)
    assert decoders.open_picture(data, LIMITS).width == 64
    assert numbers(decoders) == before


@linux
@pytest.mark.parametrize("hangs", [False, True])
def test_no_process_outlives_a_program_that_was_killed(hangs: bool) -> None:
    """One that is idle sees its connection closed; one in the middle of a file is ended by its timer."""
    program = (
        "import sys; from conversion import DecodingLimits, processes; from tests.conversion.pictures import *\n"
        f"if {hangs}: processes._PROGRAM = processes._PROGRAM.replace('main()', {HANG!r} + '; main()')\n"
        "them = processes.DecodingProcesses(1); them.start()\n"
        "print(them._places.queue[0]._process.pid, flush=True)\n"
        "them.open_picture(encode(quarters(), 'PNG'), DecodingLimits(seconds=1)) if not sys.argv[1:] else 0\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    wait_until(lambda: hangs or "S" in state(child))
    parent.kill()
    parent.communicate()
    wait_until(lambda: state(child) in ("", "Z"))


def state(number: int) -> str:
    """The process's state as Linux has it, nothing for one that is gone."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return ""


def test_where_no_process_can_be_started_it_says_so(
    decoders: DecodingProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(processes.subprocess, "Popen", refuse)  # type: ignore[attr-defined]
        with pytest.raises(DecodingFailed, match="Resource temporarily unavailable"):
            decoders.open_picture(encode(quarters(), "PNG"), LIMITS)
    assert decoders.open_picture(encode(quarters(), "PNG"), LIMITS).width == 64

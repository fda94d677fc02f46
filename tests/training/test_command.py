"""How a training command ends when a person or the machine stops it."""

from __future__ import annotations

import errno
import os

import pytest

from training.command import ending_clearly
from training.data import DataError


def ended(problem: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    with pytest.raises(SystemExit) as end, ending_clearly():
        raise problem
    return end.value.code, capsys.readouterr().err


def test_a_mistake_ends_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(DataError("No such folder."), capsys) == (2, "error: No such folder.\n")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_cannot_be_written_is_named(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = ended(OSError(number, os.strerror(number), "var/runs/best.ckpt"), capsys)
    assert status == 2
    assert said == (
        f"error: var/runs/best.ckpt: {os.strerror(number)}. Make room or choose another folder; "
        "the same command then goes on.\n"
    )


def test_ctrl_c_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(KeyboardInterrupt(), capsys) == (130, "stopped; the same command goes on where it was\n")


def test_a_fault_of_the_program_surfaces() -> None:
    with pytest.raises(OSError, match="Connection reset"), ending_clearly():
        raise OSError(errno.ECONNRESET, "Connection reset")

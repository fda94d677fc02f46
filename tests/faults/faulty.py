"""``python -m tests.faults.faulty bot FOLDER``: the bot, or with ``web`` the API, on a machine that goes wrong.

Engines fail and hang as the files in FOLDER say (``tests.faulty_engines``), loading them may take the seconds in
``loading_seconds.txt``, and the clock on the wall is ahead by those in ``clock.txt``. The clock that only runs on,
``time.monotonic``, is as it is.
"""

from __future__ import annotations

import datetime
import importlib
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.stack import Stack
    from tests.faulty_engines import Faults


def faulty_bot(stack: Stack, faults: Faults, **settings: str) -> AbstractContextManager[Popen[bytes]]:
    """As ``stack.bot``, for a bot on a machine that goes wrong as ``faults`` say."""
    program = ("-m", "tests.faults.faulty", "bot", str(faults.folder))
    return stack.bot(program, **{"INFERENCE_ENGINE": "onnxruntime", "INFERENCE_SECONDS": "2", **settings})


def set_clock(folder: Path, seconds: float) -> None:
    """Put the clock of the program with this FOLDER ahead by so much, or back."""
    new = folder / "clock.new"
    new.write_text(str(seconds), encoding="ascii")
    new.replace(folder / "clock.txt")


def shift_clock(folder: Path) -> None:
    """Let this process have the clock of ``folder``. To be called before anything asks what time it is."""
    real_datetime, real_time = datetime.datetime, time.time

    def ahead() -> float:
        path = folder / "clock.txt"
        return float(path.read_text(encoding="ascii")) if path.exists() else 0.0

    class AnyDatetime(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real_datetime)

    class ShiftedDatetime(real_datetime, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
            return real_datetime.now(tz) + datetime.timedelta(seconds=ahead())

    datetime.datetime = ShiftedDatetime  # type: ignore[misc]
    time.time = lambda: real_time() + ahead()


def main(program: str, folder: Path) -> int:
    """Run ``program``; its exit status."""
    shift_clock(folder)
    service = importlib.import_module("models.service")
    faulty_engines = importlib.import_module("tests.faulty_engines")
    faults = faulty_engines.Faults(folder)
    limit = folder / "loading_seconds.txt"
    if limit.exists():
        importlib.import_module("models.watchdog").LOADING_SECONDS = float(limit.read_text(encoding="ascii"))  # type: ignore[attr-defined]
    service.choose = lambda setting: faulty_engines.choose_faulty(faults, setting)  # type: ignore[attr-defined]
    status: int = importlib.import_module(f"{program}.runner").main()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))

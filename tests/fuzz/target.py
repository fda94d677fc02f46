"""``python -m tests.fuzz.target FOLDER SECONDS MEGAPIXELS SEED``: the process that is fuzzed, and may die of it.

In FOLDER it finds ``seeds/`` and ``corpus/``, and leaves ``tally.json``, ``findings/``, and in ``current`` the bytes
that it was at.
"""

from __future__ import annotations

import faulthandler
import hashlib
import json
import mmap
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import BinaryIO

import atheris

with atheris.instrument_imports(include=["conversion", "PIL", "pillow_heif", "pydicom", "openjpeg", "rle", "jpeg_ls"]):
    import PIL.Image

    import conversion.dicom  # noqa: F401 - opening imports it when it meets the first DICOM
    from conversion import DecodingLimits

    PIL.Image.init()

from tests.fuzz.mutation import change
from tests.fuzz.verdict import MEGABYTES, SECONDS, Verdict, judge

LARGEST_INPUT = 2**16
# A decoder stuck in C holds on to the interpreter, and nothing in this process could say so.
_STUCK_SECONDS = 30
_RUNAWAY_MEGABYTES = 4096
_HEADER = 8
_PAGE = resource.getpagesize()


class Tally:
    """What was called and what came of it, on disk every second, because the process ends without a word."""

    def __init__(self, folder: Path, limits: DecodingLimits) -> None:
        self._folder = folder
        self._limits = limits
        self._current = _shared(folder / "current")
        self._stacks: BinaryIO = (folder / "stacks.txt").open("wb")
        self._executions = 0
        self._outcomes: Counter[str] = Counter()
        self._slowest = 0.0
        self._findings: dict[str, str] = {}
        self._written = 0.0
        self._base_megabytes = 0.0
        self._began = 0.0
        self._allowed_peak = 0.0

    def warm_up(self, seeds: list[bytes]) -> None:
        """Open what is sound, so that what decoders load once is not taken for growth."""
        for data in seeds:
            judge(data, self._limits)
        self._base_megabytes = _peak_megabytes()
        self._allowed_peak = self._base_megabytes + MEGABYTES
        self._began = time.monotonic()

    def __call__(self, data: bytes) -> None:
        self._current[:_HEADER] = len(data).to_bytes(_HEADER, "little")
        self._current[_HEADER : _HEADER + len(data)] = data
        faulthandler.dump_traceback_later(SECONDS, file=self._stacks)
        verdict = judge(data, self._limits)
        faulthandler.cancel_dump_traceback_later()
        self._executions += 1
        self._outcomes[verdict.outcome] += 1
        if verdict.seconds > self._slowest:
            self._slowest = verdict.seconds
            (self._folder / "slowest").write_bytes(data)
        self._keep(data, verdict)
        if time.monotonic() > self._written + 1:
            self.write()

    def _keep(self, data: bytes, verdict: Verdict) -> None:
        fault, peak = verdict.fault, _peak_megabytes()
        if peak > self._allowed_peak:
            fault = fault or f"grew by {peak - self._base_megabytes:.0f} MB: {verdict.outcome}"
            self._allowed_peak = peak + MEGABYTES / 2
        if fault and fault not in self._findings:
            name = hashlib.sha256(data).hexdigest()[:16]
            (self._folder / "findings" / name).write_bytes(data)
            self._findings[fault] = name
            self.write()

    def write(self) -> None:
        """The tally as it stands."""
        self._written = time.monotonic()
        tally = {
            "seconds": round(time.monotonic() - self._began, 1),
            "executions": self._executions,
            "outcomes": dict(self._outcomes.most_common()),
            "slowest_seconds": round(self._slowest, 3),
            "base_rss_mb": round(self._base_megabytes),
            "peak_rss_mb": round(_peak_megabytes()),
            "end_rss_mb": round(_megabytes()),
            "findings": self._findings,
        }
        (self._folder / "tally.json").write_text(json.dumps(tally))


def _shared(path: Path) -> mmap.mmap:
    """A file whose bytes outlive the process however it ends."""
    size = _HEADER + LARGEST_INPUT
    path.write_bytes(bytes(size))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), size)


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 2**20


def _mutate(data: bytes, max_size: int, seed: int) -> bytes:
    random = Random(seed)
    changed = change(data, random) if random.random() < 0.6 else atheris.Mutate(data, max_size)
    return changed[:max_size]


def main() -> None:
    """Fuzz for the time given; never returns."""
    folder, seconds, megapixels, seed = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    tally = Tally(folder, DecodingLimits(megapixels=megapixels))
    tally.warm_up([path.read_bytes() for path in sorted((folder / "seeds").iterdir())])
    # Signals are left to Python's own handler, which says where in Python the decoder was called.
    quiet = [f"-handle_{signal}=0" for signal in ("segv", "bus", "abrt", "ill", "fpe")]
    faulthandler.enable()
    options = [f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={LARGEST_INPUT}", f"-timeout={_STUCK_SECONDS}"]
    options += [f"-rss_limit_mb={_RUNAWAY_MEGABYTES}", "-print_final_stats=1", f"-artifact_prefix={folder}/libfuzzer-"]
    atheris.Setup(
        [sys.argv[0], *options, *quiet, str(folder / "corpus"), str(folder / "seeds")], tally, custom_mutator=_mutate
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()

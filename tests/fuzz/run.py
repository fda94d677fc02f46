"""Runs the fuzzed process for a time, again where it died, and adds up what it left."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

_PROGRESS = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")
_MOST_DEATHS = 20
_LAST_LINES = 25


def fuzz(folder: Path, seconds: int, megapixels: float, seed: int) -> dict[str, Any]:
    """Fuzz for ``seconds`` with what is in ``folder``; the figures, and each crash with its file and reason."""
    start = time.monotonic()
    tallies: list[dict[str, Any]] = []
    deaths: list[dict[str, str]] = []
    coverage = ("0", "0", "0")
    while (left := round(seconds - (time.monotonic() - start))) > 0 and len(deaths) < _MOST_DEATHS:
        arguments = [str(folder), str(left), str(megapixels), str(seed + len(deaths))]
        log = folder / f"log-{len(deaths)}.txt"
        with log.open("wb") as output:
            status = subprocess.run(
                [sys.executable, "-m", "tests.fuzz.target", *arguments], stdout=output, stderr=output, check=False
            ).returncode
        said = log.read_text(errors="replace")
        coverage = max([coverage, *_PROGRESS.findall(said)], key=lambda found: int(found[1]))
        if (folder / "tally.json").exists():
            tallies.append(json.loads((folder / "tally.json").read_text()))
            (folder / "tally.json").unlink()
        if status == 0:
            break
        deaths.append(_death(folder, status, said))
    return _added_up(folder, tallies, deaths, coverage)


def _death(folder: Path, status: int, said: str) -> dict[str, str]:
    """The input that ended the process is kept, and no longer a seed."""
    lines = "\n".join(line for line in said.splitlines() if not line.startswith("INFO: Instrumenting"))
    reason = f"the process ended with status {status}"
    current = folder / "current"
    if not current.exists():
        raise RuntimeError(f"{reason} before it began:\n{lines}")
    held = current.read_bytes()
    data = held[8 : 8 + int.from_bytes(held[:8], "little")]
    for seed in (folder / "seeds").iterdir():
        if seed.read_bytes() == data:
            seed.unlink()
    path = folder / "findings" / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    stack = "\n".join(lines.splitlines()[-_LAST_LINES:])
    return {"file": str(path), "reason": reason, "stack": stack}


def _added_up(
    folder: Path,
    tallies: list[dict[str, Any]],
    deaths: list[dict[str, str]],
    coverage: tuple[str, str, str],
) -> dict[str, Any]:
    executions, seconds = (sum(tally[name] for tally in tallies) for name in ("executions", "seconds"))
    outcomes: Counter[str] = Counter()
    crashes = list(deaths)
    for tally in tallies:
        outcomes.update(tally["outcomes"])
        crashes += [
            {"file": str(folder / "findings" / name), "reason": fault} for fault, name in tally["findings"].items()
        ]
    return {
        "seconds": round(seconds),
        "executions": executions,
        "executions_per_second": round(executions / max(seconds, 1), 1),
        "edges": int(coverage[0]),
        "features": int(coverage[1]),
        "corpus": int(coverage[2]),
        "outcomes": dict(outcomes.most_common()),
        "slowest_call_seconds": max((tally["slowest_seconds"] for tally in tallies), default=0),
        "base_rss_mb": min((tally["base_rss_mb"] for tally in tallies), default=0),
        "peak_rss_mb": max((tally["peak_rss_mb"] for tally in tallies), default=0),
        "end_rss_mb": max((tally["end_rss_mb"] for tally in tallies), default=0),
        "crashes": crashes,
    }

"""``python -m deploy.supply.audit FILE...``: known vulnerabilities of what the hashed requirements files pin.

Asks the Python Package Index for each pinned version, by pip-audit, and says how many it could ask about: pip-audit
itself takes what the index does not answer for as well. Exit status 0: all were asked about, and what is known has no
fix yet; 1: a fix is to be had; 2: not all could be asked about, which is no all-clear.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXABLE, NOT_ASKED = 1, 2
_PIP_AUDIT = (
    sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off",
    "--desc", "off", "--format", "json", "--requirement",
)  # fmt: skip


@dataclass(frozen=True)
class Vulnerability:
    """A known one of a pinned version; ``fixed_in`` are the versions without it."""

    package: str
    version: str
    id: str
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        cure = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "no fix yet"
        return f"{self.package} {self.version}: {self.id}, {cure}"


@dataclass(frozen=True)
class Report:
    """Of one file: how many packages were ``asked`` about, which were not and why, and what is known."""

    asked: int
    unasked: tuple[str, ...]
    known: tuple[Vulnerability, ...]

    @property
    def status(self) -> int:
        """The exit status that it calls for."""
        if any(each.fixed_in for each in self.known):
            return FIXABLE
        return NOT_ASKED if self.unasked or not self.asked else 0


def audit(path: Path) -> Report:
    """The report of the requirements file at ``path``."""
    done = subprocess.run([*_PIP_AUDIT, str(path)], capture_output=True, text=True, check=False)  # noqa: S603
    try:
        return report_of(json.loads(done.stdout))
    except ValueError:
        lines = done.stderr.strip().splitlines() or [f"pip-audit ended with {done.returncode}"]
        return Report(0, (lines[-1],), ())


def report_of(answer: dict[str, Any]) -> Report:
    """What pip-audit's JSON says."""
    entries = answer["dependencies"]
    unasked = tuple(entry["skip_reason"] for entry in entries if "skip_reason" in entry)
    known = tuple(
        Vulnerability(entry["name"], entry["version"], found["id"], tuple(found["fix_versions"]))
        for entry in entries
        for found in entry.get("vulns", ())
    )
    return Report(len(entries) - len(unasked), unasked, known)


def words(path: Path, report: Report) -> str:
    """``report`` of the file at ``path`` as lines for a person."""
    lines = [f"{path}: asked about {report.asked}, known vulnerabilities: {len(report.known)}"]
    lines += [f"  {each}" for each in report.known]
    if report.unasked:
        lines.append(f"  NOT ASKED about {len(report.unasked)}, of which nothing is known: {report.unasked[0]}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """The exit status: the gravest of all files."""
    statuses = set()
    for path in map(Path, arguments):
        report = audit(path)
        statuses.add(report.status)
        sys.stdout.write(f"{words(path, report)}\n")
    if NOT_ASKED in statuses or not statuses:
        sys.stdout.write(
            "This is no all-clear: where it says so, the service that knows of vulnerabilities was not reached. "
            "It is the Python Package Index itself; a mirror of its packages does not do.\n"
        )
    return next((status for status in (FIXABLE, NOT_ASKED) if status in statuses), 0 if statuses else NOT_ASKED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``python -m deploy.supply.licences SERVING_FILE... [--besides FILE...]``: the licence of every pinned package.

Read from what is installed here. Exit status 1 when a package of the serving files has a licence that is not allowed or
unknown, or is not installed as pinned; those of the files behind ``--besides`` are listed, whatever their licence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from deploy.supply.pins import Pin, read_pins
from deploy.supply.spdx import Standing, declared, standing

BESIDES = "--besides"
WIDEST_LICENCE = 50
BUNDLED = {"pillow-heif": "its wheel has libheif and libde265 (LGPL-3.0) and x265 (GPL-2.0) in it"}
"""Packages whose wheels say that they bring libraries under other terms along, each looked at: the code here neither
holds nor passes on those libraries, and whoever passes on an image with them in it keeps to their terms."""


@dataclass(frozen=True)
class Row:
    """One line of the table; ``problem`` says what is wrong with it, if anything is."""

    name: str
    version: str
    licence: str
    note: str = ""
    problem: str = ""


def rows_of(pins: Iterable[Pin], *, serving: bool) -> Iterator[Row]:
    """A row for each package that is meant for this machine."""
    for pin in sorted({Pin(pin.name, pin.version) for pin in pins if pin.is_meant_here}):
        try:
            distribution = metadata.distribution(pin.name)
        except metadata.PackageNotFoundError:
            yield Row(pin.name, pin.version, "-", "not installed here", "not installed" if serving else "")
            continue
        yield row_of(pin, distribution, serving=serving)


def row_of(pin: Pin, distribution: metadata.Distribution, *, serving: bool) -> Row:
    """The row of ``pin``, installed as ``distribution``."""
    licence = declared(distribution.metadata)
    grade = standing(licence)
    brings_others = any(
        "bundled" in file.name.lower() for file in distribution.files or () if "licen" in str(file).lower()
    )
    note = BUNDLED.get(pin.name, "") if brings_others else ""
    if grade is Standing.WEAK_COPYLEFT:
        note = f"changes to it stay under its licence{'; ' if note else ''}{note}"
    problem = ""
    if serving and distribution.version != pin.version:
        problem = f"pinned is {pin.version}"
    elif serving and grade is Standing.OTHER:
        problem = "not on the list of licences that are allowed"
    elif serving and brings_others and not note:
        problem = "its wheel brings libraries under other terms along that nobody has looked at"
    return Row(pin.name, distribution.version, licence, note, problem)


def table(rows: Sequence[Row]) -> str:
    """``rows`` in columns."""
    widths = [max((len(getattr(row, name)) for row in rows), default=0) for name in ("name", "version", "licence")]
    widths[-1] = min(widths[-1], WIDEST_LICENCE)
    lines = []
    for row in rows:
        cells = [text.ljust(width) for text, width in zip((row.name, row.version, row.licence), widths, strict=True)]
        lines.append("  ".join([*cells, f"WRONG: {row.problem}" if row.problem else row.note]).rstrip())
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    where = arguments.index(BESIDES) if BESIDES in arguments else len(arguments)
    serving = {pin for path in arguments[:where] for pin in read_pins(Path(path))}
    besides = {pin for path in arguments[where + 1 :] for pin in read_pins(Path(path))}
    others = {pin for pin in besides if pin.name not in {each.name for each in serving}}
    held = list(rows_of(serving, serving=True))
    sys.stdout.write(f"Serving:\n{table(held)}\n")
    if others:
        sys.stdout.write(f"\nBesides, for training, tests and GPUs:\n{table(list(rows_of(others, serving=False)))}\n")
    wrong = [row for row in held if row.problem]
    sys.stdout.write("".join(f"\n{row.name} {row.version}: {row.licence}: {row.problem}" for row in wrong))
    sys.stdout.write(f"\n{len(held)} packages serve, {len(wrong)} of them not as they may\n")
    return 1 if wrong or not held else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

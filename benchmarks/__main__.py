"""``python -m benchmarks chat melanoma=DIR pneumonia=DIR``: how soon the idle bot reacts and answers.

``python -m benchmarks api DIR``: how soon the idle HTTP API answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.api import measure_api
from benchmarks.chat import measure_chat
from benchmarks.folders import CannotMeasure
from benchmarks.machine import describe_machine
from benchmarks.quantiles import as_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and write it as JSON where asked; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    chat = kinds.add_parser("chat", help="one person, one picture at a time, through the sandbox and the real bot")
    chat.add_argument("pictures", nargs="+", metavar="MODEL=DIR", help="pictures for a model, in a folder")
    api = kinds.add_parser("api", help="one caller, one picture at a time, through the real HTTP API")
    api.add_argument("folder", type=Path, metavar="DIR", help="pictures")
    api.add_argument("--model", metavar="NAME", help="default: the one that reads this kind of picture")
    for kind in (chat, api):
        kind.add_argument("--most", type=int, default=100, help="pictures a model (default %(default)s)")
        kind.add_argument("--json", type=Path, help="also write the figures here")
    asked = parser.parse_args(arguments)
    try:
        if asked.kind == "api":
            rows = asyncio.run(measure_api(asked.folder, asked.most, asked.model))
        else:
            rows = asyncio.run(measure_chat(_folders(asked.pictures), asked.most))
    except CannotMeasure as error:
        print(error, file=sys.stderr)
        return 2
    machine = describe_machine()
    print(json.dumps(machine))
    print(as_table(rows))
    if asked.json:
        figures = {"machine": machine, "rows": [row.as_json() for row in rows]}
        asked.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _folders(asked: Sequence[str]) -> dict[str, Path]:
    folders = {}
    for item in asked:
        model, separator, folder = item.partition("=")
        if not separator or not Path(folder).is_dir():
            raise CannotMeasure(f"{item}: give MODEL=DIR, such as melanoma=pictures/moles")
        folders[model] = Path(folder)
    return folders


if __name__ == "__main__":
    sys.exit(main())

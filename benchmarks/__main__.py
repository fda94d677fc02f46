"""``python -m benchmarks engines [MODEL ...]``: each model as it is served, against other ways to run it.

``python -m benchmarks load MODEL=DIR ... --persons 1 10 100``: the whole bot with so many persons at once, or with
``--rate 30`` pictures a second. ``chat MODEL=DIR ...``: how soon the idle bot reacts and answers. ``api DIR``: how soon
the idle HTTP API answers. ``all MODEL=DIR ...``: engines, chat and load.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.api import measure_api
from benchmarks.chat import measure_chat
from benchmarks.comparison import Comparison, engines_table
from benchmarks.engines import Plan, measure_shipped
from benchmarks.ensemble import measure_ensemble
from benchmarks.folders import CannotMeasure
from benchmarks.load import measure_load
from benchmarks.load_figures import LoadPlan, LoadRun, load_table
from benchmarks.machine import describe_machine
from benchmarks.plot import draw, require_matplotlib
from benchmarks.quantiles import Row, as_table, markdown
from models.settings import WEIGHTS


@dataclass
class Figures:
    """What was measured: times of chat or API, engines side by side, the bot under load."""

    rows: list[Row] = field(default_factory=list)
    engines: list[Comparison] = field(default_factory=list)
    load: list[LoadRun] = field(default_factory=list)

    def as_text(self) -> str:
        """Tables in Markdown, and sentences below them."""
        parts = [as_table(self.rows)] if self.rows else []
        for comparison in self.engines:
            head, lines, sentences = engines_table(comparison)
            parts += [markdown(head, lines), *sentences]
        if self.load:
            parts.append(markdown(*load_table(self.load)))
        return "\n\n".join(parts)

    def as_json(self) -> dict[str, Any]:
        """The parts that were measured."""
        parts = {
            "rows": [row.as_json() for row in self.rows],
            "engines": [comparison.as_json() for comparison in self.engines],
            "load": [run.as_json() for run in self.load],
        }
        return {name: part for name, part in parts.items() if part}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables, and write the figures and a picture where asked; the exit status."""
    asked = _parser().parse_args(arguments)
    # What the machine did before, not what it does for the measuring.
    machine = describe_machine()
    try:
        _check_targets(asked.json, asked.plot)
        figures = _measure(asked)
        print(json.dumps(machine))
        print(figures.as_text())
        if asked.json:
            content = {"machine": machine, **figures.as_json()}
            asked.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        if asked.plot:
            draw(asked.plot, figures.engines, figures.load)
    except CannotMeasure as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'a file'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _check_targets(json_file: Path | None, plot: Path | None) -> None:
    """Before the measuring, which takes long. Raises ``CannotMeasure``, and ``OSError`` for a folder that cannot be."""
    if plot:
        require_matplotlib()
    for path in filter(None, (json_file, plot)):
        path.parent.mkdir(parents=True, exist_ok=True)


def _measure(asked: argparse.Namespace) -> Figures:
    figures = Figures()
    if asked.kind == "api":
        figures.rows = asyncio.run(measure_api(asked.folder, asked.most, asked.model))
    if asked.kind in ("engines", "all"):
        plan = Plan(asked.rounds, asked.times, asked.starts)
        if asked.kind == "all" or asked.models or not asked.ensemble:
            figures.engines = measure_shipped(asked.models, asked.models_dir, plan, _say)
        if asked.ensemble:
            figures.engines.append(measure_ensemble(asked.models_dir, plan, _say))
    if asked.kind in ("chat", "all"):
        figures.rows = asyncio.run(measure_chat(_folders(asked.pictures), asked.most))
    if asked.kind in ("load", "all"):
        figures.load = asyncio.run(measure_load(_folders(asked.pictures), _load_plans(asked), _say))
    return figures


def _load_plans(asked: argparse.Namespace) -> list[LoadPlan]:
    if asked.rate is None:
        return [LoadPlan(persons, asked.seconds, None, asked.most) for persons in asked.persons]
    return [LoadPlan(max(asked.persons), asked.seconds, asked.rate, asked.most)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    engines = kinds.add_parser("engines", help="models as they are served, against other ways to run them")
    engines.add_argument("models", nargs="*", metavar="MODEL", help="default: all that are shipped")
    chat = kinds.add_parser("chat", help="one person, one picture at a time, through the sandbox and the real bot")
    load = kinds.add_parser("load", help="many persons at once, or a rate, through the sandbox and the real bot")
    api = kinds.add_parser("api", help="one caller, one picture at a time, through the real HTTP API")
    api.add_argument("folder", type=Path, metavar="DIR", help="pictures")
    api.add_argument("--model", metavar="NAME", help="default: the one that reads this kind of picture")
    everything = kinds.add_parser("all", help="engines, chat and load")
    everything.set_defaults(models=[])
    for kind in (chat, load, everything):
        kind.add_argument("pictures", nargs="+", metavar="MODEL=DIR", help="pictures for a model, in a folder")
    for kind in (engines, everything):
        kind.add_argument("--models-dir", type=Path, default=WEIGHTS, metavar="DIR", help="a folder with one per model")
        kind.add_argument("--ensemble", action="store_true", help="the full skin ensemble with random weights")
        kind.add_argument("--rounds", type=_positive, default=20, help="turns of each (default %(default)s)")
        kind.add_argument("--times", type=_positive, default=10, help="answers in a turn (default %(default)s)")
        kind.add_argument("--starts", type=_positive, default=3, help="cold and warm starts (default %(default)s)")
    for kind in (load, everything):
        persons = "persons at once; with --rate the largest is how many share the pictures (default %(default)s)"
        kind.add_argument("--persons", type=_positive, nargs="+", default=[1, 10, 100, 1000], help=persons)
        kind.add_argument("--rate", type=_positive_number, help="pictures a second, however soon they are answered")
        kind.add_argument("--seconds", type=_positive_number, default=60.0, help="of each run (default %(default)g)")
    for kind in (chat, api, load, everything):
        kind.add_argument("--most", type=_positive, default=100, help="pictures a model (default %(default)s)")
    for kind in (engines, chat, load, api, everything):
        kind.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
        kind.set_defaults(plot=None)
    for kind in (engines, load, everything):
        kind.add_argument("--plot", type=Path, metavar="FILE.png", help="also draw the figures here")
    return parser


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no whole number above 0")
    return int(text)


def _positive_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number above 0")
    return value


def _folders(asked: Sequence[str]) -> dict[str, Path]:
    folders = {}
    for item in asked:
        model, separator, folder = item.partition("=")
        if not separator or not Path(folder).is_dir():
            raise CannotMeasure(f"{item}: give MODEL=DIR, such as melanoma=pictures/moles")
        folders[model] = Path(folder)
    return folders


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

"""Models on the command line: ``python -m models list | diagnose | card | verify | drift | schema``."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import aclosing

from models.card import ModelCard
from models.card_text import card_markdown
from models.catalog import Catalog
from models.engines.choice import EngineSetting, choose
from models.ensemble import Ensemble
from models.errors import ModelsError
from models.golden import write_golden
from models.precision.choice import Precisions
from models.reading import UnreadablePath, check_paths, json_line, read_all, readable_line, walk
from models.service import DEFAULT_MODEL
from models.serving import build_service, engine_options
from models.settings import ServingSettings, WrongSettings, read_settings
from models.verification import Outcome, verify

USAGE_ERROR = 2
MOST_LABELS_LISTED = 10
MOST_DAYS = 36_500


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status: 0, 1 when a check failed, 2 when it could not be done."""
    options = _parser().parse_args(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        settings = read_settings(ServingSettings)
        logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
        return int(options.command(options, settings))
    except (ModelsError, UnreadablePath, WrongSettings) as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read has left; flush into nothing
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description="The models and what they see.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="the models at hand")
    command.set_defaults(command=_list)

    command = commands.add_parser("diagnose", help="read pictures")
    command.add_argument("--model", metavar="NAME", help="default: the one that reads this kind of picture")
    command.add_argument("--jsonl", action="store_true", help="a JSON object a line")
    command.add_argument("paths", nargs="+", metavar="PATH", help="a picture, or a folder that is walked")
    command.set_defaults(command=_diagnose)

    command = commands.add_parser("card", help="a model's card in Markdown")
    command.add_argument("name", metavar="NAME")
    command.set_defaults(command=_card)

    command = commands.add_parser("verify", help="check hashes, contract and golden outputs")
    command.add_argument("names", nargs="*", metavar="NAME", help="default: all models")
    command.add_argument("--write-golden", metavar="NAME", help="take what NAME gives now as its golden outputs")
    command.set_defaults(command=_verify)

    command = commands.add_parser("drift", help="compare the journal of the last days with the models' cards")
    command.add_argument("--days", type=_days, default=30, metavar="N", help="default: 30")
    command.set_defaults(command=_drift)

    command = commands.add_parser("schema", help="the JSON Schema of card.json")
    command.set_defaults(command=_schema)
    return parser


def _list(options: argparse.Namespace, settings: ServingSettings) -> int:
    rows = [("name", "version", "modality", "input", "labels", "weights")]
    for name, card in Catalog.load(settings.models_dir).cards.items():
        size = f"{card.input.width}x{card.input.height}"
        labels = ", ".join(card.codes) if len(card.codes) <= MOST_LABELS_LISTED else f"{len(card.codes)} labels"
        rows.append((name, card.version, card.modality, size, labels, card.weights_hash[:12]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _diagnose(options: argparse.Namespace, settings: ServingSettings) -> int:
    check_paths(options.paths)
    return asyncio.run(_read_and_print(options, settings))


async def _read_and_print(options: argparse.Namespace, settings: ServingSettings) -> int:
    status, model = 0, options.model
    service = build_service(settings, model or DEFAULT_MODEL, shows=False)
    async with (
        service,
        aclosing(read_all(service, walk(options.paths), model)) as results,
    ):
        async for path, result in results:
            if isinstance(result, UnreadablePath):
                print(result, file=sys.stderr)
                status = USAGE_ERROR
            else:
                print(json_line(path, result, service.catalog) if options.jsonl else readable_line(path, result))
                sys.stdout.flush()
    return status


def _card(options: argparse.Namespace, settings: ServingSettings) -> int:
    print(card_markdown(Catalog.load(settings.models_dir).card(options.name)), end="")
    return 0


def _verify(options: argparse.Namespace, settings: ServingSettings) -> int:
    catalog = Catalog.load(settings.models_dir)
    if options.write_golden:
        name = options.write_golden
        card, networks = catalog.card(name), catalog.networks(name)
        model = Ensemble(networks, choose(settings.inference_engine), engine_options(settings))
        print(write_golden(catalog.path(name), card, model))
        return 0
    failed = False
    precisions = Precisions(catalog, EngineSetting.OPENVINO, engine_options(settings), settings.inference_precision)
    precisions.try_out_now()
    for name in options.names or catalog.cards:
        for check in verify(catalog, name, engine_options(settings), precisions.of(name)):
            print(f"{check.model}: {check.subject}: {check.outcome} ({check.text})", flush=True)
            failed |= check.outcome is Outcome.FAILED
    return int(failed)


def _drift(options: argparse.Namespace, settings: ServingSettings) -> int:
    from models.drift_command import watch  # noqa: PLC0415 - the other commands do without a database

    logging.getLogger("alembic").setLevel(logging.WARNING)
    for line in asyncio.run(watch(Catalog.load(settings.models_dir), settings.journal_url, options.days)):
        print(line)
    return 0


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text} is no number of days from 0 to {MOST_DAYS}")
    return days


def _schema(options: argparse.Namespace, settings: ServingSettings) -> int:
    print(json.dumps(ModelCard.model_json_schema(), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())

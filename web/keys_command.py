"""``python -m web keys create NAME | list | revoke PREFIX``."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from datetime import datetime

from journal import Journal, JournalUnavailable, open_journal
from models.settings import WrongSettings, read_settings
from web.keys import make_key
from web.settings import WebSettings

_LONGEST_NAME = 64


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``keys`` to the commands of ``python -m web``."""
    keys = commands.add_parser("keys", help="make, list and revoke API keys")
    actions = keys.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key; it is shown once")
    create.add_argument("name", type=_name, metavar="NAME", help="whom it is for, as you want to recognise it")
    create.set_defaults(action=_create)
    actions.add_parser("list", help="all keys, without what is secret of them").set_defaults(action=_list)
    revoke = actions.add_parser("revoke", help="end a key for good")
    revoke.add_argument("prefix", metavar="PREFIX", help="as `list` shows it")
    revoke.set_defaults(action=_revoke)


def run(options: argparse.Namespace) -> int:
    """Runs one action on the journal of the settings; the exit status."""
    try:
        settings = read_settings(WebSettings)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        return asyncio.run(_run(options, settings.journal_url))
    except (WrongSettings, JournalUnavailable) as error:
        print(" ".join(str(error).split()), file=sys.stderr)  # noqa: T201
        return 2


async def _run(options: argparse.Namespace, url: str) -> int:
    journal = await open_journal(url)
    try:
        return int(await options.action(options, journal))
    finally:
        await journal.close()


async def _create(options: argparse.Namespace, journal: Journal) -> int:
    key = make_key()
    await journal.api_keys.add(key.prefix, key.sha256, options.name)
    print(key.text)  # noqa: T201 - alone on standard output, for scripts
    print("Keep it now: it is not shown again, only its hash is kept.", file=sys.stderr)  # noqa: T201
    return 0


async def _list(_options: argparse.Namespace, journal: Journal) -> int:
    rows = [("prefix", "name", "created", "last used", "pictures", "state")]
    for key in await journal.api_keys.entries():
        state = f"revoked {_day(key.revoked_at)}" if key.revoked_at else "valid"
        rows.append((key.prefix, key.name, _day(key.created_at), _day(key.last_used_at), str(key.requests), state))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())  # noqa: T201
    return 0


async def _revoke(options: argparse.Namespace, journal: Journal) -> int:
    if await journal.api_keys.revoke(options.prefix):
        print(f"{options.prefix} is revoked; a running server knows within seconds", file=sys.stderr)  # noqa: T201
        return 0
    print(f"{options.prefix}: there is no valid key of this prefix", file=sys.stderr)  # noqa: T201
    return 1


def _day(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "never"


def _name(text: str) -> str:
    name = text.strip()
    if not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
        raise argparse.ArgumentTypeError(f"a name has 1 to {_LONGEST_NAME} printable characters")
    return name

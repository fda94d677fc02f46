"""``python -m journal backup FOLDER [--keep N]``, ``restore FILE [--replace]`` and ``prune --days N``.

The journal is that of ``JOURNAL_URL``, from the environment or ``.env``. Exit status 0, or 2 with one line that says
what is wrong; copies of a journal on a PostgreSQL server are its own tools' work, and the line is their command.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from journal import JournalUnavailable, open_journal
from journal.backup import BackupFailed, back_up, journal_file, restore
from journal.server_tools import dump_command, restore_command


class JournalSettings(BaseSettings):
    """Where the journal is, as for the programs that serve."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    journal_url: str = "sqlite+aiosqlite:///var/journal.db"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m journal", description="Copies of the journal, and its upkeep.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    backup = commands.add_parser("backup", help="copy the journal, while it may be in use")
    backup.add_argument("folder", type=Path, metavar="FOLDER", help="where the copy goes, named by the time")
    backup.add_argument("--keep", type=_whole, metavar="N", help="remove all copies there but the N newest")
    backup.set_defaults(run=_backup)
    restoring = commands.add_parser("restore", help="put a copy in the journal's place; bot and API must be stopped")
    restoring.add_argument("file", type=Path, metavar="FILE", help="the copy")
    restoring.add_argument("--replace", action="store_true", help="also where there is a journal; it is kept beside")
    restoring.set_defaults(run=_restore)
    prune = commands.add_parser("prune", help="remove what is old, once")
    prune.add_argument("--days", type=_whole, required=True, metavar="N", help="what came earlier goes")
    prune.set_defaults(run=_prune)
    options = parser.parse_args(arguments)
    try:
        print(options.run(options, JournalSettings().journal_url))
    except (BackupFailed, JournalUnavailable) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    return 0


def _backup(options: argparse.Namespace, url: str) -> str:
    journal = journal_file(url, lambda address: dump_command(address, options.folder))
    return str(back_up(journal, options.folder, options.keep))


def _restore(options: argparse.Namespace, url: str) -> str:
    journal = journal_file(url, lambda address: restore_command(address, options.file))
    aside = restore(options.file, journal, replace=options.replace)
    return f"{journal} is restored" + (f"; what was there is now {aside}" if aside else "")


def _prune(options: argparse.Namespace, url: str) -> str:
    return asyncio.run(_removed(options.days, url))


async def _removed(days: int, url: str) -> str:
    journal = await open_journal(url, create=False)
    try:
        removed = await journal.retention.remove_older(timedelta(days=days))
    finally:
        await journal.close()
    return ", ".join(f"{count} {table}" for table, count in removed.items()) or "nothing is that old"


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on is needed")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

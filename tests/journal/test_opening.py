from __future__ import annotations

import asyncio
import importlib
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from journal import JournalUnavailable, migrations, open_journal
from journal.tables import Base
from tests.databases import execute, rows, with_connection
from tests.journal.conftest import IN_A_FILE

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


async def pragma(url: str, name: str) -> Any:
    journal = await open_journal(url)
    async with journal._engine.connect() as connection:
        value = (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
    await journal.close()
    return value


@IN_A_FILE
@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 10_000), ("foreign_keys", 1), ("secure_delete", 1)],
)
async def test_a_commit_is_durable_and_waits_its_turn(url: str, name: str, value: object) -> None:
    assert await pragma(url, name) == value


async def test_on_a_server_a_commit_is_durable_too(postgres_url: str) -> None:
    journal = await open_journal(postgres_url)
    async with journal._engine.connect() as connection:
        assert (await connection.exec_driver_sql("SHOW synchronous_commit")).scalar() == "on"
    await journal.close()


async def test_a_fresh_journal_has_exactly_the_tables_of_the_code(url: str) -> None:
    await (await open_journal(url)).close()

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == migrations.HEAD

    await with_connection(url, compare)


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() == migrations.HEAD


@IN_A_FILE
async def test_a_journal_at_head_is_left_as_it_is(url: str, tmp_path: Path) -> None:
    await (await open_journal(url)).close()
    before = sqlite3.connect(tmp_path / "journal.db").execute("SELECT sql FROM sqlite_master").fetchall()
    await (await open_journal(url)).close()
    after = sqlite3.connect(tmp_path / "journal.db").execute("SELECT sql FROM sqlite_master").fetchall()
    assert before == after


def test_opening_at_head_is_fast_and_loads_no_alembic(url: str) -> None:
    asyncio.run(open_journal(url)).close().close()
    code = (
        "import asyncio, sys, time, journal; begun = time.process_time();"
        f"asyncio.run(journal.open_journal({url!r})).close().close();"
        "print(time.process_time() - begun, 'alembic' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert float(out[0]) < 0.5
    assert out[1] == "False"


async def test_an_old_revision_is_brought_to_head_and_keeps_its_rows(url: str) -> None:
    """A revision table that is still empty stands for every older state: the history runs from there."""
    execute(url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    execute(url, "CREATE TABLE kept (word TEXT); INSERT INTO kept VALUES ('here')")
    await (await open_journal(url)).close()
    assert rows(url, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]
    assert rows(url, "SELECT word FROM kept") == [("here",)]


async def test_a_migration_that_breaks_off_changes_nothing(url: str) -> None:
    execute(url, "CREATE TABLE choices (in_the_way TEXT)")
    with pytest.raises(JournalUnavailable, match="already exists"):
        await open_journal(url)
    assert rows(url, TABLES[url.partition("+")[0]]) == [("choices",)]


async def test_a_journal_of_a_later_version_is_not_touched(url: str) -> None:
    await (await open_journal(url)).close()
    execute(url, "UPDATE alembic_version SET version_num = 'from_the_future'")
    with pytest.raises(JournalUnavailable, match="another version: revision from_the_future is unknown here"):
        await open_journal(url)


async def test_two_that_start_at_once_both_get_a_journal(url: str) -> None:
    journals = await asyncio.gather(*(open_journal(url) for _ in range(3)))
    for journal in journals:
        assert await journal.pending(1) == []
        await journal.close()


async def test_the_folder_is_made_and_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    await (await open_journal(f"sqlite+aiosqlite:///{tmp_path}/new/folder/journal.db")).close()
    path = tmp_path / "new" / "folder" / "journal.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _directory(path: Path) -> None:
    path.mkdir()


def _text(path: Path) -> None:
    path.write_text("not a database, but long enough to hold a header of one" * 40)


def _below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(_directory, "it is a directory"), (_text, "file is not a database"), (_below_a_file, "File exists|Not a dir")],
)
async def test_what_cannot_be_a_journal_is_said_in_one_line(tmp_path: Path, spoil: Any, reason: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    spoil(folder / "journal.db")
    with pytest.raises(JournalUnavailable, match=reason) as caught:
        await open_journal(f"sqlite+aiosqlite:///{folder}/journal.db")
    assert "\n" not in str(caught.value)
    assert str(folder / "journal.db") in str(caught.value)


@IN_A_FILE
async def test_a_read_only_journal_is_said_in_one_line(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await (await open_journal(url)).close()
    # The superuser may write any file, so SQLite is told to refuse.
    monkeypatch.setattr("journal.sqlite.PRAGMAS", ("PRAGMA query_only=ON",))
    with pytest.raises(JournalUnavailable, match=r"cannot be opened: attempt to write a readonly database$"):
        await open_journal(url)


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "sqlite+nosuchdriver:///x.db", "nosuch+driver://x/y", "sqlite:///x.db", "sqlite+aiosqlite://"],
)
async def test_an_address_that_cannot_be_used_is_said_in_one_line(url: str) -> None:
    with pytest.raises(JournalUnavailable) as caught:
        await open_journal(url)
    assert "\n" not in str(caught.value)


def test_migrating_a_fresh_journal_is_quick(url: str) -> None:
    importlib.import_module("alembic.command")
    begun = time.process_time()
    asyncio.run(open_journal(url)).close().close()
    assert time.process_time() - begun < 1.0

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
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from journal import JournalUnavailable, migrations, open_journal
from journal.tables import Base


async def pragma(url: str, name: str) -> Any:
    journal = await open_journal(url)
    async with journal._engine.connect() as connection:
        value = (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
    await journal.close()
    return value


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 5000), ("foreign_keys", 1), ("secure_delete", 1)],
)
async def test_a_commit_is_durable_and_waits_its_turn(url: str, name: str, value: object) -> None:
    assert await pragma(url, name) == value


async def test_a_fresh_journal_has_exactly_the_tables_of_the_code(url: str, tmp_path: Path) -> None:
    await (await open_journal(url)).close()
    engine = create_engine(f"sqlite:///{tmp_path}/journal.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == migrations.HEAD
    engine.dispose()


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() == migrations.HEAD


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


async def test_an_old_revision_is_brought_to_head_and_keeps_its_rows(url: str, tmp_path: Path) -> None:
    """A revision table that is still empty stands for every older state: the history runs from there."""
    database = sqlite3.connect(tmp_path / "journal.db")
    database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    database.execute("CREATE TABLE kept (word TEXT)")
    database.execute("INSERT INTO kept VALUES ('here')")
    database.commit()
    await (await open_journal(url)).close()
    assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrations.HEAD,)]
    assert database.execute("SELECT word FROM kept").fetchall() == [("here",)]
    database.close()


async def test_a_migration_that_breaks_off_changes_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = sqlite3.connect(tmp_path / "journal.db")
    database.execute("CREATE TABLE choices (in_the_way TEXT)")
    database.commit()
    with pytest.raises(JournalUnavailable, match="already exists"):
        await open_journal(url)
    assert database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("choices",)]
    database.close()


async def test_a_journal_of_a_later_version_is_not_touched(url: str, tmp_path: Path) -> None:
    await (await open_journal(url)).close()
    database = sqlite3.connect(tmp_path / "journal.db")
    database.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    database.commit()
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


async def test_a_read_only_journal_is_said_in_one_line(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await (await open_journal(url)).close()
    # The superuser may write any file, so SQLite is told to refuse.
    monkeypatch.setattr("journal.opening.PRAGMAS", ("PRAGMA query_only=ON",))
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


async def test_a_password_in_the_address_is_not_shown() -> None:
    with pytest.raises(JournalUnavailable) as caught:
        await open_journal("postgresql+asyncpg://user:hunter2@127.0.0.1:1/db")
    assert "hunter2" not in str(caught.value)


def test_migrating_a_fresh_journal_is_quick(url: str) -> None:
    importlib.import_module("alembic.command")
    begun = time.process_time()
    asyncio.run(open_journal(url)).close().close()
    assert time.process_time() - begun < 1.0


def _to(revision: str, path: Path) -> None:
    """Bring the journal at ``path`` to ``revision``, forward or back."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision()
        step = command.downgrade if current is not None and current > revision else command.upgrade
        step(config, revision)
    engine.dispose()


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
async def test_rows_outlive_each_revision_forward_and_back(url: str, tmp_path: Path, revision: str) -> None:
    path = tmp_path / "journal.db"
    _to(revision, path)
    database = sqlite3.connect(path)
    database.execute(
        "INSERT INTO users (id, language, first_seen, last_seen) VALUES (10, 'ru', '2026-01-02', '2026-01-03')"
    )
    database.execute(
        "INSERT INTO requests (bot_id, update_id, user_id, chat_id, message_id, file_id, state, attempts, received_at,"
        " probabilities, novelty) VALUES (7, 1, 10, 10, 100, 'f1', 'received', 0, '2026-01-02', '{\"a\": 0.5}', 0.25)"
    )
    database.commit()
    kept = (
        "SELECT users.id, language, requests.id, file_id, state, probabilities, novelty"
        " FROM users JOIN requests ON user_id = users.id"
    )
    before = database.execute(kept).fetchall()
    schema = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    names = database.execute(schema).fetchall()
    journal = await open_journal(url)
    (request,) = await journal.pending(7)
    await journal.close()
    assert (request.file_id, request.language) == ("f1", "ru")
    _to(revision, path)
    assert database.execute(kept).fetchall() == before
    assert database.execute(schema).fetchall() == names
    database.close()

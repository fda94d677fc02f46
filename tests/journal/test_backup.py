"""Copies of the journal: made under writes, checked, and put back."""

from __future__ import annotations

import asyncio
import itertools
import shlex
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journal import Journal, open_journal
from journal.__main__ import JournalSettings, main
from journal.backup import BackupFailed, back_up, check, journal_file, restore
from models.settings import ServingSettings
from tests.e2e.stack import clean_environment
from tests.journal.test_journal import PICTURE

NOW = datetime(2026, 11, 21, 12, 30, 5, tzinfo=UTC)


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


def updates(path: Path) -> list[int]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [number for (number,) in connection.execute("SELECT update_id FROM requests ORDER BY id")]


async def accept(journal: Journal, number: int) -> None:
    await journal.accept(replace(PICTURE, update_id=number, message_id=number, file_id=f"file-{number}"))


async def test_a_backup_under_writes_is_of_one_moment_and_loses_nothing_before_it(
    url: str, journal: Journal, tmp_path: Path
) -> None:
    """Every copy holds all that was accepted before it was begun, in order, and nothing half."""
    done, stop = 0, asyncio.Event()

    async def write() -> None:
        nonlocal done
        for number in itertools.count(1):
            await accept(journal, number)
            done = number
            if stop.is_set():
                return

    writing = asyncio.create_task(write())
    found = []
    for count in range(12):
        await asyncio.sleep(0.01)
        before = done
        copy = await asyncio.to_thread(
            back_up, tmp_path / "journal.db", tmp_path / "copies", None, NOW + timedelta(seconds=count)
        )
        found.append((before, copy, done))
    stop.set()
    await writing
    assert done > 12
    for before, copy, after in found:
        held = updates(copy)
        assert held == list(range(1, len(held) + 1))
        assert before <= len(held) <= after + 1
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == [copy.name for _, copy, _ in found]


async def test_what_was_forgotten_is_in_no_later_copy(journal: Journal, tmp_path: Path) -> None:
    await accept(journal, 1)
    await journal.people.forget(7, 10, even_owed=True)
    copy = back_up(tmp_path / "journal.db", tmp_path / "copies")
    assert b"file-1" not in copy.read_bytes()


async def test_only_the_newest_copies_are_kept_and_other_files_are_left_alone(journal: Journal, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "journal-mine.db").write_bytes(b"mine")
    for day in range(5):
        back_up(tmp_path / "journal.db", folder, keep=2, now=NOW + timedelta(days=day))
    assert sorted(path.name for path in folder.iterdir()) == [
        "journal-20261124T123005Z.db",
        "journal-20261125T123005Z.db",
        "journal-mine.db",
    ]


async def test_a_restored_journal_answers_what_was_owed_and_the_replaced_one_is_kept(
    url: str, journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "journal.db"
    await accept(journal, 1)
    copy = back_up(path, tmp_path / "copies")
    await accept(journal, 2)
    with pytest.raises(BackupFailed, match="exists"):
        restore(copy, path)
    with pytest.raises(BackupFailed, match="is in use"):
        restore(copy, path, replace=True)
    assert updates(path) == [1, 2]
    await accept(journal, 3)
    await journal.close()
    aside = restore(copy, path, replace=True)
    assert aside is not None
    assert updates(aside) == [1, 2, 3]
    again = await open_journal(url)
    assert [request.file_id for request in await again.pending(7)] == ["file-1"]
    await accept(again, 4)
    await again.close()
    assert updates(path) == [1, 4]
    assert updates(copy) == [1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_damaged_journal_is_replaced_and_its_log_does_not_spoil_the_copy(
    url: str, journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "journal.db"
    await accept(journal, 1)
    copy = back_up(path, tmp_path / "copies")
    await journal.close()
    path.write_bytes(b"\0" * 8192)
    (tmp_path / "journal.db-wal").write_bytes(b"left over")
    aside = restore(copy, path, replace=True)
    assert aside is not None
    assert aside.read_bytes() == b"\0" * 8192
    assert not (tmp_path / "journal.db-wal").exists()
    assert updates(path) == [1]


async def test_what_is_no_sound_journal_is_not_put_back(journal: Journal, tmp_path: Path) -> None:
    for number in range(1, 300):
        await accept(journal, number)
    copy = back_up(tmp_path / "journal.db", tmp_path / "copies")
    whole = copy.read_bytes()
    bad = tmp_path / "bad.db"
    damaged = bytearray(whole)
    damaged[8192:12288] = b"\xff" * 4096
    later = sqlite3.connect(tmp_path / "later.db")
    later.execute("CREATE TABLE alembic_version (version_num TEXT)")
    later.execute("INSERT INTO alembic_version VALUES ('9999')")
    later.commit()
    later.close()
    empty = sqlite3.connect(tmp_path / "empty.db")
    empty.execute("CREATE TABLE notes (text TEXT)")
    empty.close()
    for data, reason in (
        (bytes(damaged), "damaged|no journal"),
        (whole[:20_000], "damaged|no journal"),
        (b"%PDF-1.4", "no journal"),
        ((tmp_path / "later.db").read_bytes(), "9999 is unknown"),
        ((tmp_path / "empty.db").read_bytes(), "no journal"),
    ):
        bad.write_bytes(data)
        with pytest.raises(BackupFailed, match=reason):
            restore(bad, tmp_path / "new.db")
        assert not (tmp_path / "new.db").exists()
    with pytest.raises(BackupFailed, match="no such file"):
        check(tmp_path / "nowhere.db")


async def test_a_backup_that_fails_leaves_nothing_behind(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BackupFailed, match="no journal yet"):
        back_up(tmp_path / "other.db", tmp_path / "copies")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BackupFailed, match=r"exists|directory"):
        back_up(tmp_path / "journal.db", tmp_path / "file")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("journal.backup._sync", refuse)
    with pytest.raises(BackupFailed, match="No space left"):
        back_up(tmp_path / "journal.db", tmp_path / "copies")
    assert list((tmp_path / "copies").iterdir()) == []


def test_only_files_are_backed_up_here() -> None:
    assert journal_file("sqlite+aiosqlite:///var/journal.db", str) == Path("var/journal.db")
    for url, reason in (("nonsense", "no database address"), ("sqlite+aiosqlite://", "no file")):
        with pytest.raises(BackupFailed, match=reason):
            journal_file(url, str)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            ["backup", "copies"],
            "pg_dump --format=custom --file=copies/journal.dump --host=db --port=5433 --username=somebody journals",
        ),
        (
            ["restore", "copies/journal.dump"],
            "pg_restore --clean --if-exists --single-transaction --no-owner --host=db --port=5433 --username=somebody "
            "--dbname=journals copies/journal.dump",
        ),
    ],
)
def test_of_a_server_the_command_names_the_servers_own_tool_and_no_password(
    command: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_URL", "postgresql+asyncpg://somebody:secret@db:5433/journals?password=secret")
    assert main(command) == 2
    error = capsys.readouterr().err
    assert error.endswith(f": {told}\n")
    assert error.count("\n") == 1
    assert "secret" not in error


async def test_what_the_server_was_told_to_copy_can_be_put_back(
    postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands are run as they are shown."""
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    monkeypatch.setenv("JOURNAL_URL", postgres_url)

    async def shown(*command: str) -> str:
        assert await asyncio.to_thread(main, list(command)) == 2
        return capsys.readouterr().err.partition(": ")[2]

    journal = await open_journal(postgres_url)
    await accept(journal, 1)
    subprocess.run(shlex.split(await shown("backup", str(tmp_path))), check=True)
    await accept(journal, 2)
    await journal.close()
    subprocess.run(shlex.split(await shown("restore", str(tmp_path / "journal.dump"))), check=True)
    journal = await open_journal(postgres_url)
    assert [request.file_id for request in await journal.pending(7)] == ["file-1"]
    await journal.close()


async def test_the_command_makes_restores_and_prunes(
    url: str, journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_URL", url)
    await accept(journal, 1)
    await journal.close()
    assert await asyncio.to_thread(main, ["backup", str(tmp_path / "copies"), "--keep", "3"]) == 0
    copy = capsys.readouterr().out.strip()
    assert await asyncio.to_thread(main, ["prune", "--days", "30"]) == 0
    assert capsys.readouterr().out == "nothing is that old\n"
    assert await asyncio.to_thread(main, ["restore", copy]) == 2
    assert "--replace" in capsys.readouterr().err
    assert await asyncio.to_thread(main, ["restore", copy, "--replace"]) == 0
    assert "is restored; what was there is now" in capsys.readouterr().out
    for wrong in (["backup"], ["prune", "--days", "0"], ["backup", "x", "--keep", "-1"]):
        with pytest.raises(SystemExit):
            main(wrong)


def test_the_command_is_a_process_that_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "journal", "backup", "copies"],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "var/journal.db: there is no journal yet\n"


def test_the_command_looks_where_the_programs_that_serve_look() -> None:
    assert JournalSettings.model_fields["journal_url"].default == ServingSettings.model_fields["journal_url"].default

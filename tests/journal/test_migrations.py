"""The schema's history, forward and back, with rows in the tables."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from journal import migrations, open_journal
from tests.databases import execute, records, rows, with_connection

ALL = [f"000{number}" for number in range(1, 8)]
LARGE = 2**52  # Telegram's numbers of persons have up to 52 bits
KEPT = (
    "SELECT users.id, language, requests.id AS request, file_id, state, probabilities, novelty, received_at"
    " FROM users JOIN requests ON user_id = users.id ORDER BY requests.id"
)
SCHEMA = {
    "sqlite": "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
    "postgresql": "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    " UNION SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
}


async def to(revision: str, url: str) -> None:
    """Bring the journal at ``url`` to ``revision``, forward or back; ``base`` is before the first."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    def move(connection: Connection) -> None:
        config.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision()
        back = current is not None and (revision == "base" or current > revision)
        (command.downgrade if back else command.upgrade)(config, revision)

    await with_connection(url, move)


def fill(url: str) -> None:
    execute(
        url,
        "INSERT INTO users (id, language, first_seen, last_seen)"
        f" VALUES ({LARGE}, 'ru', '2026-01-02 03:04:05+00:00', '2026-01-03 03:04:05+00:00');"
        "INSERT INTO requests (bot_id, update_id, user_id, chat_id, message_id, file_id, state, attempts, received_at,"
        f" probabilities, novelty) VALUES (7, 1, {LARGE}, {LARGE}, 100, 'f1', 'received', 0,"
        " '2026-01-02 03:04:05+00:00', '{\"a\": 0.5}', 0.25)",
    )


def schema(url: str) -> list[tuple[object, ...]]:
    return rows(url, SCHEMA[url.partition("+")[0]])


@pytest.mark.parametrize("revision", ALL)
async def test_rows_outlive_each_revision_forward_and_back(url: str, revision: str) -> None:
    await to(revision, url)
    fill(url)
    before, names = records(url, KEPT), schema(url)
    journal = await open_journal(url)
    (request,) = await journal.pending(7)
    await journal.close()
    assert (request.file_id, request.language, request.user_id) == ("f1", "ru", LARGE)
    await to(revision, url)
    assert records(url, KEPT) == before
    assert schema(url) == names


async def test_all_the_way_back_leaves_nothing_and_all_the_way_forward_makes_a_journal_again(url: str) -> None:
    await to("head", url)
    made = schema(url)
    fill(url)
    await to("base", url)
    assert {name for name, *_ in schema(url)} <= {"alembic_version", "alembic_version_pkc"}
    journal = await open_journal(url)
    assert await journal.pending(7) == []
    await journal.close()
    assert schema(url) == made


async def test_of_processes_that_start_at_once_one_migrates_and_all_get_the_journal(url: str) -> None:
    """Each with rows of an older version in its way."""
    await to("0004", url)
    fill(url)
    code = f"import asyncio, journal; print(len(asyncio.run(journal.open_journal({url!r})).leases._holder))"
    starts = [
        asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        for _ in range(4)
    ]
    told = [await process.communicate() for process in await asyncio.gather(*starts)]
    assert [out.decode().strip() for out, _ in told] == ["32"] * 4, told
    assert rows(url, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]
    assert len(rows(url, KEPT)) == 1

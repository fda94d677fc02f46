"""A PostgreSQL server that is not there, says no, or goes away for a while."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import make_url

from journal import JournalUnavailable, open_journal
from tests.databases import execute
from tests.journal.test_journal import MILLISECONDS, PICTURE, READING

pytest.importorskip("asyncpg", reason="asyncpg is not installed")
HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
HANG_UP_OTHERS = f"{HANG_UP} AND pid <> pg_backend_pid()"


async def refusal(url: str, *, create: bool = True) -> str:
    """The one line that opening ends in."""
    with pytest.raises(JournalUnavailable) as caught:
        await open_journal(url, create=create)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("JOURNAL_URL")
    assert "hunter2" not in line
    return line


@asynccontextmanager
async def server(answer: Callable[[bytes], bytes]) -> AsyncIterator[str]:
    """The URL of a server that gives ``answer`` to the first message that a client sends without TLS."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            (length,) = struct.unpack("!i", await reader.readexactly(4))
            message = await reader.readexactly(length - 4)
            if message != struct.pack("!i", 80877103):  # whether there is TLS
                break
            writer.write(b"N")
        writer.write(answer(message))
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        yield f"postgresql+asyncpg://user:hunter2@127.0.0.1:{port}/db"


def error(code: str, text: str) -> bytes:
    """PostgreSQL's message of an error."""
    fields = b"".join(kind + value.encode() + b"\0" for kind, value in ((b"S", "FATAL"), (b"C", code), (b"M", text)))
    return b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0"


async def test_a_wrong_password_is_said_in_one_line() -> None:
    text = 'password authentication failed for user "user"'
    async with server(lambda _: error("28P01", text)) as url:
        assert await refusal(url) == f"JOURNAL_URL: {_shown(url)} cannot be opened: {text}"


async def test_a_server_that_is_just_starting_is_said_in_one_line() -> None:
    async with server(lambda _: error("57P03", "the database system is starting up")) as url:
        assert (await refusal(url)).endswith("cannot be opened: the database system is starting up")


async def test_what_is_no_such_server_is_said_in_one_line() -> None:
    async with server(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        assert _shown(url) in await refusal(url)


async def test_a_server_that_nobody_runs_is_said_in_one_line() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        url = f"postgresql+asyncpg://user:hunter2@127.0.0.1:{port}/db"
        assert await refusal(url) == f"JOURNAL_URL: {_shown(url)} cannot be opened: nobody listens there"


async def test_a_server_that_does_not_answer_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journal.postgresql.CONNECT_SECONDS", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql+asyncpg://user:hunter2@127.0.0.1:{silent.getsockname()[1]}/db"
        assert (await refusal(url)).endswith("cannot be opened: no answer within 0.1 seconds")


async def test_a_host_that_does_not_exist_is_said_in_one_line() -> None:
    assert "no-such-host.invalid" in await refusal("postgresql+asyncpg://user:hunter2@no-such-host.invalid/db")


async def test_a_database_that_does_not_exist_is_said_in_one_line(postgres_url: str) -> None:
    url = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    assert (await refusal(url)).endswith('cannot be opened: database "nowhere" does not exist')


async def test_where_nothing_is_to_be_made_an_empty_database_is_no_journal(postgres_url: str) -> None:
    assert (await refusal(postgres_url, create=False)).endswith("cannot be opened: there is none yet")
    await (await open_journal(postgres_url)).close()
    await (await open_journal(postgres_url, create=False)).close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter2@127.0.0.1/db",
        "postgresql+nosuchdriver://user:hunter2@127.0.0.1/db",
        "postgresql+asyncpg://user:hunter2@127.0.0.1:port/db",
        "postgresql+asyncpg:/user:hunter2@127.0.0.1/db",
        "mysql+asyncmy://user:hunter2@127.0.0.1/db",
    ],
)
async def test_an_address_that_cannot_be_used_comes_with_those_that_can(url: str) -> None:
    assert (await refusal(url)).endswith("or postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE")


async def test_an_option_that_the_driver_does_not_know_is_said_in_one_line() -> None:
    assert "nosuch" in await refusal("postgresql+asyncpg://user:hunter2@127.0.0.1:1/db?nosuch=1")


async def test_without_the_driver_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    monkeypatch.delitem(sys.modules, "journal.postgresql", raising=False)
    line = await refusal("postgresql+asyncpg://user:hunter2@127.0.0.1/db")
    assert line == "JOURNAL_URL needs the driver asyncpg: pip install --require-hashes -r requirements/postgres.txt"


async def test_connections_that_the_server_has_ended_are_replaced(postgres_url: str) -> None:
    journal = await open_journal(postgres_url)
    assert await journal.accept(PICTURE) is not None
    execute(postgres_url, HANG_UP_OTHERS)
    assert await journal.accept(replace(PICTURE, update_id=2)) is not None
    assert len(await journal.pending(7)) == 2
    await journal.close()


async def test_a_transaction_that_the_server_cuts_off_changes_nothing_and_can_be_repeated(postgres_url: str) -> None:
    journal = await open_journal(postgres_url)
    request = await journal.accept(PICTURE)
    assert request is not None

    async def cut_off() -> None:
        async with journal._transaction() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE requests SET attempts = 9")
            execute(postgres_url, HANG_UP_OTHERS)
            await connection.exec_driver_sql("UPDATE requests SET attempts = 10")

    with pytest.raises(JournalUnavailable, match=r"^The journal cannot be used: \w+$"):
        await cut_off()
    taken = await journal.take(request.id)
    assert taken is not None
    assert taken.attempts == 1
    await journal.finish_answered(request.id, READING, MILLISECONDS, 5)
    assert await journal.pending(7) == []
    await journal.close()


async def test_a_server_that_is_away_is_unavailable_and_found_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server turns every connection down for a while, as when it restarts."""
    journal = await open_journal(postgres_url)
    name = make_url(postgres_url).database
    execute(_maintenance(postgres_url), f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        execute(_maintenance(postgres_url), HANG_UP.replace("current_database()", f"'{name}'"))
        for _ in range(2):
            with pytest.raises(JournalUnavailable, match=r"^The journal cannot be used: \w+$"):
                await journal.accept(PICTURE)
    finally:
        execute(_maintenance(postgres_url), f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert await journal.accept(PICTURE) is not None
    await journal.close()


def _maintenance(url: str) -> str:
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)


def _shown(url: str) -> str:
    return url.replace("hunter2", "***")

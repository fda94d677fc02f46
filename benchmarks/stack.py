"""Sandbox and bot as processes of their own, with the shipped models and a fresh journal."""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.folders import ROOT, CannotMeasure, free_port

PATIENCE_SECONDS = 60.0
_SOMEBODY = 4_200_000


@dataclass(frozen=True)
class Stack:
    """Where the sandbox is served, the two processes, and the file of the bot's journal."""

    session: aiohttp.ClientSession
    base: str
    sandbox_pid: int
    bot_pid: int
    journal: Path

    def accepted(self) -> int:
        """How many pictures the journal holds."""
        with sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True, timeout=10) as connection:
            return int(connection.execute("select count(*) from requests").fetchone()[0])


@asynccontextmanager
async def running(
    settings: Mapping[str, str] | None = None, sandbox: Sequence[str] = (), connections: int = 100
) -> AsyncIterator[Stack]:
    """A stack whose bot fetches its updates: ``settings`` of the bot beside what it needs, options of the ``sandbox``,
    and so many ``connections`` to it at most. Raises ``CannotMeasure`` where it does not start."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "journal.db"
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "BOT_TOKEN": f"1000001:{secrets.token_urlsafe(26)}",
            "BOT_API_URL": base,
            "JOURNAL_URL": f"sqlite+aiosqlite:///{journal}",
            "RATE_LIMIT": "0",
            "LOG_LEVEL": "ERROR",
            **(settings or {}),
        }
        # The sandbox's own bot would have a token of its own: one is started beside it instead.
        programs = (["-m", "sandbox", "--port", str(port), *sandbox], ["-m", "bot"])
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, *program, env=environment, cwd=folder, stdout=asyncio.subprocess.DEVNULL
            )
            for program in programs
        ]
        try:
            connector = aiohttp.TCPConnector(limit=connections)
            async with aiohttp.ClientSession(connector=connector) as session:
                await _online(session, base)
                yield Stack(session, base, processes[0].pid, processes[1].pid, journal)
        finally:
            for process in reversed(processes):
                if process.returncode is None:
                    process.terminate()
                await process.wait()


async def _online(session: aiohttp.ClientSession, base: str) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < deadline:
        try:
            async with session.get(f"{base}/sandbox/chats/{_SOMEBODY}") as response:
                if response.status == 200 and (await response.json())["bot"]["online"]:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise CannotMeasure("the bot did not start; what it said stands above")

"""The whole bot as a person meets it: from sending a picture to the reaction, and to the answer.

The sandbox and the bot run as processes of their own with the shipped models and a fresh journal; one person sends one
picture at a time. Times are the person's: from the start of the upload until the sandbox shows what the bot did.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.folders import ROOT, CannotMeasure, free_port, pictures_in
from benchmarks.quantiles import Row

PERSON = 4_200_001
WARM_UP = 3
PATIENCE_SECONDS = 60.0


@dataclass
class Chat:
    """One person's private chat, and what has happened in it."""

    session: aiohttp.ClientSession
    base: str
    seen: int = 0
    reactions: dict[int, float] = field(default_factory=dict)
    answers: dict[int, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    async def send(self, picture: Path, caption: str) -> tuple[float, float, bool]:
        """Milliseconds to the reaction and to the answer, and whether it is an overlay and no refusal."""
        form = aiohttp.FormData()
        form.add_field("file", await asyncio.to_thread(picture.read_bytes), filename=picture.name)
        form.add_field("caption", caption)
        begun = time.perf_counter()
        async with self.session.post(f"{self.base}/sandbox/chats/{PERSON}/photo", data=form) as response:
            if response.status != 200:
                raise CannotMeasure(f"{picture}: {await response.text()}")
            number = (await response.json())["message_id"]
        while number not in self.reactions or number not in self.answers:
            if time.perf_counter() - begun > PATIENCE_SECONDS:
                raise CannotMeasure(f"{picture}: no answer in {PATIENCE_SECONDS:g} s")
            await self._watch()
        answered, message = self.answers[number]
        return (self.reactions[number] - begun) * 1e3, (answered - begun) * 1e3, "photo" in message

    async def _watch(self) -> None:
        url = f"{self.base}/sandbox/chats/{PERSON}/events"
        async with self.session.get(url, params={"after": self.seen, "wait": 5}) as response:
            body = await response.json()
        now = time.perf_counter()
        self.seen = body["last"]
        for event in body["events"]:
            if event["type"] == "reaction":
                self.reactions.setdefault(event["message_id"], now)
            elif event["type"] == "message" and "reply_to_message" in event["message"]:
                self.answers.setdefault(event["message"]["reply_to_message"]["message_id"], (now, event["message"]))


async def measure_chat(folders: Mapping[str, Path], most: int) -> list[Row]:
    """A row for each model of ``folders``, from at most ``most`` of the pictures in its folder that are read.

    Raises ``CannotMeasure``.
    """
    chosen = {model: pictures_in(folder, most) for model, folder in folders.items()}
    rows = []
    async with _running() as chat:
        for model, pictures in chosen.items():
            for picture in pictures[:WARM_UP]:
                await chat.send(picture, f"/{model}")
            timed = [await chat.send(picture, f"/{model}") for picture in pictures]
            read = [(reaction, answer) for reaction, answer, is_read in timed if is_read]
            if not read:
                raise CannotMeasure(f"{folders[model]}: {model} refuses every picture")
            reactions, answers = zip(*read, strict=True)
            rows.append(Row(model, {"reaction": reactions, "answer": answers}))
    return rows


@asynccontextmanager
async def _running() -> AsyncIterator[Chat]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "BOT_TOKEN": f"1000001:{secrets.token_urlsafe(26)}",
            "BOT_API_URL": base,
            "JOURNAL_URL": f"sqlite+aiosqlite:///{folder}/journal.db",
            "RATE_LIMIT": "0",
            "LOG_LEVEL": "ERROR",
        }
        # The sandbox's own bot would have a token of its own: one is started beside it instead.
        programs = (["-m", "sandbox", "--port", str(port)], ["-m", "bot"])
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, *program, env=environment, cwd=folder, stdout=asyncio.subprocess.DEVNULL
            )
            for program in programs
        ]
        try:
            async with aiohttp.ClientSession() as session:
                await _online(session, base)
                yield Chat(session, base)
        finally:
            for process in reversed(processes):
                if process.returncode is None:
                    process.terminate()
                await process.wait()


async def _online(session: aiohttp.ClientSession, base: str) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < deadline:
        try:
            async with session.get(f"{base}/sandbox/chats/{PERSON}") as response:
                if response.status == 200 and (await response.json())["bot"]["online"]:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise CannotMeasure("the bot did not start; what it said stands above")

"""The whole bot as a person meets it: from sending a picture to the reaction, and to the answer.

The sandbox and the bot run as processes of their own with the shipped models and a fresh journal; one person sends one
picture at a time. Times are the person's: from the start of the upload until the sandbox shows what the bot did.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.folders import CannotMeasure, pictures_in
from benchmarks.quantiles import Row
from benchmarks.stack import PATIENCE_SECONDS, running

PERSON = 4_200_001
WARM_UP = 3


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
    async with running() as stack:
        chat = Chat(stack.session, stack.base)
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

"""The whole product as processes: the stand-in for Telegram, the bot, and a person who writes to it over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.consent_texts import NOTICE
from bot.texts import translator
from report.language import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "1000001:" + "e2e-" * 8 + "abc"
Message = dict[str, Any]
NOTICES = [translator(language)(NOTICE) for language in LANGUAGES]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**settings: str) -> dict[str, str]:
    """This process' environment without settings of ours, plus ``settings``."""
    ours = (
        *("ADMIN_", "ALLOWED_", "API_", "BOT_", "CONSENT", "RATE_", "JOURNAL_", "MODELS_", "INFERENCE_", "MAX_"),
        *("DECODE_", "LOG_", "SITE_", "WORKERS"),
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings}


@contextmanager
def process(
    arguments: Sequence[str], environment: dict[str, str], folder: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """``python ARGUMENTS`` in ``folder`` (so that no ``.env`` of the developer's is read), ended with the block."""
    with log.open("ab") as sink:
        child = subprocess.Popen([sys.executable, *arguments], env=environment, cwd=folder, stdout=sink, stderr=sink)
        try:
            yield child
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(15)
            if child.poll() is None:
                child.kill()
                child.wait()


@dataclass
class Person:
    """Somebody in a private chat, and what the bot has sent them."""

    session: aiohttp.ClientSession
    base: str
    chat_id: int
    language: str = "en"
    seen: dict[int, Message] = field(default_factory=dict)

    async def says(self, text: str, **fields: Any) -> Message:
        return await self._post("text", json={"text": text, "language_code": self.language, **fields})

    async def sends(self, kind: str, data: bytes, name: str = "picture.png", **fields: Any) -> Message:
        """Send a file as ``photo`` or ``document``."""
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name)
        for key, value in {"language_code": self.language, **fields}.items():
            form.add_field(key, str(value))
        return await self._post(kind, data=form)

    async def presses(self, message: Message, data: str) -> None:
        """The button with ``data`` below ``message``."""
        await self._post("press", json={"message_id": message["message_id"], "data": data})

    async def messages(self) -> list[Message]:
        """Every message of the bot's that there is now, oldest first, but for the word about itself that comes once in
        a life."""
        return [message for message in await self.all_messages() if message.get("text") not in NOTICES]

    async def all_messages(self) -> list[Message]:
        """Every message of the bot's that there is now, oldest first."""
        url = f"{self.base}/sandbox/chats/{self.chat_id}/messages"
        async with self.session.get(url, params={"after": 0, "wait": 0}) as response:
            if response.status == 404:
                return []
            body = await response.json()
        return body["result"] if isinstance(body, dict) else body

    async def waits_for(
        self, wanted: Callable[[Message], bool], seconds: float = 90.0, count: int = 1
    ) -> list[Message]:
        """The messages that are ``wanted``, once there are ``count`` of them."""
        deadline = time.monotonic() + seconds
        while True:
            messages = await self.messages()
            found = [message for message in messages if wanted(message)]
            if len(found) >= count:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {count}, the bot has sent: {messages}")
            await asyncio.sleep(0.05)

    async def menu(self) -> list[str]:
        """The commands that the chat page offers, once the bot has set them."""
        for _ in range(600):
            url = f"{self.base}/sandbox/chats/{self.chat_id}"
            async with self.session.get(url, params={"language_code": self.language}) as response:
                body = await response.json()
            if response.status == 200 and (commands := body["bot"]["commands"]):
                return [command["command"] for command in commands]
            await asyncio.sleep(0.05)
        raise AssertionError("the bot has set no commands")

    async def reply_to(self, message: Message, seconds: float = 90.0) -> Message:
        """The bot's first answer to ``message``."""
        wanted = message["message_id"]
        return (await self.waits_for(lambda m: m.get("reply_to_message", {}).get("message_id") == wanted, seconds))[0]

    async def file(self, message: Message) -> bytes:
        """The largest size of the photo of one of the bot's messages."""
        return await self.document(message["photo"][-1])

    async def document(self, document: dict[str, Any]) -> bytes:
        """The bytes of a file, by the object that stands for it in a message."""
        file_id = document["file_id"]
        async with self.session.get(f"{self.base}/bot{TOKEN}/getFile", params={"file_id": file_id}) as response:
            path = (await response.json())["result"]["file_path"]
        async with self.session.get(f"{self.base}/file/bot{TOKEN}/{path}") as response:
            assert response.status == 200
            return await response.read()

    async def _post(self, what: str, **body: Any) -> Message:
        async with self.session.post(f"{self.base}/sandbox/chats/{self.chat_id}/{what}", **body) as response:
            answer = await response.json()
            assert response.status == 200, answer
        return answer.get("result", answer)


@dataclass
class Stack:
    """Addresses and files of a running stand-in, and the means to start bots against it."""

    folder: Path
    port: int
    session: aiohttp.ClientSession
    settings: dict[str, str]
    people: int = 0
    disk: Path | None = None
    """Where the journal is, if not in ``folder``."""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def journal(self) -> Path:
        return (self.disk or self.folder) / "journal.db"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @contextmanager
    def bot(self, program: Sequence[str] = ("-m", "bot"), **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        environment = clean_environment(
            BOT_TOKEN=TOKEN,
            BOT_API_URL=self.base,
            JOURNAL_URL=f"sqlite+aiosqlite:///{self.journal}",
            **{**self.settings, **settings},
        )
        with process(program, environment, self.folder, self.log) as child:
            yield child

    def person(self, language: str = "en") -> Person:
        self.people += 1
        return Person(self.session, self.base, 500_000 + self.people, language)

    async def fault(self, **fault: Any) -> None:
        async with self.session.post(f"{self.base}/sandbox/faults", json=fault) as response:
            assert response.status == 200, await response.text()

    async def calls(self, method: str) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.base}/sandbox/calls") as response:
            body = await response.json()
        calls = body["result"] if isinstance(body, dict) else body
        return [call for call in calls if call["method"].lower() == method.lower()]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds in the journal, read beside the running bot."""
        with closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True, timeout=5)) as connection:
            return connection.execute(query).fetchall()

    def held(self) -> bytes:
        """All that the files of the journal hold, the write-ahead log's among them."""
        return b"".join(path.read_bytes() for path in self.journal.parent.glob(f"{self.journal.name}*"))

    def accepted(self, state: str | None = None) -> int:
        """How many requests the journal holds, of one state or of all; none before the bot has made its tables."""
        where = f" where state = '{state}'" if state else ""
        try:
            return int(self.rows("select count(*) from requests" + where)[0][0])
        except sqlite3.OperationalError:
            return 0

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text(errors="replace")[-4000:]
            await asyncio.sleep(0.05)

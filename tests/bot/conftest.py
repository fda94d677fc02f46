"""The bot in this process, in front of the stand-in for Telegram; the models are replaced by a rule."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from aiohttp.test_utils import TestServer
from PIL import Image

import bot.runner
from bot.consent_texts import NOTICE
from bot.patience import Patience
from bot.pauses import Pauses
from bot.settings import BotSettings
from bot.texts import translator
from conversion import DecodingLimits, Picture, ReasonCode, SourceFormat
from models import Catalog, Diagnosis, Finding, Refusal, RefusalCode, Timings, Verdict
from report.language import LANGUAGES
from sandbox.faults import Fault
from sandbox.server import create_app
from sandbox.world import World
from tests import databases
from tests.tiny_models import flat_png, write_tiny_skin, write_tiny_weights

TOKEN = "4200:" + "unit-test-" * 3 + "abcde"
BOT_ID = 4200
Message = dict[str, Any]
NOTICES = [translator(language)(NOTICE) for language in LANGUAGES]


@dataclass
class Telegram:
    """The stand-in's inside and outside: what persons do, what the bot has called."""

    world: World
    server: TestServer
    session: aiohttp.ClientSession

    @property
    def base(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def text(self, text: str, chat: int = 10, **fields: Any) -> Message:
        return await self._post(chat, "text", json={"text": text, "language_code": "en", **fields})

    async def photo(self, data: bytes | None = None, chat: int = 10, **fields: Any) -> Message:
        return await self._file("photo", data, chat, fields)

    async def document(self, data: bytes | None = None, chat: int = 10, **fields: Any) -> Message:
        return await self._file("document", data, chat, fields)

    async def press(self, message: Message, data: str) -> None:
        """The person presses the button with ``data`` below ``message``."""
        await self._post(message["chat"]["id"], "press", json={"message_id": message["message_id"], "data": data})

    def pressed_by(self, user_id: int, message: Message, data: str, language: str = "en") -> None:
        """Somebody presses a button that need not be there, or not be theirs."""
        bot = self.world.persons_bot()
        query = {
            "id": bot.open_query(bot.chat(message["chat"]["id"]), message["message_id"]),
            "from": {"id": user_id, "is_bot": False, "first_name": "S", "language_code": language},
            "message": message,
            "chat_instance": "1",
            "data": data,
        }
        bot.updates.add("callback_query", query)

    def shown(self) -> list[str | None]:
        """What was shown over the chats after each press."""
        return [call["params"].get("text") for call in self.calls("answerCallbackQuery")]

    async def block(self, chat: int = 10) -> None:
        await self._post(chat, "block", json={"blocked": True})

    def deliver(self, chat: int = 10, **content: Any) -> Message:
        """A message of a kind that the stand-in's own page does not send."""
        bot = self.world.persons_bot()
        person = {"id": chat, "is_bot": False, "first_name": "P", "language_code": "en"}
        kind = {"id": chat, "type": "private" if chat > 0 else "group", "first_name": "P", "title": "T"}
        message = {"message_id": bot.next_message_id(), "from": person, "chat": kind, "date": 1, **content}
        opened = bot.chat(chat)
        opened.begun = True
        opened.add(message)
        bot.updates.add("message", message)
        return message

    def fault(self, method: str, status: int | None = None, times: int = 1, **fields: Any) -> None:
        self.world.faults.add(Fault(method.lower(), status, times=times, **fields))

    def calls(self, method: str) -> list[dict[str, Any]]:
        return self.world.calls.since(0, method)

    def sent(self, chat: int = 10) -> list[Message]:
        """What the bot has sent to a chat, oldest first, but for the word about itself that comes once in a life."""
        return [message for message in self.all_sent(chat) if message.get("text") not in NOTICES]

    def all_sent(self, chat: int = 10) -> list[Message]:
        """What the bot has sent to a chat, oldest first."""
        found = self.world.persons_bot().chats.get(chat)
        return [] if found is None else [m for m in found.messages.values() if m["from"]["is_bot"]]

    async def until(self, condition: Callable[[], Any], seconds: float = 60.0) -> Any:
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, [(c["method"], c["status"]) for c in self.world.calls.since(0, "")]
            await asyncio.sleep(0.01)
        return value

    async def answers(self, count: int, chat: int = 10) -> list[Message]:
        await self.until(lambda: len(self.sent(chat)) >= count)
        return self.sent(chat)

    async def answer(self, message: Message) -> Message:
        """The bot's reply to ``message``."""
        chat, number = message["chat"]["id"], message["message_id"]
        replies = await self.until(
            lambda: [m for m in self.sent(chat) if m.get("reply_to_message", {}).get("message_id") == number]
        )
        reply: Message = replies[0]
        return reply

    async def _file(self, kind: str, data: bytes | None, chat: int, fields: dict[str, Any]) -> Message:
        form = aiohttp.FormData()
        form.add_field("file", flat_png(red=204) if data is None else data, filename="picture.png")
        for name, value in {"language_code": "en", **fields}.items():
            form.add_field(name, str(value))
        return await self._post(chat, kind, data=form)

    async def _post(self, chat: int, what: str, **body: Any) -> Message:
        url = f"{self.base}/sandbox/chats/{chat}/{what}"
        async with self.session.post(url, params={"bot": BOT_ID}, **body) as response:
            answer: Message = await response.json()
            assert response.status == 200, answer
        return answer


@dataclass
class FakeReader:
    """Stands in for ``models.DiagnosisService``: a picture is malignant by its redness (of several kinds, of the last),
    anything else is refused.

    ``before`` is awaited by each reading first, with the bytes.
    """

    catalog: Catalog
    limits: DecodingLimits = field(default_factory=DecodingLimits)
    asked: list[str | None] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    before: Callable[[bytes], Any] | None = None
    loading_seconds: float = 0.0

    async def start(self) -> None:
        await asyncio.sleep(self.loading_seconds)

    async def until_stuck(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing to give back."""

    async def diagnose(self, data: bytes, model: str | None = None) -> Diagnosis | Refusal:
        self.asked.append(model)
        if self.before is not None:
            await self.before(data)
        card = self.catalog.card(model or "melanoma")
        try:
            image = Image.open(BytesIO(data)).convert("RGB")
        except OSError:
            return Refusal(ReasonCode.NOT_A_PICTURE, "not a picture", {}, card.name, timings=Timings(1.0, 0.0))
        self.sizes.append(image.size)
        pixels = np.asarray(image)
        red, blue = pixels[..., 0].mean() / 255, pixels[..., 2].mean() / 255
        if blue > 0.95:
            return Refusal(RefusalCode.UNLIKE_TRAINING, "unlike", {"value": 1, "limit": 0.9}, card.name, 1.0)
        share = dict.fromkeys(card.codes, 0.0)
        ill = card.thresholds.positive[-1]
        well = next(code for code in card.codes if code not in card.thresholds.positive)
        share |= {ill: red, well: 1 - red}
        findings = sorted((Finding(*item) for item in share.items()), key=lambda f: -f.probability)
        return Diagnosis(
            model=card.name,
            version=card.version,
            weights_hash=self.catalog.weights_hash(card.name),
            engine="rule",
            verdict=Verdict.SUSPICIOUS if red > 0.7 else Verdict.UNSUSPICIOUS,
            findings=tuple(findings),
            heatmap=np.full((8, 8), 0.5, np.float32),
            region=(0, 0, image.width, image.height),
            novelty=0.1,
            picture=Picture(pixels, SourceFormat.PNG),
            timings=Timings(convert=2.0, infer=3.0),
        )


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def weights_with_skin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_tiny_weights(tmp_path_factory.mktemp("weights_with_skin"))
    write_tiny_skin(folder)
    return folder


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    world = World()
    world.bot_of(TOKEN)
    async with TestServer(create_app(world)) as server, aiohttp.ClientSession() as session:
        yield Telegram(world, server, session)


@pytest.fixture
def reader(weights: Path, monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    reader = FakeReader(Catalog.load(weights))
    monkeypatch.setattr(bot.runner, "build_service", lambda _settings: reader)
    return reader


@pytest.fixture
def reader_with_skin(reader: FakeReader, weights_with_skin: Path) -> FakeReader:
    """The reader where all three models are installed."""
    reader.catalog = Catalog.load(weights_with_skin)
    return reader


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses short enough for tests, and no settings of the developer's."""
    monkeypatch.setattr(bot.runner, "PATIENCE", Patience(total=5.0, first_pause=0.02, longest_pause=0.1))
    monkeypatch.setattr(bot.runner, "GREETING_PATIENCE", Patience(total=0.3, first_pause=0.05))
    monkeypatch.setattr(bot.runner, "PAUSES", Pauses(after_error=0.02, after_outage=0.3, journal=0.05, album=0.1))
    monkeypatch.setattr("bot.files.GONE_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("bot.acceptance.FIRST_PAUSE_SECONDS", 0.05)
    for name in list(os.environ):
        if name.startswith(
            (
                "ADMIN_",
                "ALLOWED_",
                "BOT_",
                "CONSENT",
                "RATE_",
                "JOURNAL_",
                "MODELS_",
                "WORKERS",
                "STOP_",
                "LOG_",
                "INFERENCE_",
                "MAX_",
                "DECODE_",
            )
        ):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def same_logging() -> Iterator[None]:
    """The bot sets logging up for its whole process; here the process goes on."""
    root, aiogram = logging.getLogger(), logging.getLogger("aiogram")
    before = (root.handlers[:], root.level, aiogram.level, sys.excepthook)
    yield
    root.handlers[:], root.level, aiogram.level, sys.excepthook = before


ON_BOTH_DATABASES = pytest.mark.parametrize(
    "journal_url", ["sqlite_url", "postgres_url"], indirect=True, ids=["sqlite", "postgresql"]
)


@pytest.fixture
def journal_url(request: pytest.FixtureRequest) -> str:
    """Where the bot's journal is: in the file ``journal.db``, unless a test is ``ON_BOTH_DATABASES``."""
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return url


@pytest.fixture
def settings(
    telegram: Telegram, tmp_path: Path, journal_url: str, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> BotSettings:
    monkeypatch.chdir(tmp_path)
    return BotSettings(
        bot_token=TOKEN,  # type: ignore[arg-type]
        bot_api_url=telegram.base,
        journal_url=journal_url,
        models_dir=weights,
        stop_seconds=3,
    )


Serving = Callable[..., AbstractAsyncContextManager["asyncio.Task[None]"]]


@pytest.fixture
def serving(settings: BotSettings, telegram: Telegram) -> Serving:
    """``async with serving():`` runs the bot, and stops it with SIGTERM."""

    @asynccontextmanager
    async def run(**changes: Any) -> AsyncIterator[asyncio.Task[None]]:
        polled = len(telegram.calls("getUpdates"))
        task = asyncio.create_task(bot.runner.serve(settings.model_copy(update=changes)))
        await telegram.until(lambda: task.done() or len(telegram.calls("getUpdates")) > polled)
        try:
            yield task
        finally:
            if not task.done():
                os.kill(os.getpid(), signal.SIGTERM)
            await task

    return run


@pytest.fixture
def rows(journal_url: str) -> Callable[[str], list[tuple[Any, ...]]]:
    """What a query finds in the journal."""
    return functools.partial(databases.rows, journal_url)

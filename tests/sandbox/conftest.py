"""A running sandbox, a person to write in it, and an aiogram bot to answer."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Update
from aiohttp import ClientSession, FormData, web
from PIL import Image
from playwright.async_api import ConsoleMessage, Page, async_playwright, expect

from sandbox.server import create_app
from sandbox.world import Options, World

TOKEN = "4200:secret-of_the-first"
CHROMIUM = shutil.which("chromium")
BROWSER = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., Awaitable[Page]]

# Playwright's five seconds are short for a browser that shares its processor. What comes at once is not waited for.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


class Person:
    """The person's side of a chat over HTTP."""

    def __init__(self, session: ClientSession, base: str, chat_id: int) -> None:
        self.session = session
        self.base = f"{base}/sandbox/chats/{chat_id}"
        self.chat_id = chat_id
        self.status = 0

    async def post(self, action: str, **values: Any) -> Any:
        async with self.session.post(f"{self.base}/{action}", json=values) as response:
            self.status = response.status
            return await response.json()

    async def write(self, text: str, **values: Any) -> Any:
        return await self.post("text", text=text, **values)

    async def send(
        self, kind: str, data: bytes, name: str = "photo.jpg", mime: str = "image/jpeg", **values: Any
    ) -> Any:
        form = FormData(quote_fields=False)  # names go out as they are, as from browsers
        form.add_field("file", data, filename=name, content_type=mime)
        for key, value in values.items():
            form.add_field(key, str(value))
        async with self.session.post(f"{self.base}/{kind}", data=form) as response:
            self.status = response.status
            return await response.json()

    async def send_album(self, files: list[bytes], name: str = "photo.jpg", **values: Any) -> Any:
        form = FormData()
        for number, data in enumerate(files):
            form.add_field(f"file{number}", data, filename=name)
        for key, value in values.items():
            form.add_field(key, str(value))
        async with self.session.post(f"{self.base}/album", data=form) as response:
            self.status = response.status
            return await response.json()

    async def get(self, path: str = "", **values: Any) -> Any:
        async with self.session.get(f"{self.base}{path}", params=values) as response:
            self.status = response.status
            return await response.json()

    async def messages(self, after: int = 0, wait: float = 5) -> Any:
        return await self.get("/messages", after=after, wait=wait)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Start servers with the given options; answers the base URL."""
    runners: list[web.AppRunner] = []

    async def start(**options: Any) -> str:
        runner = web.AppRunner(create_app(World(Options(**options))), handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def base(serve: Callable[..., Awaitable[str]]) -> str:
    return await serve()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
def person(http: ClientSession, base: str) -> Person:
    return Person(http, base, 77)


@pytest.fixture
async def make_bot() -> AsyncIterator[Callable[..., Bot]]:
    bots: list[Bot] = []

    def make(base: str, token: str = TOKEN) -> Bot:
        bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(base)))
        bots.append(bot)
        return bot

    yield make
    for bot in bots:
        await bot.session.close()


@pytest.fixture
async def bot(base: str, make_bot: Callable[..., Bot]) -> Bot:
    return make_bot(base)


@pytest.fixture
async def chat(person: Person, bot: Bot) -> Person:
    """A chat that the person has begun."""
    await bot.get_me()
    await person.write("hello")
    return person


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Make a picture file of a size, with a gradient so that it is no flat colour."""

    def make(width: int = 64, height: int = 48, kind: str = "JPEG") -> bytes:
        target = io.BytesIO()
        Image.linear_gradient("L").resize((width, height)).convert("RGB").save(target, kind)
        return target.getvalue()

    return make


@pytest.fixture
async def open_page() -> AsyncIterator[OpenPage]:
    """Open addresses in Chromium, as phones show them unless told otherwise; no page may meet an error."""
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refusal that the page shows to the person is none of its own errors.
        if message.type == "error" and "status of 400" not in message.text:
            problems.append(f"{message.text} ({message.location['url']})")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        async def open_page(address: str, **options: Any) -> Page:
            about = {"locale": "en-US", "viewport": {"width": 390, "height": 844}, **options}
            context = await browser.new_context(**about)
            context.set_default_timeout(PATIENCE_MS)
            page = await context.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", note)
            await page.goto(address)
            return page

        yield open_page
        await browser.close()
    assert problems == []


@pytest.fixture
def following(bot: Bot) -> Callable[[], Awaitable[Update]]:
    """Give the bot's updates one by one."""
    waiting: list[Update] = []
    offset = 0

    async def following() -> Update:
        nonlocal offset
        async with asyncio.timeout(30):
            while not waiting:
                waiting.extend(await bot.get_updates(offset=offset, timeout=5))
        update = waiting.pop(0)
        offset = update.update_id + 1
        return update

    return following

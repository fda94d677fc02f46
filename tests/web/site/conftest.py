"""The API and the site as processes, with tiny models, and pages of the site in headless Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import ConsoleMessage, Page, Request, async_playwright

from tests.e2e.stack import clean_environment, free_port, process
from tests.sandbox.conftest import CHROMIUM, FLAGS, PATIENCE_MS
from tests.tiny_models import write_tiny_skin, write_tiny_weights

OpenPage = Callable[..., Awaitable[Page]]
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@dataclass
class Stack:
    """Addresses and files of an API and a site."""

    folder: Path
    api: str
    site: str

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text(errors="replace")

    def environment(self, **settings: str) -> dict[str, str]:
        ours = {
            "MODELS_DIR": str(self.folder / "weights"),
            "JOURNAL_URL": f"sqlite+aiosqlite:///{self.folder}/journal.db",
            "CACHE_DIR": str(self.folder / "cache"),
            "API_LISTEN": self.api.removeprefix("http://"),
            "SITE_LISTEN": self.site.removeprefix("http://"),
            "SITE_API_URL": self.api,
            # No settings of Streamlit's of the person who runs this.
            "HOME": str(self.folder),
        }
        return clean_environment(**{**ours, **settings})

    @contextmanager
    def running(self, *arguments: str, ready: str, **settings: str) -> Iterator[Any]:
        """``python ARGUMENTS`` until it answers at ``ready``."""
        with process(arguments, self.environment(**settings), self.folder, self.folder / "log.txt") as child:
            give_up = time.monotonic() + 100
            while not _answers(ready):
                assert child.poll() is None, self.log
                assert time.monotonic() < give_up, self.log
                time.sleep(0.1)
            yield child


def new_stack(folder: Path) -> Stack:
    write_tiny_weights(folder / "weights")
    write_tiny_skin(folder / "weights")
    return Stack(folder, f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}")


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The site and its API, started by one command; one for all tests of a module."""
    running = new_stack(tmp_path_factory.mktemp("site"))
    with running.running("-m", "web.site", "--with-api", ready=running.site):
        yield running
    print(running.log)  # shown when a test fails


@pytest.fixture
async def open_page() -> AsyncIterator[OpenPage]:
    """Open addresses in Chromium, in English on a desktop unless told otherwise. No page may meet an error, nor ask
    anybody but this machine for anything."""
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"{message.text} ({message.location['url']})")

    def note_stranger(request: Request) -> None:
        if not re.match(r"(http|ws)://127\.0\.0\.1:|data:|blob:", request.url):
            problems.append(f"asked {request.url}")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *CAMERA])

        async def open_page(address: str, **options: Any) -> Page:
            about = {"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **options}
            context = await browser.new_context(**about)
            context.set_default_timeout(PATIENCE_MS)
            page = await context.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", note)
            page.on("request", note_stranger)
            await page.goto(address)
            return page

        yield open_page
        await browser.close()
    assert problems == []


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """As ``stack``, where little is allowed: 8 pictures a minute, files of 1 MB, pictures held for three seconds."""
    running = new_stack(tmp_path_factory.mktemp("narrow"))
    little = {"API_RATE_LIMIT": "8", "MAX_FILE_MB": "1", "API_KEEP_MINUTES": "0.2"}
    with running.running("-m", "web.site", "--with-api", ready=running.site, **little):
        yield running
    print(running.log)


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Stack]:
    """A site without its API."""
    running = new_stack(tmp_path)
    with running.running("-m", "web.site", ready=running.site):
        yield running
    print(running.log)

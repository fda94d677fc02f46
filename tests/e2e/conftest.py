from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.stack import Stack, clean_environment, free_port, process
from tests.tiny_models import write_tiny_weights


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder of tiny models that answer by how red a picture is, so that an answer can be foretold."""
    return write_tiny_weights(tmp_path / "weights")


@pytest.fixture
async def stack(tmp_path: Path, weights: Path) -> AsyncIterator[Stack]:
    """The stand-in for Telegram, serving; bots are started by the tests."""
    port = free_port()
    arguments = ["-m", "sandbox", "--port", str(port)]
    async with aiohttp.ClientSession() as session:
        running = Stack(tmp_path, port, session, {"MODELS_DIR": str(weights)})
        with process(arguments, clean_environment(), tmp_path, running.log):
            await _serving(session, running.base)
            yield running
        print(running.log.read_text(errors="replace"))  # shown when the test fails


async def _serving(session: aiohttp.ClientSession, base: str) -> None:
    for _ in range(200):
        try:
            async with session.get(base):
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    raise AssertionError("the sandbox does not serve")

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.stack import Stack, clean_environment, process
from tests.tiny_models import write_tiny_weights


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder of tiny models that answer by how red a picture is, so that an answer can be foretold."""
    return write_tiny_weights(tmp_path / "weights")


@pytest.fixture
async def stack(tmp_path: Path, weights: Path) -> AsyncIterator[Stack]:
    """The stand-in for Telegram, serving; bots are started by the tests."""
    async with aiohttp.ClientSession() as session:
        running = Stack(tmp_path, 0, session, {"MODELS_DIR": str(weights)})
        # The port is for the sandbox to choose: one found free here may be taken before it starts.
        with process(["-m", "sandbox", "--port", "0"], clean_environment(), tmp_path, running.log) as sandbox:
            running.port = await _port(sandbox, running.log)
            yield running
        print(running.log.read_text(errors="replace"))  # shown when the test fails


async def _port(sandbox: subprocess.Popen[bytes], log: Path) -> int:
    """Where the sandbox says that it serves, once it does."""
    deadline = time.monotonic() + 100
    while not (ready := re.search(r"The sandbox is ready: http://127\.0\.0\.1:(\d+)/", log.read_text())):
        assert sandbox.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        await asyncio.sleep(0.05)
    return int(ready[1])

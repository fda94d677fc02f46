"""``python -m web.site`` as a process: with its API or without, it starts, ends, or says in one line why not."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.web.site.conftest import Stack, new_stack

pytestmark = pytest.mark.timeout(300)
TOGETHER = ("-m", "web.site", "--with-api")


@pytest.fixture
def still(tmp_path: Path) -> Stack:
    """Nothing runs yet."""
    return new_stack(tmp_path)


def end_of(stack: Stack, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A start that fails."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=stack.environment(**settings),
        cwd=stack.folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def refuses(address: str) -> bool:
    try:
        httpx.get(address, timeout=5)
    except httpx.ConnectError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_start_with_one_command_and_end_with_one_signal(still: Stack, number: signal.Signals) -> None:
    with still.running(*TOGETHER, ready=still.site) as child:
        assert httpx.get(f"{still.api}/readyz", timeout=60).status_code == 200
        child.send_signal(number)
        assert child.wait(60) == 0
        assert refuses(still.site)
        assert refuses(still.api)
    assert f"the site is ready: {still.site}/" in still.log
    assert still.log.index("ready\n") < still.log.index("the site is ready")
    assert "Traceback" not in still.log


def test_the_site_does_not_outlive_its_api(still: Stack) -> None:
    with still.running(*TOGETHER, ready=still.site) as child:
        (api,) = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        os.kill(int(api), signal.SIGKILL)
        assert child.wait(60) == 128 + signal.SIGKILL
        assert refuses(still.site)


def test_what_keeps_it_from_serving_is_told_in_one_line(still: Stack) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for arguments in (TOGETHER, TOGETHER[:2]):
            ended = end_of(still, *arguments, SITE_LISTEN=address)
            assert ended.returncode == 2
            assert re.fullmatch(rf"SITE_LISTEN: {address}: Address already in use.*\n", ended.stderr)
        ended = end_of(still, *TOGETHER, SITE_API_URL=f"http://{address}")
        assert ended.returncode == 2
        assert re.fullmatch(rf"API_LISTEN: {address}: Address already in use.*\n", ended.stderr)
    ended = end_of(still, *TOGETHER, SITE_API_URL="https://api.example")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("SITE_API_URL has to look like http://127.0.0.1:8000")
    assert end_of(still, "-m", "web.site", SITE_LISTEN="here").stderr.startswith("SITE_LISTEN is no HOST:PORT")

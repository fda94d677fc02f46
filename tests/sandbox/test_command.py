"""``python -m sandbox`` as a process."""

import asyncio
import json
import signal
import sys
import textwrap
import urllib.request
from pathlib import Path

import pytest

CHILD = """
    import json, os, signal, sys, urllib.request
    def call(method, **values):
        address = f"{os.environ['BOT_API_URL']}/bot{os.environ['BOT_TOKEN']}/{method}"
        request = urllib.request.Request(address, json.dumps(values).encode(), {"Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request))["result"]
    def stop(number, frame):
        call("getMe")
        print("told", signal.Signals(number).name, flush=True)
        sys.exit(7)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    urllib.request.urlopen(os.environ["BOT_API_URL"] + "/")
    offset = 0
    while True:
        for update in call("getUpdates", offset=offset, timeout=5):
            offset = update["update_id"] + 1
            call("sendMessage", chat_id=update["message"]["chat"]["id"], text="heard")
"""


async def start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", *arguments, stdout=pipe, stderr=pipe, cwd=Path(__file__).parents[2]
    )


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()


def ask(address: str, body: object = None) -> object:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_bot_runs_as_a_child_and_gets_the_signal(number: signal.Signals) -> None:
    process = await start("--port", "0", "--", sys.executable, "-c", textwrap.dedent(CHILD))
    try:
        ready = await line(process)
        assert ready.startswith("Second Look is ready: http://127.0.0.1:")
        base = ready.removeprefix("Second Look is ready: ").rstrip("/")
        sent = await asyncio.to_thread(ask, f"{base}/sandbox/chats/5/text", {"text": "hi"})
        assert isinstance(sent, dict)
        answers = await asyncio.to_thread(ask, f"{base}/sandbox/chats/5/messages?after={sent['message_id']}&wait=8")
        assert isinstance(answers, list)
        assert [answer["text"] for answer in answers] == ["heard"]
        process.send_signal(number)
        assert await line(process) == f"told {number.name}"
        assert await asyncio.wait_for(process.wait(), 20) == 7
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_status_of_the_child_is_the_status() -> None:
    process = await start("--port", "0", "--", sys.executable, "-c", "raise SystemExit(3)")
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, out, err) == (3, b"", b"")


async def test_a_busy_port_is_one_clear_line() -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await start("--port", str(port))
    out, err = await asyncio.wait_for(process.communicate(), 60)
    server.close()
    expected = (
        f"sandbox: cannot serve on 127.0.0.1:{port}: the port is taken by another program; choose another with --port\n"
    )
    assert (process.returncode, out, err.decode()) == (2, b"", expected)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--port", "0", "--", "/no/such/command"], "cannot run /no/such/command"),
        (["--token", "x y"], "--token must look"),
    ],
)
async def test_what_cannot_start_is_one_clear_line(arguments: list[str], problem: str) -> None:
    process = await start(*arguments)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, out) == (2, b"")
    assert err.decode().startswith(f"sandbox: {problem}")
    assert err.count(b"\n") == 1

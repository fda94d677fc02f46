"""``python -m web`` as a process: it starts, serves and stops, or says in one line why not."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from models.serving import EXIT_STUCK
from models.threads import MOST_LEFT_BEHIND
from tests.e2e.stack import clean_environment, free_port
from tests.faulty_engines import Faults
from tests.tiny_models import flat_png
from web.runner import listening

PICTURE = flat_png(red=204)
HTTP = httpx.Client(verify=False, timeout=60)
pytestmark = pytest.mark.timeout(600)


def environment(folder: Path, **settings: str) -> dict[str, str]:
    ours = {
        "MODELS_DIR": str(folder / "weights"),
        "JOURNAL_URL": f"sqlite+aiosqlite:///{folder}/journal.db",
        "CACHE_DIR": str(folder / "cache"),
    }
    return clean_environment(**{**ours, **settings})


@contextmanager
def running(
    folder: Path, program: Sequence[str] = ("-m", "web"), **settings: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, once it is ready, and its address."""
    port = free_port()
    with (folder / "log.txt").open("a") as log:
        child = subprocess.Popen(
            [sys.executable, *program],
            env=environment(folder, API_LISTEN=f"127.0.0.1:{port}", **settings),
            cwd=folder,
            stdout=log,
            stderr=log,
            text=True,
        )
        base = f"http://127.0.0.1:{port}"
        try:
            give_up = time.monotonic() + 200
            while time.monotonic() < give_up:
                try:
                    if HTTP.get(f"{base}/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                assert child.poll() is None, (folder / "log.txt").read_text()
                time.sleep(0.05)
            yield child, base
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def post(base: str, data: bytes = PICTURE) -> httpx.Response:
    return HTTP.post(f"{base}/v1/diagnoses", files={"file": data})


def test_it_serves_until_it_is_told_to_stop_and_what_it_answered_is_there_after_a_restart(folder: Path) -> None:
    with running(folder) as (child, base):
        answer = post(base).json()
        assert answer["verdict"] == "suspicious"
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
    with running(folder) as (child, base):
        again = HTTP.get(base + answer["links"]["self"]).json()
        assert again["words"] == answer["words"]
        assert again["findings"] == answer["findings"]
        assert again["expires_at"] is None
        assert HTTP.get(f"{base}{answer['links']['self']}/heatmap.png").json()["code"] == "expired"
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == 0
    log = (folder / "log.txt").read_text()
    assert "serving at http://127.0.0.1:" in log
    assert "no keys are asked for" in log
    assert "Traceback" not in log


def slow_upload(base: str, answers: list[bytes], pause: float) -> None:
    """A body whose second half comes after ``pause`` seconds."""
    body = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + PICTURE + b"\r\n--b--\r\n"
    head = (
        "POST /v1/diagnoses HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    host, _, port = base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as caller:
        caller.sendall(head + body[:40])
        time.sleep(pause)
        try:
            caller.sendall(body[40:])
            answers.append(caller.recv(65536))
        except OSError:
            answers.append(b"")


@pytest.mark.parametrize(("stop_seconds", "pause", "expected"), [("10", 2.0, b"200 OK"), ("1", 4.0, b"503 Service")])
def test_a_stop_waits_for_requests_in_hand_and_tells_those_it_cannot_wait_for(
    folder: Path, stop_seconds: str, pause: float, expected: bytes
) -> None:
    with running(folder, API_STOP_SECONDS=stop_seconds) as (child, base):
        answers: list[bytes] = []
        caller = threading.Thread(target=slow_upload, args=(base, answers, pause))
        caller.start()
        time.sleep(0.7)
        child.send_signal(signal.SIGTERM)
        caller.join(20)
        assert child.wait(60) == 0
        assert answers[0].startswith(b"HTTP/1.1 " + expected), answers


def said(folder: Path, **settings: str) -> str:
    """What a start that fails says on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "web"],
        env=environment(folder, **settings),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2, done
    return done.stderr


def test_what_keeps_it_from_serving_is_told_in_one_line(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert re.fullmatch(rf"API_LISTEN: {address}: Address already in use.*\n", said(folder, API_LISTEN=address))
    assert said(folder, API_KEYS="maybe") == "API_KEYS: Input should be 'auto', 'required' or 'off'\n"
    assert re.fullmatch(r"JOURNAL_URL .*\n", said(folder, API_LISTEN="127.0.0.1:0", JOURNAL_URL="nonsense"))
    (folder / "weights" / "skin" / "model1.onnx").write_bytes(b"other")
    assert re.fullmatch(r"\S+model1.onnx: its SHA-256 is .*\n", said(folder, API_LISTEN="127.0.0.1:0"))


def test_what_a_killed_process_left_behind_is_given_up_at_a_start(folder: Path) -> None:
    with running(folder) as (child, base):
        answer = post(base).json()
        child.kill()
    with sqlite3.connect(folder / "journal.db") as journal:
        journal.execute("update api_requests set state = 'received', received_at = '2026-01-01 00:00:00'")
    with running(folder) as (_, base):
        assert HTTP.get(base + answer["links"]["self"]).status_code == 404
    rows = sqlite3.connect(folder / "journal.db").execute("select state, failure_code from api_requests").fetchall()
    assert rows == [("failed", "lost")]


def test_where_engines_hang_for_good_it_says_so_and_ends_to_be_started_again(folder: Path) -> None:
    faults = Faults(folder / "faults")
    faults.folder.mkdir()
    faulty = ("-m", "tests.faults.faulty", "web", str(faults.folder))
    with running(folder, faulty, INFERENCE_ENGINE="onnxruntime", INFERENCE_SECONDS="1.5") as (child, base):
        assert post(base).json()["verdict"] == "suspicious"
        faults.plan("infer", *["hang"] * (MOST_LEFT_BEHIND + 1))
        for _ in range(MOST_LEFT_BEHIND // 2):
            answer = post(base)
            assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
        with suppress(httpx.TransportError):  # it may go before it has told this one
            post(base)
        assert child.wait(60) == EXIT_STUCK
    log = (folder / "log.txt").read_text()
    assert log.count("the engine of melanoma hung; the model is loaded anew") == MOST_LEFT_BEHIND + 1
    assert log.rstrip().endswith("more than 4 engine threads hang; the process has to be started again")
    assert "Traceback" not in log

"""The health check of the containers."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy import health
from tests.deploy.dockerfiles import ROOT


@contextmanager
def answering(text: str, status: int = 200) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/metrics"
    server.shutdown()
    server.server_close()
    thread.join()


def beat(seconds_ago: float) -> str:
    return f"# HELP x y\nsecond_look_heartbeat_timestamp_seconds {time.time() - seconds_ago:.9e}\nother 1\n"


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        ("alive", 200, None),
        (5, 200, None),
        (300, 200, "the event loop has not come round for 3"),
        ("not ready", 503, "cannot be had: HTTP Error 503"),
        ("", 204, "answers 204"),
    ],
)
def test_well_is_what_answers_and_whose_event_loop_comes_round(
    text: str | int, status: int, reason: str | None
) -> None:
    with answering(beat(text) if isinstance(text, int) else text, status) as url:
        found = health.why_not(url)
    assert found is None if reason is None else reason in str(found)


def test_who_does_not_answer_is_not_well(capsys: pytest.CaptureFixture[str]) -> None:
    with answering("") as url:
        pass
    assert health.main([url]) == 1
    assert "cannot be had" in capsys.readouterr().err
    assert health.main([]) == 2


def test_the_check_is_quick_since_it_imports_nothing_of_the_project() -> None:
    code = "import sys, deploy.health; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"bot", "web", "models", "journal", "report", "conversion", "pydantic", "numpy", "aiogram"}

"""A server of files on this machine that does what real ones do: ranges, versions, and on demand every fault."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Fault:
    """What one answer does wrong. ``cut``: the connection closes after so many bytes; ``hold``: it does not close but
    waits; ``whole``: a range is not heeded; ``skew``: another range is sent than was asked for."""

    status: int | None = None
    retry_after: int | None = None
    cut: int | None = None
    hold: bool = False
    whole: bool = False
    skew: int = 0


@dataclass
class WebServer:
    """``files`` by path; ``faults`` are used up one by one, by path; ``seen`` are paths with their request headers."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tags: bool = True
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"{self.address}{path}"

    def ranges(self) -> list[str | None]:
        """The ``Range`` of each request so far."""
        return [headers.get("Range") for _, headers in self.seen]


@contextmanager
def serving() -> Iterator[WebServer]:
    server = _Server(("127.0.0.1", 0), _Handler)
    state = WebServer(f"http://127.0.0.1:{server.server_address[1]}")
    server.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_GET(self) -> None:
        state: WebServer = self.server.state  # type: ignore[attr-defined]
        path = self.path.partition("?")[0]
        state.seen.append((self.path, dict(self.headers.items())))
        waiting = state.faults.get(path)
        fault = waiting.pop(0) if waiting else Fault()
        if fault.status is not None:
            self._plain(fault.status, {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {})
        elif path in state.redirects:
            self._plain(302, {"Location": state.redirects[path]})
        elif path not in state.files:
            self._plain(404, {})
        else:
            self._file(state, path, fault)

    def _file(self, state: WebServer, path: str, fault: Fault) -> None:
        body = state.files[path]
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        marks = {"ETag": tag} if state.tags else {}
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if fault.whole or self.headers.get("If-Range", tag) != tag:
            start = 0
        if start and start >= len(body):
            self._plain(416, {"Content-Range": f"bytes */{len(body)}"})
            return
        start += fault.skew
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        for name, value in {**marks, **state.headers.get(path, {}), "Content-Length": str(len(body) - start)}.items():
            self.send_header(name, value)
        self.end_headers()
        sent = body[start:] if fault.cut is None else body[start : start + fault.cut]
        self.wfile.write(sent)
        self.wfile.flush()
        if fault.hold:
            state.closing.wait(60)
        if fault.cut is not None:
            self.close_connection = True

    def _plain(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""

"""Bodies: broken, foreign, huge, slow; in memory and never on disk."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import web.body
from tests.soak.usage import usage_of
from tests.tiny_models import flat_png
from tests.waiting import wait_until
from tests.web.server import Served, served
from tests.web.test_process import HTTP, running
from web.body import FormLimits, read_form
from web.problems import Problem

BOUNDARY = "a-boundary"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def part(data: bytes, name: str = "file", more: str = '; filename="x.png"') -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + data + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415, "not_multipart"),
        ({"Content-Type": "image/png"}, flat_png(), 415, "not_multipart"),
        ({}, b"", 415, "not_multipart"),
        ({"Content-Type": "multipart/form-data"}, END, 400, "bad_form"),
        ({"Content-Type": "multipart/form-data; boundary=" + "x" * 400}, END, 400, "bad_form"),
        ({**FORM, "Content-Encoding": "gzip"}, END, 415, "encoded_body"),
        (FORM, b"", 400, "bad_form"),
        (FORM, b"nonsense", 400, "bad_form"),
        (FORM, END, 422, "no_file"),
        (FORM, part(flat_png()), 400, "bad_form"),
        (FORM, part(flat_png())[:-40], 400, "bad_form"),
        (FORM, part(flat_png()).replace(b"form-data", b"attachment") + END, 400, "bad_form"),
        (FORM, part(flat_png(), "image") + END, 422, "unknown_field"),
        (FORM, part(b"melanoma", "model", "") * 2 + END, 422, "unknown_field"),
        (FORM, part(b"m" * 65, "model", "") + END, 422, "unknown_field"),
        (FORM, part(b"melanoma", "model", "") + END, 422, "no_file"),
        (FORM, part(flat_png()) + part(b"\xff\xfe", "model", "") + END, 422, "unknown_model"),
    ],
)
def test_a_form_that_is_none_is_told_why(
    api: Served, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    before = api.rows("select count(*) from api_requests")
    response = api.http.post("/v1/diagnoses", content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert api.rows("select count(*) from api_requests") == before


def test_the_order_and_the_names_of_files_do_not_matter(api: Served) -> None:
    for body in (
        part(flat_png(red=204)) + part(b"skin", "model", "") + END,
        part(b"skin", "model", "") + part(flat_png(red=204), more="") + END,
        part(flat_png(red=204), more="; filename=\"../../etc/passwd\"; filename*=UTF-8''x")
        + part(b"skin", "model", "")
        + END,
    ):
        response = api.http.post("/v1/diagnoses", content=body, headers=FORM)
        assert (response.status_code, response.json()["model"]) == (200, "skin")


def chunks(megabytes: int, sent: list[int]) -> Iterator[bytes]:
    yield part(b"")[:-2]
    for _ in range(16 * megabytes):
        sent[0] += 2**16
        yield b"\0" * 2**16


def test_a_body_over_the_limit_is_turned_away_with_and_without_its_length(folder: Path) -> None:
    with served(folder, api_body_mb=2) as api:
        for content in (b"\0" * 3_000_000, chunks(5, [0])):
            response = api.http.post("/v1/diagnoses", content=content, headers=FORM)
            assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
            assert "2 megabytes" in response.json()["detail"]
        assert api.post(flat_png()).status_code == 200


def test_a_body_over_the_limit_is_answered_before_it_has_arrived(folder: Path) -> None:
    with served(folder, api_body_mb=1) as api:
        address = urlsplit(api.base)
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as caller:
            head = f"POST /v1/diagnoses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FORM['Content-Type']}\r\n"
            caller.sendall(head.encode() + b"Content-Length: 900000000\r\n\r\n")
            assert caller.recv(65536).startswith(b"HTTP/1.1 413")
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as caller:
            caller.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
            for piece in (part(b"")[:-2], *[b"\0" * 65536] * 17):
                caller.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            assert caller.recv(65536).startswith(b"HTTP/1.1 413")


def test_nothing_of_a_picture_touches_the_disk(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    for name in ("SpooledTemporaryFile", "TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    marked = flat_png(red=204) + b"picture-mark" * 400_000
    assert api.post(marked, marked).status_code == 200
    files = [path for path in api.folder.rglob("*") if path.is_file()]
    assert api.folder / "journal.db" in files
    assert not [path for path in files if b"picture-mark" in path.read_bytes()]


@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the memory in use is read from /proc")
def test_memory_stays_flat_under_many_large_uploads(folder: Path) -> None:
    settings = {"API_BODY_MB": "12", "MAX_FILE_MB": "8", "API_KEEP_MB": "1", "API_RATE_LIMIT": "0"}
    with running(folder, **settings) as (server, base):
        large = flat_png(red=204) + b"\0" * 7_000_000

        def load() -> None:
            assert HTTP.post(f"{base}/v1/diagnoses", files={"file": large}).status_code == 200
            assert HTTP.post(f"{base}/v1/diagnoses", files={"file": large + large[:2_000_000]}).status_code == 413
            assert HTTP.post(f"{base}/v1/diagnoses", content=chunks(20, [0]), headers=FORM).status_code == 413

        for _ in range(3):
            load()
        before = usage_of(server.pid).memory
        for _ in range(12):
            load()
        assert usage_of(server.pid).memory - before < 40  # MB, of about 450 that came in


def test_bodies_wait_their_turn_unread(folder: Path) -> None:
    """With one place, a second body is taken in only when the first has its answer."""
    with served(folder, api_bodies=1) as api:
        address = urlsplit(api.base)
        whole = part(flat_png(red=204)) + END
        head = (
            f"POST /v1/diagnoses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FORM['Content-Type']}\r\n"
            f"Content-Length: {len(whole)}\r\n\r\n"
        ).encode()
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as slow:
            slow.sendall(head + whole[:50])
            wait_until(api.desk.bodies.locked)
            second: list[int] = []
            asking = threading.Thread(target=lambda: second.append(api.post(flat_png()).status_code))
            asking.start()
            asking.join(0.5)
            assert not second
            slow.sendall(whole[50:])
            assert slow.recv(65536).startswith(b"HTTP/1.1 200")
            asking.join(20)
            assert second == [200]


def test_no_place_for_long_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.desk.PLACE_SECONDS", 0.2)
    with served(folder, api_bodies=1) as api:
        api.run(api.desk.bodies.acquire())
        response = api.post(flat_png())
        assert (response.status_code, response.json()["code"]) == (503, "busy")
        assert response.headers["retry-after"] == "10"


async def test_a_body_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.body, "UPLOAD_SECONDS", 0.1)

    async def endless() -> AsyncIterator[bytes]:
        yield part(b"")
        await asyncio.sleep(60)

    with pytest.raises(Problem) as caught:
        await read_form(endless(), BOUNDARY.encode(), FormLimits(1000, 1000))
    assert caught.value.code == "upload_too_slow"


async def test_a_form_is_the_same_however_it_is_cut_up() -> None:
    data = bytes(range(256)) * 8 + b"\r\n--a-boundar" + b"\r\n-"
    whole = part(data) + part(b"melanoma", "model", "") + part(b"") + END
    for size in (1, 2, 7, 64, len(whole)):

        async def stream(size: int = size) -> AsyncIterator[bytes]:
            for start in range(0, len(whole), size):
                yield whole[start : start + size]

        form = await read_form(stream(), BOUNDARY.encode(), FormLimits(10_000, 10_000))
        assert [upload.data for upload in form.files] == [data, b""]
        assert form.model == "melanoma"


def test_a_caller_who_leaves_midway_leaves_nothing_behind(folder: Path) -> None:
    with served(folder, api_bodies=1) as api:
        address = urlsplit(api.base)
        for _ in range(3):
            with socket.create_connection((address.hostname or "", address.port or 0)) as caller:
                head = f"POST /v1/diagnoses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FORM['Content-Type']}\r\n"
                caller.sendall(head.encode() + b"Content-Length: 100000\r\n\r\n" + part(b"")[:-2])
        assert api.post(flat_png()).status_code == 200
        assert api.rows("select count(*) from api_requests") == [(1,)]

"""Keys: who is let in, whose an answer is, how many pictures, which web pages; and the command that makes them."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stack import clean_environment
from tests.tiny_models import flat_png, write_tiny_weights
from tests.web.server import Served, served
from web.callers import REVOKED_WITHIN_SECONDS
from web.keys import hash_of, make_key
from web.settings import WebSettings

PICTURE = flat_png(red=204)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An API that asks everybody for a key."""
    folder = tmp_path_factory.mktemp("guarded")
    write_tiny_weights(folder / "weights")
    with served(folder, api_keys="required", api_rate_limit=5) as running:
        yield running


def test_keys_are_asked_for_unless_only_this_machine_gets_in() -> None:
    def required(**settings: str) -> bool:
        return WebSettings(**settings).keys_required  # type: ignore[arg-type]

    assert not required()
    for host in ("127.0.0.1", "127.8.8.8", "localhost", "[::1]"):
        assert not required(api_listen=f"{host}:8000")
        assert required(api_listen=f"{host}:8000", api_keys="required")
    for host in ("0.0.0.0", "[::]", "192.168.1.4", "api.example"):
        assert required(api_listen=f"{host}:8000")
        assert not required(api_listen=f"{host}:8000", api_keys="off")


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "key_missing"),
        ("", "key_wrong"),
        ("Bearer", "key_wrong"),
        ("Bearer sl_00000000_" + "A" * 43, "key_wrong"),
        ("Basic c2w6c2w=", "key_wrong"),
        ("Bearer " + "x" * 5000, "key_wrong"),
    ],
)
def test_without_a_good_key_nobody_is_let_in(guarded: Served, authorization: str | None, code: str) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for response in (
        guarded.post(PICTURE, headers=headers),
        guarded.http.get("/v1/models", headers=headers),
        guarded.http.get("/v1/diagnoses/00000000-0000-4000-8000-000000000000", headers=headers),
    ):
        assert (response.status_code, response.json()["code"]) == (401, code)
        assert response.headers["www-authenticate"] == "Bearer"
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert guarded.http.get(path, headers=headers).status_code == 200


def test_an_answer_belongs_to_the_key_that_asked(guarded: Served) -> None:
    one, other = guarded.new_key(), guarded.new_key()
    links = guarded.post(PICTURE, headers=one).json()["links"]
    for link in links.values():
        assert guarded.http.get(link, headers=one).status_code == 200
        response = guarded.http.get(link, headers=other)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_key_has_its_pictures_a_minute_and_is_told_when_there_are_more(guarded: Served) -> None:
    one, other = guarded.new_key(), guarded.new_key()
    assert [guarded.post(PICTURE, headers=one).status_code for _ in range(3)] == [200] * 3
    batch = guarded.post(PICTURE, PICTURE, PICTURE, headers=one)
    assert (batch.status_code, batch.json()["code"]) == (429, "rate_limited")
    assert [guarded.post(PICTURE, headers=one).status_code for _ in range(2)] == [200] * 2
    response = guarded.post(PICTURE, headers={**one, "Accept-Language": "ru"})
    assert response.status_code == 429
    assert 1 <= int(response.headers["retry-after"]) <= 12
    assert "5" in response.json()["detail"]
    assert guarded.post(PICTURE, headers=other).status_code == 200
    assert guarded.http.get("/v1/models", headers=one).status_code == 200


def test_a_revoked_key_is_worth_nothing_within_seconds(guarded: Served) -> None:
    key = guarded.new_key()
    assert guarded.http.get("/v1/models", headers=key).status_code == 200
    prefix = key["Authorization"].removeprefix("Bearer ")[:11]
    assert guarded.run(guarded.desk.journal.api_keys.revoke(prefix))
    # What was asked after that time must have been refused, however late the answer comes.
    deadline = time.monotonic() + REVOKED_WITHIN_SECONDS + 2
    while True:
        asked = time.monotonic()
        if guarded.http.get("/v1/models", headers=key).status_code != 200:
            break
        assert asked < deadline
        time.sleep(0.2)
    assert guarded.http.get("/v1/models", headers=key).json()["code"] == "key_wrong"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "clinic.example"},
        {"Host": "192.168.1.4:8000"},
        {"Host": "[oops"},
        {"Host": ""},
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"Origin": "https://elsewhere.example"},
    ],
)
def test_without_keys_only_programs_on_this_machine_are_served(api: Served, headers: dict[str, str]) -> None:
    response = api.post(PICTURE, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "foreign_host")
    key = api.new_key()
    assert api.post(PICTURE, headers={**headers, **key}).status_code == 200
    for host in ("localhost", "127.0.0.1:1", "[::1]:8000"):
        assert api.http.get("/v1/models", headers={"Host": host}).status_code == 200


def test_a_key_counts_where_none_is_asked_for_and_a_wrong_one_is_wrong(api: Served) -> None:
    key = api.new_key()
    link = api.post(PICTURE, headers=key).json()["links"]["self"]
    assert api.http.get(link, headers=key).status_code == 200
    assert api.http.get(link).status_code == 404
    assert api.http.get("/v1/models", headers={"Authorization": "Bearer sl_x"}).status_code == 401


def test_no_web_page_may_call_unless_it_is_named(api: Served, folder: Path) -> None:
    asked = {"Origin": "https://clinic.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in api.http.options("/v1/diagnoses", headers=asked).headers
    with served(folder, api_origins="https://clinic.example, http://localhost:8501") as open_api:
        allowed = open_api.http.options("/v1/diagnoses", headers=asked)
        assert allowed.headers["access-control-allow-origin"] == "https://clinic.example"
        answer = open_api.post(PICTURE, headers={"Origin": "https://clinic.example"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://clinic.example")
        assert "X-Request-ID" in answer.headers["access-control-expose-headers"]
        other = open_api.http.options("/v1/diagnoses", headers={**asked, "Origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in other.headers


def test_a_key_is_256_random_bits_and_only_its_hash_is_kept() -> None:
    keys = [make_key() for _ in range(50)]
    assert len({key.text for key in keys}) == 50
    for key in keys:
        assert re.fullmatch(r"sl_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", key.text)
        assert key.text.startswith(key.prefix)
        assert key.sha256 == hash_of(key.text) == hashlib.sha256(key.text.encode()).hexdigest()


def test_the_command_makes_lists_and_revokes(tmp_path: Path) -> None:
    environment = clean_environment(JOURNAL_URL=f"sqlite+aiosqlite:///{tmp_path}/journal.db")

    def keys(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "web", "keys", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)

    made = keys("create", "the clinic")
    key = made.stdout.strip()
    assert (made.returncode, key[:3], "not shown again" in made.stderr) == (0, "sl_", True)
    listed = keys("list").stdout
    assert "the clinic" in listed
    assert "valid" in listed
    assert key[:11] in listed
    assert key[12:] not in listed
    assert key[12:].encode() not in (tmp_path / "journal.db").read_bytes()
    assert keys("revoke", key[:11]).returncode == 0
    assert "revoked 20" in keys("list").stdout
    again = keys("revoke", key[:11])
    assert (again.returncode, again.stderr) == (1, f"{key[:11]}: there is no valid key of this prefix\n")
    assert keys("create", "").returncode == 2
    rows = (
        sqlite3.connect(tmp_path / "journal.db").execute("select sha256, revoked_at is null from api_keys").fetchall()
    )
    assert rows == [(hash_of(key), 0)]

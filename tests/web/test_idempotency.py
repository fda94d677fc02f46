"""``Idempotency-Key``: the same request sent again is read once."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tiny_models import flat_png
from tests.web.server import Served, served
from web.desk import Desk

PICTURE = flat_png(red=204)


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


def counted(api: Served) -> int:
    return int(api.rows("select count(*) from api_requests")[0][0])


def test_the_same_request_gets_the_same_answer_and_is_journaled_once(api: Served) -> None:
    before = counted(api)
    first = api.post(PICTURE, headers=key("one"))
    again = api.post(PICTURE, headers={**key('"one"'), "Accept-Language": "ru"})
    assert (first.status_code, first.headers.get("idempotent-replayed")) == (200, None)
    assert (again.status_code, again.text) == (200, first.text)
    assert (again.headers["idempotent-replayed"], again.headers["content-language"]) == ("true", "en")
    assert again.headers["content-type"] == first.headers["content-type"]
    assert counted(api) == before + 1


def test_refusals_and_batches_are_repeated_as_they_were(api: Served) -> None:
    refused = api.post(b"nothing", headers=key("refused"))
    again = api.post(b"nothing", headers=key("refused"))
    assert (again.status_code, again.text) == (422, refused.text)
    assert again.headers["content-type"] == "application/problem+json"
    batch = api.post(PICTURE, b"", headers=key("batch"))
    assert api.post(PICTURE, b"", headers=key("batch")).text == batch.text


@pytest.mark.parametrize(
    ("files", "model"), [((flat_png(red=10),), None), ((PICTURE,), "skin"), ((PICTURE, PICTURE), None), ((b"",), None)]
)
def test_the_same_key_for_another_request_is_a_mistake(
    api: Served, files: tuple[bytes, ...], model: str | None
) -> None:
    api.post(PICTURE, headers=key("mine"))
    response = api.post(*files, model=model, headers=key("mine"))
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_mismatch")


def test_keys_of_different_callers_have_nothing_to_do_with_each_other(api: Served) -> None:
    one, other = api.new_key(), api.new_key()
    first = api.post(PICTURE, headers={**key("shared"), **one}).json()
    second = api.post(PICTURE, headers={**key("shared"), **other}).json()
    third = api.post(PICTURE, headers=key("shared")).json()
    assert len({answer["id"] for answer in (first, second, third)}) == 3


@pytest.mark.parametrize("value", ["", '""', "x" * 256, "schl\u00fcssel"])
def test_a_key_that_cannot_be_meant_is_told(api: Served, value: str) -> None:
    response = api.post(PICTURE, headers={"Idempotency-Key": value.encode()})  # type: ignore[dict-item]
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")


def test_a_wrong_request_is_not_remembered(api: Served) -> None:
    assert api.post(PICTURE, model="nonsense", headers=key("later")).status_code == 422
    assert api.post(PICTURE, headers=key("later")).status_code == 200


def held_back(gate: threading.Event) -> Any:
    """Alters a desk so that readings wait for ``gate``."""

    def change(desk: Desk) -> None:
        diagnose = desk.reader.diagnose

        async def waiting(data: bytes, model: str | None = None) -> object:
            await asyncio.to_thread(gate.wait, 100)
            return await diagnose(data, model)

        desk.reader.diagnose = waiting  # type: ignore[method-assign, assignment]

    return change


def test_a_second_request_while_the_first_is_in_work_is_asked_to_come_again(folder: Path) -> None:
    gate = threading.Event()
    with served(folder, held_back(gate)) as api:
        answers: list[httpx.Response] = []
        first = threading.Thread(target=lambda: answers.append(api.post(PICTURE, headers=key("busy"))))
        first.start()
        while not api.rows("select 1 from api_repeats"):
            first.join(0.05)
        second = api.post(PICTURE, headers=key("busy"))
        assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_progress")
        assert second.headers["retry-after"] == "1"
        assert api.post(flat_png(), headers=key("busy")).json()["code"] == "idempotency_mismatch"
        gate.set()
        first.join(100)
        assert api.post(PICTURE, headers=key("busy")).text == answers[0].text
        assert counted(api) == 1


def test_what_failed_here_can_be_sent_again(folder: Path) -> None:
    broken = [True]

    def change(desk: Desk) -> None:
        diagnose = desk.reader.diagnose

        async def moody(data: bytes, model: str | None = None) -> object:
            if broken[0]:
                raise RuntimeError
            return await diagnose(data, model)

        desk.reader.diagnose = moody  # type: ignore[method-assign, assignment]

    with served(folder, change) as api:
        assert api.post(PICTURE, headers=key("again")).status_code == 500
        broken[0] = False
        response = api.post(PICTURE, headers=key("again"))
        assert (response.status_code, response.headers.get("idempotent-replayed")) == (200, None)


def test_a_key_is_forgotten_after_its_time(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    first = api.post(PICTURE, headers=key("old")).json()
    later = datetime.now(UTC) + timedelta(hours=23, minutes=59)
    monkeypatch.setattr(api.desk.journal.api, "_now", lambda: later)
    assert api.post(PICTURE, headers=key("old")).json()["id"] == first["id"]
    monkeypatch.setattr(api.desk.journal.api, "_now", lambda: later + timedelta(minutes=2))
    assert api.post(PICTURE, headers=key("old")).json()["id"] != first["id"]


def test_with_the_journal_on_a_server_it_is_the_same(folder: Path, postgres_url: str) -> None:
    with served(folder, journal_url=postgres_url) as api:
        test_the_same_request_gets_the_same_answer_and_is_journaled_once(api)
        test_refusals_and_batches_are_repeated_as_they_were(api)
        test_keys_of_different_callers_have_nothing_to_do_with_each_other(api)

"""What the API counts beside the readings."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY

from tests.tiny_models import flat_png
from tests.web.server import Served, served
from web.desk import Desk

PICTURE = flat_png(red=204)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"second_look_{name}", labels) or 0.0


def test_what_is_not_served_is_counted_by_its_reason(api: Served) -> None:
    codes = ("unknown_model", "not_found", "not_multipart", "key_wrong")
    before = [value("http_problems_total", code=code) for code in codes]
    api.post(PICTURE, model="palm_reading")
    api.http.get("/nowhere/at/all")
    api.http.post("/v1/diagnoses", content=b"x")
    api.http.get("/v1/models", headers={"Authorization": "Bearer nonsense"})
    assert [value("http_problems_total", code=code) - was for code, was in zip(codes, before, strict=True)] == [1] * 4


def test_drawing_a_heat_map_is_timed(api: Served) -> None:
    before = value("seconds_count", channel="api", step="render")
    api.http.get(api.post(PICTURE).json()["links"]["heatmap"])
    assert value("seconds_count", channel="api", step="render") == before + 1


def test_what_waits_for_a_place_is_the_queue(folder: Path) -> None:
    async def ask(api: Served) -> None:
        async with httpx.AsyncClient(base_url=api.base, timeout=100) as client, asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(client.post("/v1/diagnoses", files=[("file", ("a", PICTURE))]))
            async with asyncio.timeout(100):
                while value("queue", channel="api") < 2:
                    await asyncio.sleep(0.01)
            assert value("places_taken", channel="api") == 1
            release.set()

    release = asyncio.Event()

    def hold(desk: Desk) -> None:
        read = desk.reader.diagnose

        async def diagnose(data: bytes, model: str | None = None) -> object:
            while not release.is_set():
                await asyncio.sleep(0.01)
            return await read(data, model)

        desk.reader.diagnose = diagnose  # type: ignore[method-assign, assignment]

    with served(folder, hold, api_bodies=1) as api:
        asyncio.run(ask(api))
        assert value("places", channel="api") == 1
        assert (value("queue", channel="api"), value("places_taken", channel="api")) == (0, 0)


def test_a_picture_that_cannot_be_read_is_a_failure(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    before = value("failures_total", channel="api", code="internal")
    monkeypatch.setattr(api.desk.reader, "diagnose", fail)
    assert api.post(PICTURE).status_code == 500
    assert value("failures_total", channel="api", code="internal") == before + 1


def test_a_journal_that_cannot_be_used_is_counted(folder: Path) -> None:
    before = value("journal_unavailable_total")
    with served(folder) as api:
        (folder / "journal.db").rename(folder / "elsewhere.db")
        (folder / "journal.db").mkdir()
        api.run(api.desk.journal.close())
        assert api.post(PICTURE).status_code == 503
    assert value("journal_unavailable_total") > before

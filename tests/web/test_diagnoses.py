"""What goes in and what comes back: answers, refusals, batches, earlier answers, heat maps."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from models import Catalog, CorruptWeights, Diagnosis, DiagnosisService, EngineFailed
from report.words import describe
from tests.e2e.stack import clean_environment
from tests.tiny_models import flat_png, write_tiny_router, write_tiny_weights
from tests.waiting import wait_until
from tests.web.server import Served, served
from web.desk import Desk

PROBLEM = "application/problem+json"


def test_an_answer_has_all_that_there_is_to_say(api: Served) -> None:
    response = api.post(flat_png(red=204))
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert (response.headers["content-language"], response.headers["cache-control"]) == ("en", "no-store")
    answer = response.json()
    card = api.desk.reader.catalog.card("melanoma")
    assert (answer["model"], answer["version"], answer["weights_hash"]) == ("melanoma", "0.1.0", card.weights_hash)
    assert (answer["verdict"], answer["engine"]) == ("suspicious", api.desk.reader.engine)  # type: ignore[attr-defined]
    assert [finding["label"] for finding in answer["findings"]] == ["malignant", "benign"]
    assert answer["findings"][0]["probability"] == pytest.approx(0.8, abs=1e-6)
    assert answer["label_set"] is None
    assert answer["novelty"] == {"value": pytest.approx(0.0039, abs=1e-3), "limit": 0.9}
    assert set(answer["timings"]) == {"convert", "infer"}
    assert answer["words"]["title"] == "Suspicious"
    assert answer["words"]["findings"][0]["figure"] == "80%"
    assert answer["words"]["next_step"]
    assert answer["words"]["limits"]
    assert answer["links"]["self"] == f"/v1/diagnoses/{answer['id']}"
    assert answer["expires_at"] > answer["received_at"]


def test_the_words_are_those_of_every_channel_in_the_language_asked_for(api: Served) -> None:
    async def direct() -> Diagnosis:
        async with DiagnosisService(Catalog.load(api.folder / "weights")) as service:
            result = await service.diagnose(flat_png(red=204), "skin")
            assert isinstance(result, Diagnosis)
            return result

    diagnosis = asyncio.run(direct())
    for header, language in (("ru-RU,ru;q=0.9", "ru"), ("en", "en"), ("de, ru;q=0.4", "ru"), ("fr", "en"), ("", "en")):
        response = api.post(flat_png(red=204), model="skin", headers={"Accept-Language": header})
        assert response.headers["content-language"] == language
        words, expected = response.json()["words"], describe(diagnosis, api.desk.reader.catalog.card("skin"), language)
        assert expected.band.endswith(words["title"])
        for part in ("subject", "summary", "where", "next_step", "limits"):
            assert words[part] == getattr(expected, part)
        assert [line["name"] for line in words["findings"]] == [line.name for line in expected.findings]


def test_figures_are_those_of_the_service_and_of_the_command_line(api: Served) -> None:
    reds = (3, 90, 127, 201, 255)
    pictures = [flat_png(red=red, blue=100 + red // 3) for red in reds]
    for red, data in zip(reds, pictures, strict=True):
        (api.folder / f"{red}.png").write_bytes(data)
    command = [sys.executable, "-m", "models", "diagnose", "--jsonl", "--model", "skin"]
    done = subprocess.run(
        command + [f"{red}.png" for red in reds],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(MODELS_DIR=str(api.folder / "weights")),
        cwd=api.folder,
    )
    printed = [json.loads(line) for line in done.stdout.splitlines()]

    async def direct(model: str) -> list[Diagnosis]:
        async with DiagnosisService(Catalog.load(api.folder / "weights")) as service:
            return [await service.diagnose(data, model) for data in pictures]  # type: ignore[misc]

    for model in ("melanoma", "pneumonia", "skin"):
        answers = [api.post(data, model=model).json() for data in pictures]
        figures = [{finding["label"]: finding["probability"] for finding in answer["findings"]} for answer in answers]
        for answer, ours, diagnosis in zip(answers, figures, asyncio.run(direct(model)), strict=True):
            assert ours == pytest.approx({f.label: f.probability for f in diagnosis.findings}, abs=1e-6)
            assert answer["novelty"]["value"] == pytest.approx(diagnosis.novelty, abs=1e-6)
            assert answer["verdict"] == diagnosis.verdict
        if model == "skin":
            for ours, line in zip(figures, printed, strict=True):
                assert ours == pytest.approx({f["label"]: f["probability"] for f in line["findings"]}, abs=1e-6)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An API that takes files of up to 2 MB."""
    folder = tmp_path_factory.mktemp("small")
    write_tiny_weights(folder / "weights")
    with served(folder, max_file_mb=2) as running:
        yield running


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty"),
        (b"%PDF-1.7 no picture", 422, "unsupported_format"),
        (b"hello " * 30, 422, "not_a_picture"),
        (flat_png(width=2000, height=2000)[:300], 422, "damaged"),
        (flat_png(width=20, height=20), 422, "too_small"),
        (flat_png(red=255, green=255, blue=255), 422, "unlike_training"),
        (b"\x89PNG" + b"\0" * 3_000_000, 413, "file_too_large"),
    ],
)
def test_a_refused_picture_is_a_problem_with_a_code_words_and_advice(
    small: Served, data: bytes, status: int, code: str
) -> None:
    for language in ("en", "ru"):
        response = small.post(data, headers={"Accept-Language": language})
        problem = response.json()
        assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
        assert response.headers["content-type"] == PROBLEM
        assert problem["type"].endswith(code)
        assert problem["request_id"] == response.headers["x-request-id"]
        texts = [problem[part] for part in ("title", "detail", "advice", "limits")]
        assert all(texts)
        assert all(bool(re.search("[а-я]", text)) is (language == "ru") for text in texts), texts
        trace = response.headers["x-request-id"]
        journaled = small.rows(f"select state, refusal_code, verdict from api_requests where trace = '{trace}'")
        assert journaled == [("refused", code, None)]


def test_a_bomb_is_refused_by_its_header(api: Served) -> None:
    file = BytesIO()
    Image.new("1", (30_000, 30_000)).save(file, "PNG")
    problem = api.post(file.getvalue()).json()
    assert (problem["status"], problem["code"]) == (422, "too_many_pixels")
    assert problem["details"] == {"megapixels": 900.0, "limit": 50.0}


def test_the_router_finds_the_model_and_refuses_the_wrong_kind(folder: Path) -> None:
    write_tiny_router(folder / "weights")
    with served(folder) as api:
        assert api.post(flat_png(red=10, green=250)).json()["model"] == "pneumonia"
        problem = api.post(flat_png(red=10, green=250), model="melanoma").json()
        assert (problem["code"], problem["model"], problem["details"]) == (
            "wrong_kind",
            "melanoma",
            {"kind": "chest_xray"},
        )


def test_a_batch_is_answered_in_order_and_one_bad_file_spoils_nothing(folder: Path) -> None:
    with served(folder, max_file_mb=1) as api:
        files = [flat_png(red=204), b"nothing", flat_png(red=20), b"\0" * 1_200_000, b"", flat_png(red=128)]
        response = api.post(*files, headers={"Accept-Language": "ru"})
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        told = [item.get("verdict") or item["code"] for item in response.json()]
        assert told == ["suspicious", "not_a_picture", "unsuspicious", "file_too_large", "empty", "unclear"]
        assert [item.get("status") for item in response.json()] == [None, 422, None, 413, 422, None]
        assert len(api.rows("select distinct trace from api_requests")) == 1
        assert len(api.rows("select id from api_requests where state in ('answered', 'refused')")) == 6
        assert len(api.post(*[flat_png()] * 16).json()) == 16
        assert api.post(*[flat_png()] * 17).json()["code"] == "too_many_files"


def test_what_breaks_one_reading_is_a_problem_and_leaves_the_others(folder: Path) -> None:
    def break_some(desk: object) -> None:
        reader = desk.reader  # type: ignore[attr-defined]
        diagnose = reader.diagnose

        async def broken(data: bytes, model: str | None = None) -> object:
            if data == b"break":
                raise RuntimeError("a secret of the picture")
            return await diagnose(data, model)

        reader.diagnose = broken

    with served(folder, break_some) as api:
        one = api.post(b"break")
        assert (one.status_code, one.json()["code"]) == (500, "internal")
        assert "secret" not in one.text
        batch = api.post(flat_png(red=204), b"break").json()
        assert (batch[0]["verdict"], batch[1]["status"]) == ("suspicious", 500)
        assert sorted(api.rows("select state, failure_code from api_requests")) == [
            ("answered", None),
            ("failed", "internal"),
            ("failed", "internal"),
        ]


@pytest.mark.parametrize("error", [EngineFailed("melanoma", "hung"), CorruptWeights("model0.onnx")])
def test_where_the_model_cannot_be_used_the_caller_is_told_when_to_come_again(folder: Path, error: Exception) -> None:
    def break_once(desk: Desk) -> None:
        diagnose = desk.reader.diagnose

        async def broken(data: bytes, model: str | None = None) -> object:
            desk.reader.diagnose = diagnose  # type: ignore[method-assign]
            raise error

        desk.reader.diagnose = broken  # type: ignore[method-assign,assignment]

    key = {"Idempotency-Key": "once"}
    with served(folder, break_once) as api:
        failed = api.post(flat_png(red=204), headers={"Accept-Language": "ru", **key})
        assert (failed.status_code, failed.json()["code"]) == (503, "model_unavailable")
        assert failed.headers["retry-after"] == "30"
        assert "ещё раз через 30 секунд" in failed.json()["detail"]
        assert api.rows("select state, failure_code from api_requests") == [("failed", "model_unavailable")]
        again = api.post(flat_png(red=204), headers=key)
        assert (again.status_code, again.json()["verdict"]) == (200, "suspicious")


def test_an_answer_is_told_again_in_either_language(api: Served) -> None:
    first = api.post(flat_png(red=204), model="skin").json()
    again = api.http.get(first["links"]["self"])
    assert (again.status_code, again.json()) == (200, first)
    russian = api.http.get(first["links"]["self"], headers={"Accept-Language": "ru"}).json()
    assert (
        russian["words"] == api.post(flat_png(red=204), model="skin", headers={"Accept-Language": "ru"}).json()["words"]
    )
    assert {**russian, "words": None} == {**first, "words": None}


def test_a_heat_map_is_a_png_for_as_long_as_the_picture_is_held(folder: Path) -> None:
    with served(folder, api_keep_minutes=4 / 60) as api:
        answer = api.post(flat_png(red=204, width=320, height=200)).json()
        response = api.http.get(answer["links"]["heatmap"])
        assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
        with Image.open(BytesIO(response.content)) as image:
            assert image.format == "PNG"
            assert image.width >= 320
        wait_until(lambda: not api.desk.shelf.size)
        gone = api.http.get(answer["links"]["heatmap"], headers={"Accept-Language": "ru"})
        assert (gone.status_code, gone.json()["code"]) == (410, "expired")
        assert "памяти" in gone.json()["detail"]
        later = api.http.get(answer["links"]["self"]).json()
        assert later["links"]["heatmap"] is None
        assert later["expires_at"] is None
        assert later["words"] == answer["words"]
        assert later["findings"] == answer["findings"]


def test_held_pictures_stay_within_their_room_and_the_oldest_go_first(folder: Path) -> None:
    picture = flat_png(red=204) + b"\0" * 200_000
    with served(folder, api_keep_mb=0.9) as api:
        answers = [api.post(picture).json() for _ in range(6)]
        assert api.desk.shelf.size <= 0.9 * 2**20
        held = [api.http.get(answer["links"]["heatmap"]).status_code for answer in answers]
        assert held == [410, 410, 200, 200, 200, 200]
    with served(folder, api_keep_mb=0.1) as api:
        answer = api.post(picture).json()
        assert answer["links"]["heatmap"] is None
        assert answer["expires_at"] is None


@pytest.mark.parametrize("name", ["0" * 8, "00000000-0000-4000-8000-000000000000", "%00", "..%2f..", "x" * 300])
def test_an_unknown_answer_is_not_found(api: Served, name: str) -> None:
    for path in (f"/v1/diagnoses/{name}", f"/v1/diagnoses/{name}/heatmap.png"):
        response = api.http.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert response.headers["content-type"] == PROBLEM


def test_sixteen_at_once_lose_nothing(api: Served) -> None:
    reds = [10 * number + 40 for number in range(16)]
    before = api.rows("select count(*) from api_requests where state = 'answered'")[0][0]
    with ThreadPoolExecutor(16) as callers:
        answers = [response.json() for response in callers.map(lambda red: api.post(flat_png(red=red)), reds)]
    found = [{f["label"]: f["probability"] for f in answer["findings"]}["malignant"] for answer in answers]
    assert found == pytest.approx([red / 255 for red in reds], abs=1e-3)
    assert len({answer["id"] for answer in answers}) == 16
    assert api.rows("select count(*) from api_requests where state = 'answered'") == [(before + 16,)]


def test_an_unknown_model_is_told_which_there_are(api: Served) -> None:
    response = api.post(flat_png(), model="router")
    assert (response.status_code, response.json()["code"]) == (422, "unknown_model")
    assert "melanoma, pneumonia, skin" in response.json()["detail"]
    assert api.post(flat_png(), model="").status_code == 200

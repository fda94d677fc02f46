"""What surrounds the answers: ids, logs, health, metrics, OpenAPI, and what is told when something is amiss."""

from __future__ import annotations

import io
import json
import logging
import re
from pathlib import Path

import pytest

from models.private_logs import PrivateFormatter
from report.model_words import model_page
from tests.tiny_models import flat_png
from tests.waiting import wait_until
from tests.web.server import Served, served
from web.desk import Desk

PICTURE = flat_png(red=204)


def test_a_sane_request_id_is_taken_over_and_another_is_replaced(api: Served) -> None:
    response = api.post(PICTURE, headers={"X-Request-ID": "Order-66.b_2"})
    assert response.headers["x-request-id"] == "Order-66.b_2"
    assert api.rows("select count(*) from api_requests where trace = 'Order-66.b_2'") == [(1,)]
    for odd in ("", "a b", "x" * 65, "new\u00e9", "<script>"):
        given = api.http.get("/healthz", headers={"X-Request-ID": odd.encode()}).headers["x-request-id"]  # type: ignore[dict-item]
        assert re.fullmatch(r"[0-9a-f]{32}", given)


def test_the_log_has_the_id_and_nothing_of_a_person_a_key_or_a_file(api: Served) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(PrivateFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        key = api.new_key()
        files = [("file", ("Anna-Petrova-1980.png", PICTURE)), ("file", ("secret.pdf", b"patient Petrova"))]
        headers = {**key, "X-Request-ID": "trace-me", "User-Agent": "agent-x", "Idempotency-Key": "idem-x"}
        answer = api.http.post("/v1/diagnoses", files=files, headers=headers).json()
        api.http.get(answer[0]["links"]["heatmap"], headers=key)
        api.http.get("/nowhere/Petrova?name=Petrova")
        # A request's own line comes when its answer is out.
        wait_until(lambda: "GET unmatched: 404" in log.getvalue())
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    text = log.getvalue()
    ours = "\n".join(line for line in text.splitlines() if " web." in line)
    assert "[request trace-me]: read by melanoma 0.1.0: suspicious" in ours
    assert "[request trace-me]: refused: not_a_picture" in ours
    assert re.search(r"\[request trace-me\]: POST /v1/diagnoses: 200 in \d+ ms", ours)
    assert "GET /v1/diagnoses/{id}/heatmap.png: 200" in ours
    assert "GET unmatched: 404" in ours
    for private in ("Petrova", "secret", key["Authorization"][7:], "agent-x", "127.0.0.1", answer[0]["id"]):
        assert private not in ours


def test_ready_means_models_loaded_and_journal_writable(folder: Path) -> None:
    def not_loaded(desk: Desk) -> None:
        desk.standing.loaded = False

    with served(folder, not_loaded) as api:
        ready = api.http.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"ready": False, "missing": ["models"]})
        response = api.post(PICTURE, headers={"Accept-Language": "ru"})
        assert (response.status_code, response.json()["code"]) == (503, "not_ready")
        assert response.headers["retry-after"] == "2"
        assert "2 секунды" in response.json()["detail"]
        api.desk.standing.loaded = True
        assert api.http.get("/readyz").json() == {"ready": True, "missing": []}

        (folder / "journal.db").rename(folder / "elsewhere.db")
        (folder / "journal.db").mkdir()
        api.run(api.desk.journal.close())
        ready = api.http.get("/readyz")
        assert (ready.status_code, ready.json()["missing"]) == (503, ["journal"])
        response = api.post(PICTURE)
        assert (response.status_code, response.json()["code"]) == (503, "journal_unavailable")
        assert int(response.headers["retry-after"]) > 0
        assert api.http.get("/healthz").json() == {"status": "alive"}


def test_metrics_count_by_channel_model_and_outcome(api: Served) -> None:
    def metric(line: str) -> float:
        text = api.http.get("/metrics").text
        found = re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    watched = (
        'second_look_requests_total{channel="api",model="melanoma",outcome="suspicious"}',
        'second_look_requests_total{channel="api",model="none",outcome="refused"}',
        'second_look_refusals_total{code="not_a_picture",model="none"}',
        'second_look_seconds_count{channel="api",step="infer"}',
        'second_look_seconds_count{channel="api",step="receive"}',
        'second_look_answer_seconds_count{channel="api"}',
        'second_look_http_seconds_count{method="POST",route="/v1/diagnoses",status="200"}',
    )
    before = [metric(line) for line in watched]
    api.post(PICTURE, b"nothing")
    assert [metric(line) - was for line, was in zip(watched, before, strict=True)] == [1, 1, 1, 2, 1, 1, 1]
    assert metric('second_look_in_flight{channel="api"}') == 1  # the very request that asks
    assert api.http.get("/metrics").headers["content-type"].startswith("text/plain")


def test_whatever_goes_wrong_is_a_problem_and_never_a_page(api: Served) -> None:
    for method, path, status, code in (
        ("GET", "/", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/v1/diagnoses", 405, "method_not_allowed"),
        ("PUT", "/v1/models", 405, "method_not_allowed"),
        ("GET", "/healthz/", 404, "not_found"),
        ("GET", "/%00%ff", 404, "not_found"),
    ):
        response = api.http.request(method, path, headers={"Accept-Language": "ru", "Accept": "text/html"})
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.headers["content-type"] == "application/problem+json"
        assert ("allow" in response.headers) is (status == 405)


def test_an_error_of_ours_is_a_problem_without_its_text(
    api: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    person = "".join(("Petr", "ova"))  # a traceback quotes the source, where the name is not to stand

    async def fail(*_: object) -> None:
        raise ValueError(f"row 17 of {person}")

    monkeypatch.setattr(api.desk.journal.api, "told", fail)
    response = api.http.get("/v1/diagnoses/00000000-0000-4000-8000-000000000000")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert person not in response.text
    (record,) = [record for record in caplog.records if record.name == "web.tracing" and record.exc_info]
    line = PrivateFormatter().format(record)
    assert "ValueError" in line
    assert person not in line


def test_models_are_listed_with_what_their_cards_say(api: Served) -> None:
    listed = api.http.get("/v1/models", headers={"Accept-Language": "ru"})
    assert listed.headers["content-language"] == "ru"
    models = {model["name"]: model for model in listed.json()["models"]}
    assert set(models) == {"melanoma", "pneumonia", "skin"}
    assert listed.json()["default"] == "melanoma"
    assert [label["code"] for label in models["skin"]["labels"]] == ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]
    assert re.search("[а-я]", models["skin"]["labels"][4]["name"])
    assert models["melanoma"]["title"] == "Модель меланомы"
    assert models["melanoma"]["about"] == model_page(api.desk.reader.catalog.card("melanoma"), "ru")
    assert models["melanoma"]["unsuspicious_below"] == 0.3
    assert models["melanoma"]["figures"][0]["value"] == 0.9
    assert models["pneumonia"]["limits"] == ["It looks at the mean of red and at nothing else."]


def test_openapi_describes_key_form_problems_and_examples(api: Served) -> None:
    described = api.http.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/v1/diagnoses",
        "/v1/diagnoses/{id}",
        "/v1/diagnoses/{id}/heatmap.png",
        "/v1/diagnoses/{id}/picture.png",
        "/v1/diagnoses/{id}/heat.png",
        "/v1/diagnoses/{id}/report.pdf",
        "/v1/diagnoses/{id}/report.html",
        "/v1/models",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    post = described["paths"]["/v1/diagnoses"]["post"]
    assert post["security"] == [{"key": []}]
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert post["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["file"]["maxItems"] == 16
    assert set(post["responses"]) == {"200", "400", "401", "408", "409", "413", "415", "422", "429", "500", "503"}
    examples = post["responses"]["422"]["content"]["application/problem+json"]["examples"]
    assert examples["blurred"]["value"]["code"] == "blurred"
    assert examples["unknown_model"]["value"]["status"] == 422
    assert "HTTPValidationError" not in json.dumps(described)
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert references <= set(described["components"]["schemas"])
    assert "`blurred`" in described["components"]["schemas"]["ProblemOut"]["description"]

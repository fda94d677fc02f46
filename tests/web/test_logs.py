"""The API's log while it answers, as a program reads it."""

from __future__ import annotations

import io
import json
import logging

from models.private_logs import JsonFormatter
from tests.tiny_models import flat_png
from tests.waiting import wait_until
from tests.web.server import Served


def test_lines_parse_and_have_the_id_that_the_caller_gave(api: Served) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        api.post(flat_png(red=204), b"nothing", headers={"X-Request-ID": "order-66"})
        api.http.get("/v1/models?name=Petrova", headers={"X-Request-ID": "order-67"})
        # A request's line is written when its answer has gone out: the caller may be ahead of it.
        wait_until(lambda: "GET /v1/models: 200" in log.getvalue())
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    ours = [line for line in lines if line["logger"].startswith("web.")]
    assert {line["channel"] for line in ours} == {"api"}
    assert {line["message"] for line in ours if line["request"] == "order-66"} >= {
        "read by melanoma 0.1.0: suspicious",
        "refused: not_a_picture",
    }
    assert any(line["message"].startswith("GET /v1/models: 200") for line in ours if line["request"] == "order-67")
    assert "Petrova" not in "".join(line["message"] for line in ours)

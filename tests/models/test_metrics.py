"""What is counted, and where Prometheus finds it."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from models import Catalog, DiagnosisService
from models.metrics import served_at
from tests.tiny_models import flat_png


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"second_look_{name}", labels) or 0.0


async def test_readings_refusals_novelty_and_time_are_counted(weights: Path) -> None:
    names = {
        "suspicious": ("readings_total", {"model": "melanoma", "verdict": "suspicious"}),
        "small": ("refusals_total", {"model": "melanoma", "code": "too_small"}),
        "unlike": ("refusals_total", {"model": "melanoma", "code": "unlike_training"}),
        "no picture": ("refusals_total", {"model": "none", "code": "not_a_picture"}),
        "novelties": ("novelty_count", {"model": "melanoma"}),
        "within the limit": ("novelty_bucket", {"model": "melanoma", "le": "1.0"}),
        "inferences": ("seconds_count", {"step": "infer"}),
    }
    before = {key: counted(name, **labels) for key, (name, labels) in names.items()}
    async with DiagnosisService(Catalog.load(weights), "onnxruntime") as service:
        for data in (flat_png(204), flat_png(width=20), flat_png(0, 0, 255), b"no picture at all"):
            await service.diagnose(data, None if data.startswith(b"no") else "melanoma")
    added = {key: counted(name, **labels) - before[key] for key, (name, labels) in names.items()}
    assert added == {
        "suspicious": 1, "small": 1, "unlike": 1, "no picture": 1, "novelties": 2, "within the limit": 1,
        "inferences": 4,
    }  # fmt: skip


def test_prometheus_finds_them_as_long_as_the_block_runs() -> None:
    with served_at("127.0.0.1", 0) as port:
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
        assert "second_look_readings_total" in text
        with pytest.raises(OSError, match="in use"), served_at("127.0.0.1", port):
            pass
    with socket.socket() as free:
        assert free.connect_ex(("127.0.0.1", port)) != 0

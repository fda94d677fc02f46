"""Tiny models, and no settings from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import Catalog
from models.settings import ServingSettings
from tests.tiny_models import write_tiny_weights


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the settings of the person who runs it, nor their cache."""
    for name in ServingSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(ServingSettings.model_config, "env_file", None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A weights folder with the tiny models ``melanoma`` and ``pneumonia``."""
    return write_tiny_weights(tmp_path / "weights")


@pytest.fixture
def catalog(weights: Path) -> Catalog:
    return Catalog.load(weights)

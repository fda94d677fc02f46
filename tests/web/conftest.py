from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.settings import ServingSettings
from tests.tiny_models import write_tiny_skin, write_tiny_weights
from tests.web.server import Served, served
from web.settings import WebSettings


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the settings of the person who runs it, nor their cache."""
    for name in WebSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(ServingSettings.model_config, "env_file", None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with tiny models in ``weights``."""
    write_tiny_weights(tmp_path / "weights")
    write_tiny_skin(tmp_path / "weights")
    return tmp_path


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The API as it serves its own machine, one for all tests of a module."""
    folder = tmp_path_factory.mktemp("api")
    write_tiny_weights(folder / "weights")
    write_tiny_skin(folder / "weights")
    with served(folder) as running:
        yield running

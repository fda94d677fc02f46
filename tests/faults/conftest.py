"""The whole product as processes, on a machine that goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import stack, weights
from tests.faulty_engines import Faults

__all__ = ["faults", "stack", "weights"]


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    """What goes wrong in the bots that ``tests.faults.faulty`` runs."""
    folder = tmp_path / "faults"
    folder.mkdir()
    return Faults(folder)

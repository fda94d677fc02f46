"""The models that the repository ships: sound, and computing what they computed when they were made."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import Catalog
from models.engines.base import EngineOptions
from models.settings import WEIGHTS
from models.verification import Outcome, verify

SHIPPED = sorted(path.parent.name for path in WEIGHTS.glob("[a-z]*/card.json"))


@pytest.mark.skipif(not SHIPPED, reason="models/weights holds no models yet")
@pytest.mark.parametrize("name", SHIPPED)
def test_hashes_contract_and_golden_outputs_hold_on_every_engine(name: str) -> None:
    checks = list(verify(Catalog.load(WEIGHTS), name, EngineOptions()))
    assert [check for check in checks if check.outcome is Outcome.FAILED] == []
    assert any(check.subject.endswith("golden") for check in checks)


@pytest.mark.parametrize("path", sorted(WEIGHTS.rglob("*.onnx")), ids=lambda path: path.name)
def test_weights_tell_nothing_of_the_machine_they_were_made_on(path: Path) -> None:
    """Exporters note the source files of each operation, with their place on the disk."""
    assert b'.py", line ' not in path.read_bytes()

"""The models that the repository ships: sound, and computing what they computed when they were made."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import Catalog
from models.engines.base import EngineOptions, Precision
from models.precision.choice import Precisions
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


@pytest.mark.skipif(not SHIPPED, reason="models/weights holds no models yet")
def test_golden_outputs_hold_in_the_precision_that_is_chosen_here(tmp_path: Path) -> None:
    catalog, options = Catalog.load(WEIGHTS), EngineOptions(cache=tmp_path)
    precisions = Precisions(catalog, "openvino", options)
    precisions.try_out_now()
    lower = [name for name in catalog.cards if precisions.of(name) is not Precision.F32]
    checks = [check for name in lower for check in verify(catalog, name, options, precisions.of(name))]
    assert [check for check in checks if check.outcome is Outcome.FAILED] == []
    assert sum(check.subject == "openvino bf16 golden" for check in checks) == len(lower)

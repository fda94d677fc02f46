"""What the documents name is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_every_test_that_a_document_names_exists(document: Path) -> None:
    named = TEST.findall(document.read_text(encoding="utf-8"))
    assert named or document.stem not in ("reliability", "security")
    missing = [f"{path}::{name}" for path, name in named if name not in functions_of(ROOT / path)]
    assert missing == []


def test_every_promise_has_its_proof() -> None:
    """Each section of promises, up to how to run it, names at least one test."""
    promises, _, _ = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8").partition("## Running it")
    sections = promises.split("\n## ")[1:]
    assert len(sections) >= 5
    assert [section.splitlines()[0] for section in sections if not TEST.search(section)] == []

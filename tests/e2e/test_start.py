"""A wrong setting is told in one clear line, with exit status 2 and no traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stack import ROOT, TOKEN, Stack, clean_environment
from tests.tiny_models import write_tiny_weights


def run(arguments: list[str], folder: Path, **settings: str) -> tuple[int, str]:
    """Exit status and what was said on stderr."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=clean_environment(**settings),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
    )
    return done.returncode, done.stderr.strip()


def assert_one_clear_line(outcome: tuple[int, str], *words: str) -> None:
    status, said = outcome
    assert status == 2, said
    assert len(said.splitlines()) == 1, said
    assert "Traceback" not in said
    for word in words:
        assert word in said


def test_neither_token_nor_sandbox(tmp_path: Path) -> None:
    assert_one_clear_line(run(["-m", "bot"], tmp_path), "BOT_TOKEN")


def test_a_token_that_is_none(tmp_path: Path) -> None:
    outcome = run(["-m", "bot"], tmp_path, BOT_TOKEN="not a token")
    assert_one_clear_line(outcome, "BOT_TOKEN")
    assert "not a token" not in outcome[1]


async def test_a_token_that_the_server_does_not_know(stack: Stack, tmp_path: Path) -> None:
    await stack.fault(method="getMe", status=401, times=10)
    outcome = run(["-m", "bot"], tmp_path, BOT_TOKEN=TOKEN, BOT_API_URL=stack.base, **stack.settings)
    assert_one_clear_line(outcome, "BOT_TOKEN")
    assert TOKEN not in outcome[1]


def test_a_busy_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert_one_clear_line(run(["-m", "sandbox", "--port", port], tmp_path), port)


@pytest.mark.parametrize("where", ["sqlite+aiosqlite:////proc/journal.db", "sqlite+aiosqlite:///{folder}"])
async def test_a_journal_that_cannot_be_written(stack: Stack, tmp_path: Path, where: str) -> None:
    outcome = run(
        ["-m", "bot"],
        tmp_path,
        BOT_TOKEN=TOKEN,
        BOT_API_URL=stack.base,
        JOURNAL_URL=where.format(folder=tmp_path),
        **stack.settings,
    )
    assert_one_clear_line(outcome, "JOURNAL_URL")


async def test_weights_that_are_not_what_their_card_says(stack: Stack, tmp_path: Path) -> None:
    weights = write_tiny_weights(tmp_path / "damaged")
    network = weights / "melanoma" / "model0.onnx"
    network.write_bytes(network.read_bytes()[:-1] + b"\0")
    outcome = run(["-m", "bot"], tmp_path, BOT_TOKEN=TOKEN, BOT_API_URL=stack.base, MODELS_DIR=str(weights))
    assert_one_clear_line(outcome, "model0.onnx")


def test_serving_imports_no_training_framework(tmp_path: Path) -> None:
    program = """
import importlib, pkgutil, sys
for root in ("bot", "conversion", "journal", "models", "report", "sandbox"):
    package = importlib.import_module(root)
    for module in pkgutil.walk_packages(package.__path__, root + "."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
print(sorted({"torch", "torchvision", "lightning", "tensorflow", "keras", "training"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=clean_environment(), cwd=ROOT, capture_output=True, text=True, timeout=110
    )
    assert done.stdout.strip() == "[]", done.stderr

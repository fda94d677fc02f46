"""Training commands as processes of their own, as a person starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(module: str, *options: str) -> subprocess.Popen[str]:
    """``python -m training.MODULE OPTIONS``, its output piped."""
    environment = {**os.environ, "MLFLOW_TRACKING_URI": "", "COLUMNS": "200"}
    command = [sys.executable, "-m", f"training.{module}", *options]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 - no threads are running
    )  # fmt: skip


def _hear_ctrl_c() -> None:
    """What a shell runs in the background ignores SIGINT, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(module: str, *options: str) -> subprocess.CompletedProcess[str]:
    """As ``start``, waited for."""
    process = start(module, *options)
    out, err = process.communicate(timeout=600)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)

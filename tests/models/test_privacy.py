"""What runs beside people's pictures tells nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RUN_EVERY_ENGINE = """
import multiprocessing, pathlib, socket, subprocess, sys

def refuse(*arguments, **options):
    raise SystemExit(f"tried to reach out: {arguments}")

for owner, name in ((socket.socket, "connect"), (socket, "getaddrinfo"), (multiprocessing.Process, "start")):
    setattr(owner, name, refuse)

from models.engines.base import EngineOptions, NetworkFile
from models.engines.choice import choose
network = NetworkFile.of(pathlib.Path(sys.argv[1]), 64, 64, 2)
for name in ("openvino", "onnxruntime"):
    choose(name).open(network, EngineOptions(threads=1))
print(*(name for name, module in sys.modules.items() if module and name.startswith("openvino_telemetry")))
"""


def test_engines_report_themselves_to_nobody(weights: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    model = weights / "melanoma" / "model0.onnx"
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "TF_BUILD", "JENKINS_URL")}
    done = subprocess.run(
        [sys.executable, "-c", RUN_EVERY_ENGINE, str(model)],
        env=environment | {"HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
    assert list(home.iterdir()) == []

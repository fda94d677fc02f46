"""What serves never loads a training framework: with one, a start takes seconds more and hundreds of megabytes."""

from __future__ import annotations

import subprocess
import sys

FRAMEWORKS = {"torch", "torchvision", "lightning", "tensorflow", "keras", "onnx", "albumentations", "cv2", "sklearn"}

# Alembic's scripts run inside Alembic only, and a __main__ runs its program.
IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
count = 0
for name in ("bot", "conversion", "journal", "models", "report", "web"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.endswith(".__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
            count += 1
from models.engines.choice import installed_engines
assert {f"models.engines.{name}" for name in installed_engines()} <= set(sys.modules)
print(count, *(name for name in sys.modules if "." not in name))
"""


def test_serving_imports_no_training_framework() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT_EVERYTHING], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count, *modules = done.stdout.split()
    assert int(count) > 40
    assert not FRAMEWORKS & set(modules)
    assert {"openvino", "onnxruntime", "aiogram", "sqlalchemy", "fastapi"} <= set(modules)

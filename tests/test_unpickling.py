"""Nothing that is read from outside can run code while it is read: no pickles, and none in another format's clothes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("benchmarks", "bot", "conversion", "deploy", "journal", "models", "report", "sandbox", "training", "web")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

UNPICKLERS = {
    "pickle",
    "_pickle",
    "cPickle",
    "cloudpickle",
    "dill",
    "joblib",
    "jsonpickle",
    "marshal",
    "shelve",
    "skops",
}
SAFE_LOADERS = {"SafeLoader", "CSafeLoader", "BaseLoader"}
FORBIDDEN = {"yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all", "yaml.full_load_all", "pandas.read_pickle",
             "torch.hub.load", "keras.config.enable_unsafe_deserialization"}  # fmt: skip
# What reads a pickle unless it is told not to, and the keyword and value that tell it.
NEEDS = {
    "torch.load": ("weights_only", True),
    "torch.hub.load_state_dict_from_url": ("weights_only", True),
    "get_state_dict": ("weights_only", True),
    "load_from_checkpoint": ("weights_only", True),
}
# What reads a pickle only when it is told to.
MUST_NOT = {
    "numpy.load": "allow_pickle",
    "keras.models.load_model": "safe_mode",
    "keras.saving.load_model": "safe_mode",
}
HARMLESS = {"allow_pickle": False, "safe_mode": True}


def imported(tree: ast.AST) -> dict[str, str]:
    """The full name that each name of a module stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                shown = alias.name if alias.asname else alias.name.partition(".")[0]
                names[alias.asname or shown] = shown
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def full_name(node: ast.expr, names: dict[str, str]) -> str:
    """``np.load`` as ``numpy.load``; a method of something unknown as ``?.method``."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{full_name(node.value, names)}.{node.attr}"
    return "?"


def constant(call: ast.Call, keyword: str) -> object:
    """What ``keyword`` is in ``call``; None where it is not said, ``...`` where it is no constant."""
    for each in call.keywords:
        if each.arg == keyword:
            return each.value.value if isinstance(each.value, ast.Constant) else ...
    return None


def dangers_of_call(call: ast.Call, names: dict[str, str]) -> Iterator[str]:
    name = full_name(call.func, names)
    last = name.rpartition(".")[2]
    if name in FORBIDDEN:
        yield name
    for key, (keyword, value) in NEEDS.items():
        if (name == key or ("." not in key and last == key)) and constant(call, keyword) is not value:
            yield f"{name} without {keyword}={value}"
    if name in MUST_NOT:
        said = constant(call, MUST_NOT[name])
        if said is not None and said is not HARMLESS[MUST_NOT[name]]:
            yield f"{name} with {MUST_NOT[name]}"
    if name in ("yaml.load", "yaml.load_all"):
        loaders = [*call.args[1:], *(each.value for each in call.keywords if each.arg == "Loader")]
        if not any(full_name(loader, names).rpartition(".")[2] in SAFE_LOADERS for loader in loaders):
            yield f"{name} without a safe loader"
    if last == "fit" and any(each.arg == "ckpt_path" for each in call.keywords) and not constant(call, "weights_only"):
        yield f"{name} from a checkpoint without weights_only=True"


def dangers(source: str) -> list[str]:
    """What in ``source`` may run code of a file while reading it."""
    tree = ast.parse(source)
    names = imported(tree)
    found = [f"import of {name}" for name in names.values() if name.partition(".")[0] in UNPICKLERS]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found.extend(dangers_of_call(node, names))
    return sorted(found)


def test_no_code_of_ours_unpickles() -> None:
    assert len(SOURCES) > 150
    found = [f"{path.relative_to(ROOT)}: {each}" for path in SOURCES for each in dangers(path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("source", "danger"),
    [
        ("import pickle", "import of pickle"),
        ("from dill import loads", "import of dill.loads"),
        ("import joblib as j", "import of joblib"),
        ("import torch\ntorch.load(p)", "torch.load without weights_only=True"),
        ("from torch import load\nload(p, weights_only=False)", "torch.load without weights_only=True"),
        ("weights.get_state_dict(check_hash=True)", "weights.get_state_dict without weights_only=True"),
        ("import numpy as np\nnp.load(p, allow_pickle=True)", "numpy.load with allow_pickle"),
        ("import numpy as np\nnp.load(p, allow_pickle=flag)", "numpy.load with allow_pickle"),
        ("import yaml\nyaml.load(f)", "yaml.load without a safe loader"),
        ("import yaml\nyaml.load(f, Loader=yaml.FullLoader)", "yaml.load without a safe loader"),
        ("import yaml\nyaml.unsafe_load(f)", "yaml.unsafe_load"),
        ("trainer.fit(network, ckpt_path=path)", "trainer.fit from a checkpoint without weights_only=True"),
        (
            "from keras.models import load_model\nload_model(p, safe_mode=False)",
            "keras.models.load_model with safe_mode",
        ),
    ],
)
def test_what_unpickles_is_found(source: str, danger: str) -> None:
    assert dangers(source) == [danger]


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.load(p, weights_only=True)",
        "import numpy as np\nnp.load(p)",
        "import numpy as np\nnp.load(p, allow_pickle=False)",
        "import yaml\nyaml.safe_load(f)\nyaml.load(f, Loader=yaml.SafeLoader)",
        "trainer.fit(network, ckpt_path=path, weights_only=True)",
        "import json\njson.load(f)",
    ],
)
def test_what_only_reads_is_let_pass(source: str) -> None:
    assert dangers(source) == []

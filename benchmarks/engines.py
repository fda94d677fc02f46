"""Each model's network as it is served, against the other ways to run it.

Each contender has a process of its own, and they take turns, so that what else the machine does meets all alike. Ours,
OpenVINO and ONNX Runtime compute probabilities, heat map and novelty; Keras and PyTorch, as peers run them,
probabilities alone, and a last stage a quarter as large, for without a heat map nobody needs the finer one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.child import Child, OutOfTheRunning
from benchmarks.comparison import BATCHES, OURS, Comparison, Result
from benchmarks.contenders.base import Task
from benchmarks.contenders.sizes import OPERATIONS
from benchmarks.flops import count_flops
from benchmarks.folders import CannotMeasure
from benchmarks.processes import require_proc
from models.catalog import Catalog
from models.engines.base import usable_cpus
from models.errors import ModelsError

_CONTENDERS = {
    OURS: "served.open_contender",
    "OpenVINO f32": "openvino_f32.open_contender",
    "ONNX Runtime f32": "served.open_contender",
    "PyTorch eager": "torch_network.open_contender",
    "PyTorch compiled": "torch_network.open_compiled",
    "Keras predict": "keras_network.open_contender",
}
UNCHECKED = "ours in bf16, unchecked"
_FOR_RANDOM_WEIGHTS = {UNCHECKED: "served.open_bf16"}
_PRODUCTS = {
    "matrix product f32 by OpenVINO": "openvino_peak.open_f32",
    "matrix product bf16 by OpenVINO": "openvino_peak.open_bf16",
    "matrix product f32 by PyTorch": "torch_peak.open_f32",
    "matrix product bf16 by PyTorch": "torch_peak.open_bf16",
}
PRODUCTS_A_TURN = 3
_SETTINGS = {"ONNX Runtime f32": {"INFERENCE_ENGINE": "onnxruntime"}}


@dataclass(frozen=True)
class Plan:
    """``rounds`` in which each contender has a turn of ``times`` answers to one picture and a third as many to eight.
    Each was started before, ``starts`` times with an empty cache and as often with its own."""

    rounds: int = 20
    times: int = 10
    starts: int = 3


def measure_shipped(names: Sequence[str], models_dir: Path, plan: Plan, say: Callable[[str], None]) -> list[Comparison]:
    """The models ``names`` in ``models_dir``, all of them where none is named. Raises ``CannotMeasure``."""
    try:
        catalog = Catalog.load(models_dir)
        tasks = [task_of(catalog, name) for name in names or catalog.names]
    except ModelsError as error:
        raise CannotMeasure(str(error)) from error
    return [compare(task, models_dir, contenders_of(catalog, task.name), plan, say) for task in tasks]


def task_of(catalog: Catalog, name: str) -> Task:
    """The model ``name`` as a task; its ``cache`` is set when it is run. Raises ``models.ModelsError``."""
    card = catalog.card(name)
    files = tuple(network.path.resolve() for network in catalog.networks(name))
    architectures = tuple(file.architecture for file in card.files)
    size = card.input
    return Task(name, size.height, size.width, len(card.labels), architectures, files, usable_cpus(), Path())


def contenders_of(catalog: Catalog, name: str) -> list[str]:
    """Those that are peers of the model: its own framework's way beside the engines."""
    keras = catalog.card(name).framework.startswith("Keras")
    return [each for each in _CONTENDERS if not each.startswith("PyTorch" if keras else "Keras")]


def compare(
    task: Task, models_dir: Path, contenders: Sequence[str], plan: Plan, say: Callable[[str], None]
) -> Comparison:
    """Starts the ``contenders``, the first being ours, and lets them take turns; ``say`` is told what is done. Raises
    ``CannotMeasure`` where ours cannot be measured."""
    require_proc()
    results = [Result(task.name, name) for name in contenders]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        start = partial(_start, task, models_dir.resolve(), Path(folder))
        children: dict[str, Child] = {}
        for result in results:
            say(f"{task.name}: starting {result.name}")
            _try(result, _start_all, result, children, plan, start, stack)
        products = [Result(task.name, name) for name in _PRODUCTS]
        for result in products:
            _try(result, _start_once, result, children, start, stack)
        for number in range(plan.rounds):
            say(f"{task.name}: round {number + 1} of {plan.rounds}")
            for result in results:
                for batch in BATCHES:
                    times = plan.times if batch == 1 else max(1, plan.times // 3)
                    _turn(result, children, batch, times)
            for result in products:
                _turn(result, children, 1, PRODUCTS_A_TURN)
        for result in results:
            if result.reason is None:
                _try(result, _finish, result, children, task)
    if results[0].reason is not None:
        raise CannotMeasure(f"{task.name}: {results[0].reason}")
    return Comparison(task, tuple(results), _peak(products))


def _try(result: Result, act: Callable[..., None], *arguments: object) -> None:
    try:
        act(*arguments)
    except OutOfTheRunning as error:
        result.reason = str(error)


def _start(task: Task, models_dir: Path, folder: Path, name: str, cache: str) -> Child:
    """The contender ``name`` with the folder ``cache`` of its own under ``folder``."""
    place = folder / cache / name.replace(" ", "_")
    place.mkdir(parents=True, exist_ok=True)
    settings = {
        "MODELS_DIR": str(models_dir),
        "CACHE_DIR": str(place),
        "TORCHINDUCTOR_CACHE_DIR": str(place),
        **_SETTINGS.get(name, {}),
    }
    given = Task(**{**vars(task), "cache": place})
    return Child((_CONTENDERS | _FOR_RANDOM_WEIGHTS | _PRODUCTS)[name], given, settings, folder)


def _start_all(
    result: Result, children: dict[str, Child], plan: Plan, start: Callable[[str, str], Child], stack: ExitStack
) -> None:
    """Cold and warm starts by turns; the last warm one stays."""
    for number in range(plan.starts):
        cache = f"start{number}"
        cold = start(result.name, cache)
        result.cold.append(cold.start_seconds)
        cold.settle()
        cold.close()
        warm = start(result.name, cache)
        result.warm.append(warm.start_seconds)
        if number + 1 < plan.starts:
            warm.close()
    _keep(result, children, warm, stack)


def _start_once(
    result: Result, children: dict[str, Child], start: Callable[[str, str], Child], stack: ExitStack
) -> None:
    _keep(result, children, start(result.name, "once"), stack)


def _keep(result: Result, children: dict[str, Child], child: Child, stack: ExitStack) -> None:
    result.describe, result.precision = child.describe, child.precision
    children[result.name] = child
    stack.callback(child.close)


def _turn(result: Result, children: Mapping[str, Child], batch: int, times: int) -> None:
    if result.reason is None:
        _try(result, _time, result, children, batch, times)


def _time(result: Result, children: Mapping[str, Child], batch: int, times: int) -> None:
    result.times[batch] += children[result.name].time(batch, times)


def _finish(result: Result, children: Mapping[str, Child], task: Task) -> None:
    result.resident_mib, result.flops = children[result.name].finish()
    if result.flops is None:
        counts = [count_flops(path) for path in task.files]
        result.flops = None if None in counts else sum(filter(None, counts))


def _peak(products: Sequence[Result]) -> dict[str, float]:
    """FLOP/s of the quickest product by either library, by precision."""
    found: dict[str, float] = {}
    for result in products:
        if quickest := min(result.times[1], default=0.0):
            found[result.precision] = max(found.get(result.precision, 0.0), OPERATIONS / (quickest / 1e3))
    return found

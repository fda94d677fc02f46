"""The model as it is served: the engine, its precision and its threads as the settings of this project choose."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.contenders.base import Contender, Missing, Task
from models.catalog import Catalog
from models.engines.base import EngineOptions, Precision
from models.engines.choice import Choice, EngineSetting, choose
from models.ensemble import Ensemble
from models.precision.choice import Precisions
from models.serving import engine_options
from models.settings import ServingSettings, read_settings


def open_contender(task: Task) -> Contender:
    """With the settings in the environment, which name the folder of models and the cache. As in a service the first
    start computes in float32, and ``settle`` finds out whether the next one need not."""
    settings = read_settings(ServingSettings)
    catalog, choice = Catalog.load(settings.models_dir), choose(settings.inference_engine)
    precisions = Precisions(catalog, choice.name, engine_options(settings), settings.inference_precision)
    return _contender(catalog, task.name, choice, precisions.options(task.name), precisions)


def open_bf16(task: Task) -> Contender:
    """In bfloat16, although no card allows it: for networks with random weights there is nothing to check it by. Raises
    ``Missing`` where OpenVINO or the processor does not compute in it."""
    settings = read_settings(ServingSettings)
    choice = choose(settings.inference_engine)
    if choice.name != EngineSetting.OPENVINO:
        raise Missing("only OpenVINO computes in bf16")
    from models.engines.openvino import computes_bf16  # noqa: PLC0415 - an engine is imported when it is chosen

    if not computes_bf16():
        raise Missing("this CPU has no bf16")
    options = replace(engine_options(settings), precision=Precision.BF16)
    return _contender(Catalog.load(settings.models_dir), task.name, choice, options, None)


def _contender(
    catalog: Catalog, name: str, choice: Choice, options: EngineOptions, precisions: Precisions | None
) -> Contender:
    ensemble = Ensemble(catalog.networks(name), choice, options)
    contender = Contender(ensemble.infer, ensemble.describe(), str(ensemble.engine.precision))
    return replace(contender, settle=precisions.try_out_now) if precisions else contender

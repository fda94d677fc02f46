"""The model as it is served: the engine, its precision and its threads as the settings of this project choose."""

from __future__ import annotations

from benchmarks.contenders.base import Contender, Task
from models.catalog import Catalog
from models.engines.choice import choose
from models.ensemble import Ensemble
from models.precision.choice import Precisions
from models.serving import engine_options
from models.settings import ServingSettings, read_settings


def open_contender(task: Task) -> Contender:
    """With the settings in the environment, which name the folder of models and the cache."""
    settings = read_settings(ServingSettings)
    catalog, choice = Catalog.load(settings.models_dir), choose(settings.inference_engine)
    precisions = Precisions(catalog, choice.name, engine_options(settings), settings.inference_precision)
    ensemble = Ensemble(catalog.networks(task.name), choice, precisions.options(task.name))
    return Contender(ensemble.infer, ensemble.describe(), ensemble.engine.precision)

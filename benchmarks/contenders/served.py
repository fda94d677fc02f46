"""The model as it is served: the engine, its precision and its threads as the settings of this project choose."""

from __future__ import annotations

from benchmarks.contenders.base import Contender, Task
from models.catalog import Catalog
from models.engines.choice import choose
from models.ensemble import Ensemble
from models.serving import engine_options
from models.settings import ServingSettings, read_settings


def open_contender(task: Task) -> Contender:
    """With the settings in the environment, which name the folder of models and the cache."""
    settings = read_settings(ServingSettings)
    networks = Catalog.load(settings.models_dir).networks(task.name)
    ensemble = Ensemble(networks, choose(settings.inference_engine), engine_options(settings))
    return Contender(ensemble.infer, ensemble.describe(), ensemble.engine.precision)

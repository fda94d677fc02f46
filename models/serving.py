"""The diagnosis service as the settings of a program that serves want it."""

from __future__ import annotations

from models.catalog import Catalog
from models.engines.base import EngineOptions
from models.service import DiagnosisService
from models.settings import ServingSettings


def build_service(settings: ServingSettings) -> DiagnosisService:
    """The diagnosis service, its models not loaded yet. Raises ``models.ModelsError``."""
    return DiagnosisService(
        Catalog.load(settings.models_dir),
        engine=settings.inference_engine,
        limits=settings.decoding_limits,
        options=EngineOptions(threads=settings.inference_threads, cache=settings.cache_dir),
    )

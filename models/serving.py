"""The diagnosis service as the settings of a program want it."""

from __future__ import annotations

from conversion.processes import DecodingProcesses
from models.catalog import Catalog
from models.engines.base import EngineOptions
from models.service import DEFAULT_MODEL, DiagnosisService
from models.settings import ServingSettings


def build_service(settings: ServingSettings, default_model: str = DEFAULT_MODEL) -> DiagnosisService:
    """The diagnosis service; of its models none is loaded and of its decoding processes none started yet.

    Raises ``models.ModelsError``.
    """
    decoders = DecodingProcesses(settings.decode_processes, settings.decode_memory_mb)
    return DiagnosisService(
        Catalog.load(settings.models_dir),
        settings.inference_engine,
        settings.decoding_limits,
        default_model,
        options=engine_options(settings),
        precision=settings.inference_precision,
        decoders=decoders if settings.decode_processes else None,
    )


def engine_options(settings: ServingSettings) -> EngineOptions:
    """How ``settings`` want an engine to run."""
    return EngineOptions(threads=settings.inference_threads, cache=settings.cache_dir)

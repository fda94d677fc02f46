"""The diagnosis service as the settings of a program want it."""

from __future__ import annotations

import gc
import logging
import os
import sys
from typing import Final, NoReturn

from conversion.processes import DecodingProcesses
from models.catalog import Catalog
from models.engines.base import EngineOptions
from models.errors import EngineFailed
from models.service import DEFAULT_MODEL, DiagnosisService
from models.settings import ServingSettings

EXIT_STUCK: Final = 3
_SWITCH_SECONDS: Final = 0.0005


def build_service(
    settings: ServingSettings, default_model: str = DEFAULT_MODEL, *, shows: bool = True
) -> DiagnosisService:
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
        inference_seconds=settings.inference_seconds,
        shows=shows,
    )


def engine_options(settings: ServingSettings) -> EngineOptions:
    """How ``settings`` want an engine to run."""
    return EngineOptions(threads=settings.inference_threads, cache=settings.cache_dir)


def settle() -> None:
    """To be called once a program has imported and loaded what it serves with.

    None of that is ever garbage: left out of it, a full collection, during which nothing else runs, takes some
    milliseconds instead of hundreds. And threads that come back from a decoder or an engine are to wait for the
    interpreter less than the five milliseconds that Python lets another one keep it.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(_SWITCH_SECONDS)


def leave_stuck(error: EngineFailed) -> NoReturn:
    """Ends the process with ``EXIT_STUCK`` once it has stopped serving, and says why in one line. It skips what an exit
    does besides: libraries wait there for their threads, and some of those hang."""
    print(error, file=sys.stderr)  # noqa: T201 - the one line
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_STUCK)

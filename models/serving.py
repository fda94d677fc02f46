"""The diagnosis service as the settings of a program that serves want it."""

from __future__ import annotations

import logging
import os
import sys
from typing import Final, NoReturn

from models.catalog import Catalog
from models.engines.base import EngineOptions
from models.errors import EngineFailed
from models.service import DiagnosisService
from models.settings import ServingSettings

EXIT_STUCK: Final = 3


def build_service(settings: ServingSettings) -> DiagnosisService:
    """The diagnosis service, its models not loaded yet. Raises ``models.ModelsError``."""
    return DiagnosisService(
        Catalog.load(settings.models_dir),
        engine=settings.inference_engine,
        limits=settings.decoding_limits,
        options=EngineOptions(threads=settings.inference_threads, cache=settings.cache_dir),
        inference_seconds=settings.inference_seconds,
    )


def leave_stuck(error: EngineFailed) -> NoReturn:
    """Ends the process with ``EXIT_STUCK`` once it has stopped serving, and says why in one line. It skips what an exit
    does besides: libraries wait there for their threads, and some of those hang."""
    print(error, file=sys.stderr)  # noqa: T201 - the one line
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_STUCK)

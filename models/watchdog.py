"""A model that is watched over: when its engine fails or hangs it is loaded anew, and the picture is asked again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.engines.base import EngineOutput
from models.ensemble import Ensemble
from models.errors import ContractViolation, EngineFailed, EnginesStuck
from models.metrics import count_engine_failure, loaded, unloaded
from models.threads import CallHung, Threads

LOADING_SECONDS: Final = 300.0
"""Longest that loading a model may take. It runs the engine too, so it may hang like any other call."""

_TRIES: Final = 2

_log = logging.getLogger(__name__)


class WatchedModel:
    """The model of a card, as ``load`` makes it. Safe to use from several threads.

    When a call raises, or takes longer than ``seconds``, the engine is given up and the model loaded anew, once for all
    the pictures that were in its hands; each of them is asked again.
    """

    def __init__(self, card: ModelCard, load: Callable[[], Ensemble], threads: Threads, seconds: float) -> None:
        """Loads the model. Raises what ``load`` raises, and ``EngineFailed`` when it hangs."""
        self._card = card
        self._load = load
        self._threads = threads
        self._seconds = seconds
        self._lock = threading.Lock()
        self._closed = False
        self._model: Ensemble | None = None
        self._at_hand()

    def infer(self, images: NDArray[np.uint8]) -> EngineOutput:
        """As ``Engine.infer``, tried twice.

        Raises ``EngineFailed`` when that was in vain, ``EnginesStuck`` when engines are not asked any more, and what
        ``load`` raises when the model cannot be loaded anew.
        """
        tries = 0
        while True:
            model = self._at_hand()
            try:
                return self._threads.run(partial(model.infer, images), self._seconds)
            except (ValueError, EnginesStuck):
                raise
            except Exception as error:
                # Of a model that was given up meanwhile, for another picture's sake, this one is not to blame.
                tries += self._give_up(model, error)
                if tries == _TRIES or self._threads.stuck:
                    if isinstance(error, ContractViolation):
                        raise
                    raise EngineFailed(self._card.name, _kind(error)) from error

    @property
    def precision(self) -> str:
        """What it is computed with; empty while it is not loaded."""
        model = self._model
        return "" if model is None else model.engine.precision

    def renew(self) -> None:
        """Loads the model anew and goes over to it; pictures are read meanwhile, those in hand to their end.

        Raises what ``load`` raises, and ``CallHung``; then all stays as it was.
        """
        new = self._threads.run(self._load, LOADING_SECONDS)
        with self._lock:
            if self._closed or self._model is None:
                new.close()
                return
            self._drop(self._model)
            self._model = new
            loaded(self._card, new)

    def close(self) -> None:
        """Gives the memory back; ``infer`` raises ``RuntimeError`` from then on."""
        with self._lock:
            self._closed = True
            if self._model is not None:
                self._drop(self._model)

    def _at_hand(self) -> Ensemble:
        """The model, loaded if it is not. Who comes meanwhile waits for it."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the model is closed")
            if self._model is None:
                try:
                    self._model = self._threads.run(self._load, LOADING_SECONDS)
                except CallHung as error:
                    count_engine_failure(self._card, _kind(error))
                    raise EngineFailed(self._card.name, "hung while it was loaded") from error
                loaded(self._card, self._model)
            return self._model

    def _give_up(self, model: Ensemble, error: Exception) -> bool:
        """Whether it was this ``error`` that ended ``model``, and no earlier one."""
        with self._lock:
            if self._model is not model:
                return False
            count_engine_failure(self._card, _kind(error))
            _log.error(
                "the engine of %s %s; the model is loaded anew",
                self._card.name,
                _kind(error),
                exc_info=None if isinstance(error, CallHung) else error,
                extra={"alert": "engine_failed"},
            )
            # Those who wait for this engine are told that it is closed; those in the midst of it come to their end.
            self._drop(model)
            return True

    def _drop(self, model: Ensemble) -> None:
        self._model = None
        unloaded(self._card, model)
        model.close()


def _kind(error: Exception) -> str:
    return "hung" if isinstance(error, CallHung) else "failed"

"""Ctrl-C at any moment of a training. Python's own KeyboardInterrupt is lost when it falls into a destructor or into a
callback of a library, which happens, and a torn checkpoint is possible; here it waits for the next batch."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any, Self

import lightning.pytorch as pl


class StopAtCtrlC(pl.Callback):
    """Raises ``KeyboardInterrupt`` between batches once SIGINT came within the ``with`` block that it opens, and at the
    block's end. A second SIGINT is Python's own."""

    def __init__(self) -> None:
        self._asked = False
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        self._stop_if_asked()

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def _stop_if_asked(self) -> None:
        if self._asked:
            raise KeyboardInterrupt

    def on_train_batch_start(self, *_: object) -> None:
        self._stop_if_asked()

    def on_validation_batch_start(self, *_: object) -> None:
        self._stop_if_asked()

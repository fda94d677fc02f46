"""What the training commands share: a person's mistake ends in one line and exit status 2, not in a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from omegaconf import DictConfig, OmegaConf

import training.hardware  # noqa: F401 - registers what configurations ask for
from training.data import DataError


@contextmanager
def refusing_clearly(config: DictConfig) -> Iterator[None]:
    """Checks that ``data.root`` is set; prints a ``DataError`` from within to stderr and exits with status 2."""
    if OmegaConf.is_missing(config.data, "root"):
        _end("Say where the pictures are: data.root=DIR, the folder that holds the class folders.")
    try:
        yield
    except DataError as problem:
        _end(str(problem))


def _end(message: str) -> NoReturn:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(2)

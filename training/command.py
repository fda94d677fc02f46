"""What the training commands share: a person's mistake ends in one line and exit status 2, not in a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from omegaconf import DictConfig, MissingMandatoryValue, OmegaConf

import training.hardware  # noqa: F401 - registers what configurations ask for
from training.data import DataError


@contextmanager
def refusing_clearly(config: DictConfig) -> Iterator[None]:
    """``ending_clearly``, after a check that ``data.root`` is set."""
    if OmegaConf.is_missing(config.data, "root"):
        _end("Say where the pictures are: data.root=DIR, the folder that holds the class folders.")
    with ending_clearly():
        yield


@contextmanager
def ending_clearly() -> Iterator[None]:
    """Prints a ``DataError`` from within, or a setting that must be given, to stderr and exits with status 2."""
    try:
        yield
    except DataError as problem:
        _end(str(problem))
    except MissingMandatoryValue as problem:
        _end(f"Say {problem.full_key}=...")


def _end(message: str) -> NoReturn:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(2)

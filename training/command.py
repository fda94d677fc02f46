"""What the training commands share: a person's mistake ends in one line and exit status 2, not in a traceback."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from omegaconf import DictConfig, MissingMandatoryValue, OmegaConf

import training.hardware  # noqa: F401 - registers what configurations ask for
from training.data import DataError

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)


@contextmanager
def refusing_clearly(config: DictConfig) -> Iterator[None]:
    """``ending_clearly``, after a check that ``data.root`` is set."""
    if OmegaConf.is_missing(config.data, "root"):
        _end("Say where the pictures are: data.root=DIR, the folder that holds the class folders.")
    with ending_clearly():
        yield


@contextmanager
def ending_clearly() -> Iterator[None]:
    """Prints what a person can mend (a ``DataError``, a missing setting, a full or closed disk) to stderr and exits
    with status 2; after Ctrl-C with 130."""
    try:
        yield
    except DataError as problem:
        _end(str(problem))
    except MissingMandatoryValue as problem:
        _end(f"Say {problem.full_key}=...")
    except OSError as problem:
        if problem.errno not in _DISK:
            raise
        place = f"{problem.filename}: " if problem.filename else ""
        _end(f"{place}{problem.strerror}. Make room or choose another folder; the same command then goes on.")
    except KeyboardInterrupt:
        sys.stderr.write("stopped; the same command goes on where it was\n")
        sys.exit(130)


def _end(message: str) -> NoReturn:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(2)

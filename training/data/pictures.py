"""Picture files as arrays of model input, read by the code that serves, kept between runs."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray

import conversion
from conversion import Fit, UnreadablePicture, open_picture, to_model_input
from training.data.samples import DataError, Sample

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedPictures:
    """``pixels`` uint8 ``[N, H, W, 3]``, RGB, row by row those of ``samples``; ``skipped`` files could not be read."""

    samples: list[Sample]
    pixels: NDArray[np.uint8]
    skipped: tuple[Path, ...]


def default_cache() -> Path:
    """``second-look`` in the user's cache folder (``XDG_CACHE_HOME`` or ``~/.cache``)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "second-look"


def load_array(path: Path, height: int, width: int, fit: Fit) -> NDArray[np.uint8]:
    """One file as model input, uint8 ``[height, width, 3]``. Raises ``UnreadablePicture`` or ``OSError``."""
    return to_model_input(open_picture(path.read_bytes()), height, width, fit).pixels


def load_pictures(
    samples: Sequence[Sample], height: int, width: int, fit: Fit, cache: Path | None = None
) -> LoadedPictures:
    """All ``samples`` as one array, from ``cache`` (default ``default_cache()``) when it was built before.

    A file that cannot be read is named in the log, left out and counted. Raises ``DataError`` when none can be.
    """
    folder = cache or default_cache()
    entry = folder / f"{_key(samples, height, width, fit)}.npz"
    if entry.is_file():
        with np.load(entry) as stored:
            pixels, readable = stored["pixels"], stored["readable"]
    else:
        pixels, readable = _read_all(samples, height, width, fit)
        folder.mkdir(parents=True, exist_ok=True)
        partial = entry.with_suffix(f".{os.getpid()}.npz")
        np.savez(partial, pixels=pixels, readable=readable)
        partial.replace(entry)
    kept = [sample for sample, good in zip(samples, readable, strict=True) if good]
    skipped = tuple(sample.path for sample, good in zip(samples, readable, strict=True) if not good)
    if skipped:
        logger.warning("%d of %d pictures cannot be read and are left out", len(skipped), len(samples))
    if not kept:
        raise DataError(f"None of the {len(samples)} pictures can be read.")
    return LoadedPictures(kept, pixels, skipped)


def _read_all(
    samples: Sequence[Sample], height: int, width: int, fit: Fit
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    def read(sample: Sample) -> NDArray[np.uint8] | None:
        try:
            return load_array(sample.path, height, width, fit)
        except UnreadablePicture as problem:
            logger.warning("%s: %s", sample.path, problem.message)
        except OSError as problem:
            logger.warning("%s: %s", sample.path, problem.strerror or problem)
        return None

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        arrays = list(pool.map(read, samples))
    readable = np.array([array is not None for array in arrays], dtype=np.bool_)
    good = [array for array in arrays if array is not None]
    pixels = np.stack(good) if good else np.zeros((0, height, width, 3), np.uint8)
    return pixels, readable


def _key(samples: Sequence[Sample], height: int, width: int, fit: Fit) -> str:
    """Changes with the files, the size asked for, and the code that reads pictures."""
    digest = hashlib.sha256(f"{height}x{width} {fit} Pillow {PIL.__version__}".encode())
    for source in sorted(Path(conversion.__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    for sample in samples:
        state = sample.path.stat()
        digest.update(f"{sample.path.resolve()}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]

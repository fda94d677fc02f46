"""Pictures of one part of a set that are in the other part too, or nearly: figures measured across them flatter."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from conversion import Fit, UnreadablePicture
from training.data import load_array
from training.data.duplicates import difference_hash
from training.data.prepare import LOOK_SIDE
from training.data.samples import SUFFIXES

BITS = 40
"""Of the hash's 512: pictures that differ in no more are near-duplicates."""
TABLE = "lookalikes.csv"


def report_lookalikes(root: Path, parts: tuple[str, str], on_pictures: Callable[[int, int], None]) -> str:
    """Writes ``lookalikes.csv`` into ``root``: each pair of a picture in either of ``parts``, with the bits by which
    their difference hashes differ. Returns what was found, as a sentence."""
    pictures = [_pictures(root / part) for part in parts]
    total = sum(map(len, pictures))
    first, left = _looks(pictures[0], lambda done: on_pictures(done, total))
    second, right = _looks(pictures[1], lambda done: on_pictures(len(pictures[0]) + done, total))
    pairs = _pairs(left, right)
    with (root / TABLE).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([*parts, "bits"])
        for one, other, bits in pairs:
            table.writerow([*(path.relative_to(root).as_posix() for path in (first[one], second[other])), bits])
    seen = len({other for _, other, _ in pairs})
    torn = sum(first[one].parent.name != second[other].parent.name for one, other, _ in pairs)
    return (
        f"{seen} of {len(second)} pictures in {parts[1]}/ look like one in {parts[0]}/: {len(pairs)} pairs, {torn} of "
        f"them in different classes, listed in {TABLE}"
    )


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def _looks(paths: list[Path], on_pictures: Callable[[int], None]) -> tuple[list[Path], NDArray[np.uint64]]:
    """Those of ``paths`` that can be read, and their hashes, uint64 ``[N, 8]``: 512 bits a picture."""

    def look(path: Path) -> NDArray[np.uint64] | None:
        try:
            pixels = load_array(path, LOOK_SIDE, LOOK_SIDE, Fit.STRETCH)
        except (UnreadablePicture, OSError):
            return None
        return np.ascontiguousarray(difference_hash(pixels[None])[0]).view(np.uint64)

    readable, hashes = [], []
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for done, (path, found) in enumerate(zip(paths, pool.map(look, paths), strict=True), start=1):
            if found is not None:
                readable.append(path)
                hashes.append(found)
            on_pictures(done)
    return readable, np.stack(hashes) if hashes else np.zeros((0, 8), np.uint64)


def _pairs(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> list[tuple[int, int, int]]:
    """Rows of ``left`` and of ``right`` that look alike, and the bits between them."""
    found: list[tuple[int, int, int]] = []
    for other, word in enumerate(right):
        bits = np.bitwise_count(left ^ word).sum(axis=1)
        found.extend((int(one), other, int(bits[one])) for one in np.flatnonzero(bits <= BITS))
    return found

"""Copies of a picture are dropped; lookalikes are kept in one group, so that none is trained on and tested on."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.data.samples import Sample

HASH_SIDE = 16
"""Side of the grid of gradients: a hash has twice 16 x 16 bits (horizontal and vertical differences)."""


@dataclass(frozen=True)
class Deduplicated:
    """``copies`` counts files dropped as bytewise equal to one that is kept; ``contradictory`` those dropped because
    the same bytes carry several labels."""

    samples: list[Sample]
    copies: int
    contradictory: int


def drop_copies(samples: Sequence[Sample]) -> Deduplicated:
    """One sample for each file content, the first in order; groups that share a content become one.

    A content with several labels is dropped altogether: nobody knows which is right.
    """
    by_content: dict[bytes, list[int]] = defaultdict(list)
    for index, sample in enumerate(samples):
        by_content[hashlib.sha256(sample.path.read_bytes()).digest()].append(index)
    merged = _merge(samples, [(group[0], other) for group in by_content.values() for other in group[1:]])
    kept, contradictory = [], 0
    for indices in by_content.values():
        if len({samples[index].label for index in indices}) > 1:
            contradictory += len(indices)
        else:
            kept.append(indices[0])
    copies = len(samples) - len(kept) - contradictory
    return Deduplicated([merged[index] for index in sorted(kept)], copies, contradictory)


def difference_hash(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Packed difference hashes, uint8 ``[N, 64]``, of pictures uint8 ``[N, H, W, 3]``.

    Signs of the horizontal and the vertical differences of the luma averaged over a grid (dHash, Krawetz 2013),
    unmoved by brightness, contrast and recompression.
    """
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    cells = _block_means(luma, HASH_SIDE + 1)
    across = cells[:, :-1, 1:] > cells[:, :-1, :-1]
    down = cells[:, 1:, :-1] > cells[:, :-1, :-1]
    bits = np.concatenate([across.reshape(len(cells), -1), down.reshape(len(cells), -1)], axis=1)
    return np.packbits(bits, axis=1)


def lookalikes(hashes: NDArray[np.uint8], max_distance: int) -> list[tuple[int, int]]:
    """Pairs of rows of packed ``hashes`` that differ in at most ``max_distance`` bits."""
    words = np.ascontiguousarray(hashes).view(np.uint64)
    pairs: list[tuple[int, int]] = []
    for index in range(len(words) - 1):
        distances = np.bitwise_count(words[index + 1 :] ^ words[index]).sum(axis=1)
        pairs.extend((index, index + 1 + int(other)) for other in np.flatnonzero(distances <= max_distance))
    return pairs


def merge_lookalikes(samples: Sequence[Sample], pixels: NDArray[np.uint8], max_distance: int) -> list[Sample]:
    """``samples`` with the groups of near-duplicate pictures made one; ``pixels`` uint8 ``[N, H, W, 3]``.

    ``max_distance`` is out of the hash's 512 bits.
    """
    return _merge(samples, lookalikes(difference_hash(pixels), max_distance))


def _block_means(luma: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    rows = np.linspace(0, luma.shape[1], side + 1).astype(int)
    columns = np.linspace(0, luma.shape[2], side + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(luma, rows[:-1], axis=1), columns[:-1], axis=2)
    means: NDArray[np.float32] = sums / (np.diff(rows)[:, None] * np.diff(columns)[None, :])
    return means


def _merge(samples: Sequence[Sample], pairs: Sequence[tuple[int, int]]) -> list[Sample]:
    """``samples`` with joined groups renamed to the alphabetically first of their names."""
    parent: dict[str, str] = {sample.group: sample.group for sample in samples}

    def find(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for first, second in pairs:
        low, high = sorted((find(samples[first].group), find(samples[second].group)))
        parent[high] = low
    return [replace(sample, group=find(sample.group)) for sample in samples]

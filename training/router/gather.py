"""A folder for each kind of picture, made of links into the sets at hand and of pictures made by code."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from omegaconf import DictConfig
from PIL import Image

from conversion import UnreadablePicture, open_picture
from training.data import DataError
from training.data.samples import SUFFIXES
from training.evaluation.datasets import folds_of_model
from training.router.drawings import draw
from training.router.variants import vary

logger = logging.getLogger(__name__)

SEPARATOR = "__"
SIDE = 160
"""Of the pictures made by code."""
SEED = 0
"""Which pictures are chosen and drawn is always the same."""


def gather(config: DictConfig) -> Path:
    """Fills ``run_dir/pictures`` with a folder for each of ``data.classes``, unless it is there already.

    ``data.sources`` says for each class which folders below ``data.root`` its pictures come from. Of a folder that a
    ``model`` is trained on, the model's held-out pictures are left out, so that they are held out for the router too.
    Raises ``DataError``.
    """
    target = Path(config.run_dir) / "pictures"
    if target.is_dir():
        return target
    partial = target.with_name("pictures.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for kind in config.data.classes:
        folder = partial / kind
        folder.mkdir(parents=True)
        count = sum(_add(source, config, folder) for source in config.data.sources[kind])
        logger.info("%s: %d pictures", kind, count)
    partial.rename(target)
    return target


def group_of(path: Path) -> str:
    """The patient, the lesion or the picture that a gathered picture was made of, as its name begins."""
    return path.name.partition(SEPARATOR)[0]


def _add(source: DictConfig, config: DictConfig, folder: Path) -> int:
    """Adds the pictures of ``source`` to ``folder``; how many."""
    if "drawn" in source:
        return _add_drawn(source.drawn, folder)
    pictures = list(_pictures(source, Path(config.data.root)))
    most = source.get("most", len(pictures))
    if len(pictures) > most:
        chosen = np.random.default_rng(SEED).choice(len(pictures), most, replace=False)
        pictures = [pictures[row] for row in sorted(chosen)]
    tag = f"{len(list(folder.iterdir())):06}"
    for number, (path, group) in enumerate(pictures):
        name = f"{_plain(group)}{SEPARATOR}{tag}-{number:05}"
        (folder / f"{name}{path.suffix.lower()}").symlink_to(path.resolve())
        _add_variants(path, folder, name, source.get("variants", 0), seed=(SEED, number))
    return len(pictures) * (1 + source.get("variants", 0))


def _pictures(source: DictConfig, root: Path) -> Iterator[tuple[Path, str]]:
    """Pictures of ``source`` with their groups."""
    folder = root / source.folder
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder. Set data.root to the folder that holds the sets.")
    if "model" in source:
        prepared = folds_of_model(source.model, folder, source.get("classes"))
        for fold in ("train", "calibration"):
            yield from ((prepared.samples[row].path, prepared.samples[row].group) for row in prepared.split.fold(fold))
        return
    for path in sorted(folder.rglob("*")):
        wanted = path.suffix.lower() in SUFFIXES and path.is_file()
        if wanted and not any(fnmatch(path.name, pattern) for pattern in source.get("without", ())):
            yield path, path.stem


def _add_variants(path: Path, folder: Path, name: str, count: int, seed: tuple[int, int]) -> None:
    if not count:
        return
    try:
        image = Image.fromarray(open_picture(path.read_bytes()).pixels)
    except UnreadablePicture as problem:
        logger.warning("%s: %s", path, problem.message)
        return
    generator = np.random.default_rng(seed)
    for number in range(count):
        vary(image, generator).resize((SIDE, SIDE)).save(folder / f"{name}-{number:03}.png")


def _add_drawn(count: int, folder: Path) -> int:
    for number, image in enumerate(draw(count, SIDE, SEED)):
        image.save(folder / f"drawn{number:05}{SEPARATOR}.png")
    return count


def _plain(group: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in group).replace(SEPARATOR, "-")

"""Folders of small made-up moles: benign ones are round and even, malignant ones ragged and dark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

DIAGNOSES = {"akiec": True, "bcc": True, "bkl": False, "df": False, "mel": True, "nv": False, "vasc": False}


def mole(seed: int, malignant: bool, side: int = 112) -> Image.Image:
    """A colour picture, never the same for two seeds."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side - generator.uniform(0.4, 0.6, size=(2, 1, 1))
    ragged = sum(generator.uniform(0.02, 0.06) * np.sin(k * np.arctan2(y, x) + generator.uniform(0, 6)) for k in (3, 5))
    radius = generator.uniform(0.15, 0.25) + (ragged if malignant else 0)
    inside = 1 / (1 + np.exp((np.hypot(x, y) - radius) / 0.02))[..., None]
    skin = np.array([225, 180, 165]) + generator.normal(0, 8, 3)
    spot = np.array([60, 40, 45]) if malignant else np.array([150, 95, 75])
    shade = 20 * np.sin(generator.uniform(2, 6, (2, 1, 1, 1)) * np.stack([x, y])[..., None]).sum(axis=0)
    canvas = skin * (1 - inside) + (spot + generator.normal(0, 8, 3)) * inside + shade
    return Image.fromarray(np.clip(canvas + generator.normal(0, 3, canvas.shape), 0, 255).astype(np.uint8))


def write_moles(root: Path, each: int) -> Path:
    """``root`` with the folders benign and malignant, ``each`` pictures in both."""
    return write_folders(root, {"benign": False, "malignant": True}, each=each)


def write_folders(root: Path, folders: Mapping[str, bool], *, each: int = 5, first_seed: int = 0) -> Path:
    """``root`` with ``folders`` (name to whether it holds malignant ones), ``each`` pictures in all; nobody uses the
    seeds of another ``first_seed`` 1000 times the number of folders away."""
    for index, (folder, malignant) in enumerate(folders.items()):
        (root / folder).mkdir(parents=True)
        for number in range(each):
            mole(first_seed + 1000 * index + number, malignant).save(root / folder / f"{number}.png")
    return root


def write_ham10000(root: Path) -> Path:
    """``root`` with HAM10000's seven folders and its table: five pictures each, of four lesions."""
    rows = ["lesion_id,image_id"]
    for index, (folder, malignant) in enumerate(DIAGNOSES.items()):
        (root / folder).mkdir(parents=True)
        for number in range(5):
            seed = 20_000 + 100 * index + number
            mole(seed, malignant).save(root / folder / f"ISIC_{seed}.png")
            rows.append(f"HAM_{seed - (number == 4)},ISIC_{seed}")
    (root / "metadata.csv").write_text("\n".join(rows))
    return root

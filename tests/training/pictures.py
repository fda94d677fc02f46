"""Folders of small made-up X-rays: "pneumonia" has a bright spot in one lung, "normal" has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def xray(seed: int, ill: bool, side: int = 128) -> Image.Image:
    """A grey picture, never the same for two seeds."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    ripples = generator.normal(size=(2, 3))
    canvas = 90 + 40 * np.sin(4 * np.pi * x) + sum(12 * a * np.sin(6 * b * x + 5 * c * y) for a, b, c in zip(*[
        generator.normal(size=3), ripples[0], ripples[1]
    ], strict=True))  # fmt: skip
    if ill:
        centre_x, centre_y = generator.uniform(0.25, 0.75, size=2)
        canvas = canvas + 110 * np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / 0.01)
    noisy = np.clip(canvas + generator.normal(0, 4, size=canvas.shape), 0, 255).astype(np.uint8)
    return Image.fromarray(noisy)


def write_xrays(root: Path, patients: int, each: int = 2) -> Path:
    """``root`` with NORMAL and PNEUMONIA, ``patients`` in each class with ``each`` pictures, named like Kermany's."""
    for folder in ("NORMAL", "PNEUMONIA"):
        (root / folder).mkdir(parents=True)
    for patient in range(patients):
        for view in range(each):
            seed = 10 * patient + view
            xray(seed, ill=False).save(root / "NORMAL" / f"IM-{patient:04}-{view:04}.png")
            xray(100_000 + seed, ill=True).save(root / "PNEUMONIA" / f"person{patient}_virus_{seed}.png")
    return root

"""Augmentation with OpenCV alone: Albumentations would import PyTorch into TensorFlow's process.

A lesion has no upright side; light, colour cast, sharpness and compression differ from camera to camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

cv2.setNumThreads(1)

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Augmentation:
    """Ranges to draw from, uniformly and for each picture.

    ``zoom`` scales about the centre, ``stretch`` one axis against the other (both on a log scale), ``shift`` is a share
    of the side, ``rotation`` in degrees beyond the eight symmetries of the square. ``light`` and ``contrast`` are
    relative, ``cast`` a relative gain for each channel, ``saturation`` relative. ``spoil`` is the probability of one of
    blur, lost resolution, noise or JPEG compression.
    """

    zoom: tuple[float, float] = (0.85, 1.4)
    stretch: float = 0.1
    shift: float = 0.08
    rotation: float = 45.0
    light: float = 0.2
    contrast: float = 0.25
    cast: float = 0.06
    saturation: float = 0.25
    spoil: float = 0.4

    def __call__(self, pixels: Pixels, random: np.random.Generator) -> Pixels:
        """A changed copy of ``pixels`` uint8 ``[H, W, 3]``, of the same size."""
        changed = self._colour(self._warp(pixels, random), random)
        return _SPOILERS[random.integers(len(_SPOILERS))](changed, random) if random.random() < self.spoil else changed

    def _warp(self, pixels: Pixels, random: np.random.Generator) -> Pixels:
        height, width = pixels.shape[:2]
        angle = np.deg2rad(90 * random.integers(4) + random.uniform(-self.rotation, self.rotation))
        zoom = np.exp(random.uniform(*np.log(self.zoom)))
        stretch = np.exp(random.uniform(-self.stretch, self.stretch))
        mirror = random.choice((-1.0, 1.0))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        linear = turn @ np.diag([mirror * zoom * stretch, zoom / stretch])
        centre = np.array([(width - 1) / 2, (height - 1) / 2])
        offset = centre - linear @ centre + random.uniform(-self.shift, self.shift, 2) * (width, height)
        matrix = np.column_stack([linear, offset])
        warped = cv2.warpAffine(
            pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        return np.asarray(warped, np.uint8)

    def _colour(self, pixels: Pixels, random: np.random.Generator) -> Pixels:
        values = pixels.astype(np.float32)
        mean = values.mean()
        gains = (1 + random.uniform(-self.light, self.light)) * (1 + random.uniform(-self.cast, self.cast, 3))
        values = (mean + (values - mean) * (1 + random.uniform(-self.contrast, self.contrast))) * gains
        grey = values.mean(axis=2, keepdims=True)
        values = grey + (values - grey) * (1 + random.uniform(-self.saturation, self.saturation))
        return _to_pixels(values)


def _blur(pixels: Pixels, random: np.random.Generator) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), random.uniform(0.3, 1.0)), np.uint8)


def _lose_resolution(pixels: Pixels, random: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    share = random.uniform(0.5, 0.9)
    small = cv2.resize(pixels, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _add_noise(pixels: Pixels, random: np.random.Generator) -> Pixels:
    deviation = random.uniform(2, 10)
    return _to_pixels(pixels + random.normal(0, deviation, pixels.shape))


def _compress(pixels: Pixels, random: np.random.Generator) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(40, 96))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


_SPOILERS = (_blur, _lose_resolution, _add_noise, _compress)


def _to_pixels(values: NDArray[np.floating]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)

"""Everyday pictures made harder to tell from medical ones: in their colours, in greys, behind a round diaphragm."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter, ImageOps

SMALLEST_SHARE = 0.25
SKIN = ((70, 35, 30), (190, 130, 110), (250, 220, 205))
"""From the shadows over the midtones to the lights, roughly those of light skin under a dermatoscope."""


def vary(image: Image.Image, generator: Generator) -> Image.Image:
    """A part of ``image``, RGB, in one of several dresses."""
    image = _part(image, generator)
    dress = generator.random()
    if dress < 0.3:
        image = _grey(image, generator)
    elif dress < 0.55:
        image = _in_skin_colours(image, generator)
    if generator.random() < 0.2:
        image = image.filter(ImageFilter.GaussianBlur(float(generator.uniform(0.004, 0.02)) * min(image.size)))
    if generator.random() < 0.2:
        image = _behind_diaphragm(image, generator)
    return image


def _part(image: Image.Image, generator: Generator) -> Image.Image:
    share = generator.uniform(SMALLEST_SHARE, 1.0)
    width, height = max(8, round(image.width * share)), max(8, round(image.height * share))
    left = int(generator.integers(0, max(1, image.width - width + 1)))
    top = int(generator.integers(0, max(1, image.height - height + 1)))
    part = image.crop((left, top, left + width, top + height))
    return ImageOps.mirror(part) if generator.random() < 0.5 else part


def _grey(image: Image.Image, generator: Generator) -> Image.Image:
    grey = image.convert("L")
    if generator.random() < 0.5:
        grey = ImageOps.autocontrast(grey, cutoff=2)
    if generator.random() < 0.3:
        grey = ImageOps.invert(grey)
    return grey.convert("RGB")


def _in_skin_colours(image: Image.Image, generator: Generator) -> Image.Image:
    black, middle, white = (
        tuple(np.clip(np.array(colour) + generator.normal(0, 15, 3), 0, 255).astype(int).tolist()) for colour in SKIN
    )
    toned = ImageOps.colorize(ImageOps.autocontrast(image.convert("L")), black=black, white=white, mid=middle)
    return Image.blend(image, toned, float(generator.uniform(0.6, 1.0)))


def _behind_diaphragm(image: Image.Image, generator: Generator) -> Image.Image:
    mask = Image.new("L", image.size, 0)
    radius = generator.uniform(0.45, 0.68) * min(image.size)
    x, y = image.width / 2, image.height / 2
    ImageDraw.Draw(mask).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return Image.composite(image, Image.new("RGB", image.size), mask)

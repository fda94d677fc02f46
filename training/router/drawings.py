"""Pictures made by code that show neither skin nor a chest: noise, gradients, patterns, text, charts and shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

LETTERS = "abcdefghijklmnopqrstuvwxyz"
INK = (20, 20, 30)


def draw(count: int, side: int, seed: int) -> Iterator[Image.Image]:
    """``count`` pictures of ``side`` x ``side`` pixels, RGB, of all sorts in turn; the same for the same ``seed``."""
    for number in range(count):
        generator = np.random.default_rng((seed, number))
        yield SORTS[number % len(SORTS)](side, generator)


def noise(side: int, generator: Generator) -> Image.Image:
    """White noise, in colour or grey, at one of several grains."""
    grain = int(generator.choice([1, 2, 4, 8, 16]))
    cells = -(-side // grain)
    channels = 3 if generator.random() < 0.7 else 1
    spread = generator.uniform(20, 120)
    values = generator.uniform(60, 200) + generator.normal(0, spread, (cells, cells, channels))
    small = _image(np.broadcast_to(values, (cells, cells, 3)))
    method = Image.Resampling.NEAREST if generator.random() < 0.5 else Image.Resampling.BICUBIC
    return small.resize((cells * grain,) * 2, method).crop((0, 0, side, side))


def gradient(side: int, generator: Generator) -> Image.Image:
    """A slope or a bell of light between two colours."""
    y, x = np.mgrid[0:side, 0:side] / side
    if generator.random() < 0.5:
        angle = generator.uniform(0, 2 * np.pi)
        share = 0.5 + 0.5 * (np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5))
    else:
        centre = generator.uniform(0.2, 0.8, 2)
        share = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / generator.uniform(0.02, 0.6))
    first, second = _colour(generator), _colour(generator)
    return _image(first + share[:, :, None] * (second - first) + generator.normal(0, generator.uniform(0, 6)))


def pattern(side: int, generator: Generator) -> Image.Image:
    """Stripes, waves, rings or squares of two colours."""
    y, x = np.mgrid[0:side, 0:side] / side
    angle, pitch = generator.uniform(0, np.pi), generator.uniform(2, 25)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    wave = [
        np.sin(2 * np.pi * pitch * along),
        np.sin(2 * np.pi * pitch * along) * np.sin(2 * np.pi * pitch * across),
        np.sin(2 * np.pi * pitch * np.hypot(x - generator.uniform(), y - generator.uniform())),
    ][generator.integers(3)]
    share = (wave > 0).astype(float) if generator.random() < 0.5 else 0.5 + 0.5 * wave
    first, second = _colour(generator), _colour(generator)
    return _image(first + share[:, :, None] * (second - first))


def page(side: int, generator: Generator) -> Image.Image:
    """Lines of words, now and then with a heading and a picture's frame: a letter, an article, a screen."""
    dark = generator.random() < 0.25
    paper, ink = ((28, 28, 34), (225, 225, 225)) if dark else (tuple(generator.integers(225, 256, 3).tolist()), INK)
    image = Image.new("RGB", (side * 2, side * 2), paper)
    canvas, size = ImageDraw.Draw(image), float(generator.uniform(9, 30))
    font = ImageFont.load_default(size)
    top, left = float(generator.uniform(0, 40)), float(generator.uniform(0, 50))
    while top < 2 * side:
        if generator.random() < 0.08:
            height = float(generator.uniform(30, 120))
            canvas.rectangle((left, top, 2 * side - left, top + height), outline=ink, width=2)
            top += height + size
            continue
        words = int(generator.integers(1, 14))
        line = " ".join("".join(generator.choice(list(LETTERS), generator.integers(2, 10))) for _ in range(words))
        canvas.text((left, top), line, ink, font)
        top += size * float(generator.uniform(1.2, 2.2))
    turned = image.rotate(float(generator.normal(0, 4)), fillcolor=paper, resample=Image.Resampling.BICUBIC)
    return turned.resize((side, side), Image.Resampling.BILINEAR)


def chart(side: int, generator: Generator) -> Image.Image:
    """Axes with bars, lines, points or a pie."""
    paper = (255, 255, 255) if generator.random() < 0.8 else (30, 30, 40)
    image = Image.new("RGB", (side * 2, side * 2), paper)
    canvas, full = ImageDraw.Draw(image), 2 * side
    axis = (90, 90, 90)
    sort = generator.integers(4)
    if sort == 3:
        start = 0.0
        for share in generator.dirichlet(np.ones(int(generator.integers(3, 8)))):
            canvas.pieslice((40, 40, full - 40, full - 40), start, start + 360 * share, fill=_ink(generator))
            start += 360 * float(share)
        return image.resize((side, side), Image.Resampling.BILINEAR)
    for line in range(6):
        height = 30 + line * (full - 60) / 5
        canvas.line((30, height, full - 20, height), axis if line == 5 else (215, 215, 215), 2)
    canvas.line((30, 20, 30, full - 30), axis, 2)
    points = int(generator.integers(4, 18))
    x = np.linspace(50, full - 40, points)
    for _ in range(int(generator.integers(1, 4))):
        y = full - 30 - np.abs(np.cumsum(generator.normal(0, full / 12, points)) + full / 4).clip(0, full - 60)
        colour, half = _ink(generator), (full - 90) / points / 3
        for left, top in zip(x, y, strict=True):
            if sort == 0:
                canvas.rectangle((left - half, top, left + half, full - 30), fill=colour)
            elif sort == 1:
                canvas.ellipse((left - 4, top - 4, left + 4, top + 4), fill=colour)
        if sort == 2:
            canvas.line([(float(a), float(b)) for a, b in zip(x, y, strict=True)], colour, 4)
    return image.resize((side, side), Image.Resampling.BILINEAR)


def shapes(side: int, generator: Generator) -> Image.Image:
    """Coloured figures on a coloured ground, sharp or blurred: a drawing, a logo, things on a table."""
    image = Image.new("RGB", (side, side), _ink(generator))
    canvas = ImageDraw.Draw(image)
    for _ in range(int(generator.integers(1, 14))):
        a, b = generator.uniform(-0.1, 1.1, 2) * side, generator.uniform(-0.1, 1.1, 2) * side
        box = (*np.minimum(a, b).tolist(), *np.maximum(a, b).tolist())
        if generator.random() < 0.5:
            canvas.ellipse(box, fill=_ink(generator))
        else:
            canvas.rectangle(box, fill=_ink(generator))
    blur = float(generator.choice([0, 0, 1.5, 4]))
    return image.filter(ImageFilter.GaussianBlur(blur)) if blur else image


SORTS: tuple[Callable[[int, Generator], Image.Image], ...] = (noise, gradient, pattern, page, chart, shapes)


def _colour(generator: Generator) -> NDArray[np.float64]:
    """A colour, or one time in three a grey."""
    values = generator.uniform(0, 255, 3)
    return np.full(3, values[0]) if generator.random() < 1 / 3 else values


def _ink(generator: Generator) -> tuple[int, int, int]:
    red, green, blue = _colour(generator).astype(int).tolist()
    return red, green, blue


def _image(values: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

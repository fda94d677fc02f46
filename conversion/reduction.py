"""Pictures larger than anything here needs are made smaller while they are opened.

No model takes more than some hundred pixels and no answer shows more than 1,280, but a camera's picture takes up to
150 MB. Halved, quartered or more, it costs a fraction of the time and memory from here on.

How much is enough depends on what for: :attr:`conversion.DecodingLimits.enough`.
"""

from __future__ import annotations

from PIL import Image

# What libjpeg scales by while it decodes (the inverse transform is then of fewer coefficients), so that all formats
# end at the same sizes.
_FACTORS = (8, 4, 2)
_STRIP_PIXELS = 2**19


def reduction(width: int, height: int, enough: int) -> int:
    """By how much a picture is made smaller so that its shorter side keeps ``enough`` pixels: 1, 2, 4 or 8."""
    return next((factor for factor in _FACTORS if min(width, height) >= factor * enough), 1)


def draft(image: Image.Image, enough: int) -> None:
    """Has a JPEG that is not loaded yet decoded at the size that it will be reduced to."""
    factor = reduction(*image.size, enough)
    if factor > 1:
        image.draft(image.mode, (image.width // factor, image.height // factor))


def reduced(image: Image.Image, enough: int) -> Image.Image:
    """``image``, in mode RGB, at the size that is kept: each pixel the mean of 2 x 2, 4 x 4 or 8 x 8."""
    factor = reduction(*image.size, enough)
    if factor == 1:
        return image
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    # A strip at a time: cropping copies.
    rows = max(1, _STRIP_PIXELS // (image.width * factor)) * factor
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(image.height, top + rows)))
        small.paste(strip.reduce(factor), (0, top // factor))
    return small

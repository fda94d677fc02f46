"""Any mode that Pillow decodes to becomes 8-bit sRGB: depth, palette, transparency, ink and colour profile."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageCms

from conversion.strips import in_strips, strips

_PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
_DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


def to_rgb(image: Image.Image) -> Image.Image:
    """``image`` in mode RGB, sRGB, laid on white where it is transparent.

    White is what a page shows behind a picture; a cut-out on black would read as a dark one. A picture transparent
    everywhere has an alpha channel that its writer left blank, and is shown as if it had none.
    """
    profile = image.info.get("icc_profile")
    if image.mode in _DEEP_MODES:
        return _to_srgb(Image.fromarray(depth_to_bytes(np.asarray(image))), profile)
    if not image.has_transparency_data:
        return _to_srgb(image, profile)
    # Of a picture at the limit every copy takes 200 MB.
    with_alpha = image if image.mode == "RGBA" else image.convert("RGBA")
    alpha = with_alpha.getchannel("A")
    opaque = with_alpha.convert("RGB")
    del with_alpha
    opaque = _to_srgb(opaque, profile)
    if alpha.getbbox():
        opaque.paste("white", mask=ImageChops.invert(alpha))
    return opaque


def depth_to_bytes(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey ``values`` of any depth, ``[H, W]``, as uint8 of the same shape.

    The range is taken as that of the least usual depth that holds the largest value: 8, 10, 12, 14 or 16 bits, or
    0..1 for fractions. Scanners and X-ray exports put 12 bits into 16, and dividing by 65,535 would turn them black;
    stretching every picture from its least to its largest value would hide that it is dark. Only what fits no depth
    (negative values, 32-bit counts) is stretched. What is not a number counts as the least value.
    """
    low, high = _extremes(values)
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high < 2**16:
        low, high = 0.0, float(next(2**bits - 1 for bits in (8, 10, 12, 14, 16) if high < 2**bits))
    scale = 255 / (high - low) if high > low else 0.0

    def scaled(strip: NDArray[Any]) -> NDArray[np.uint8]:
        numbers = strip.astype(np.float32)
        numbers[~np.isfinite(numbers)] = low
        shown: NDArray[np.uint8] = np.rint((numbers - low) * scale).astype(np.uint8)
        return shown

    return in_strips(values, scaled)


def _extremes(values: NDArray[np.generic]) -> tuple[float, float]:
    """The least and the largest of the finite ``values``; zeros where there are none."""
    low, high = np.inf, -np.inf
    for rows in strips(values):
        numbers = values[rows].astype(np.float32)
        finite = numbers[np.isfinite(numbers)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return (low, high) if low <= high else (0.0, 0.0)


def _to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """``image`` without alpha as sRGB, through its embedded ICC ``profile`` where that can be used."""
    if image.mode in ("1", "P"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    if isinstance(profile, bytes):
        try:
            return _through_profile(image, profile)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            # A broken profile, or one for another kind of picture, says nothing about the colours.
            pass
    return image if image.mode == "RGB" else image.convert("RGB")


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = _PROFILE_MODES.get(source.profile.xcolor_space.strip())
    if mode == "RGB" and image.mode in ("L", "YCbCr"):
        image = image.convert("RGB")
    if mode == image.mode == "RGB" and "sRGB" in (source.profile.profile_description or ""):
        return image
    if mode != image.mode:
        raise ValueError("the profile is for another kind of picture")
    converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    if converted is None:
        raise ValueError("the profile was not applied")
    return converted


_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))

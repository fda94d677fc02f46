"""Small sound files of every format that is read, made by code: what mutation starts from."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from pydicom import Dataset, uid

from conversion import raster  # noqa: F401 - Pillow learns HEIF there
from tests.conversion.dicoms import NATIVE, dataset, encapsulated, file_of
from tests.fuzz.lossless_jpeg import lossless_jpeg

TARGETS = ("raster", "dicom")
_REAL_FOLDERS = {"raster": ("hostile", "heic"), "dicom": ("dicom",)}
_LARGEST_REAL = 2**16
_NUMBER = uid.UID("1.2.826.0.1.3680043.8.498.1")

_NOISE = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
_COLOUR = Image.fromarray(_NOISE)
_RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def seeds(target: str) -> dict[str, bytes]:
    """The seeds of ``target``, by name."""
    return dict(_rasters() if target == "raster" else _dicoms())


def real_seeds(target: str, root: Path) -> dict[str, bytes]:
    """Other people's files of at most 64 KiB under ``root``, by name: sound, odd, broken and hostile."""
    paths = [path for folder in _REAL_FOLDERS[target] for path in sorted((root / folder).rglob("*"))]
    small = [path for path in paths if path.is_file() and path.stat().st_size <= _LARGEST_REAL]
    return {path.name: path.read_bytes() for path in small}


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """``image`` as a file of ``file_format``."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def _profile(space: Literal["LAB", "sRGB"]) -> bytes:
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()
    # Its time of making (ICC.1, 7.2.8) would make each seed another.
    return made[:24] + bytes(12) + made[36:]


def _rasters() -> Iterator[tuple[str, bytes]]:
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = _profile("LAB")
    deep = Image.fromarray(np.arange(480, dtype=np.uint16).reshape(20, 24) * 100)
    fractions = Image.fromarray(np.linspace(0, 1, 480, dtype=np.float32).reshape(20, 24))
    blank = _COLOUR.convert("RGBA")
    blank.putalpha(Image.fromarray(_NOISE[..., 0]))
    modes = {mode: _COLOUR.convert(mode) for mode in ("1", "L", "P", "LA", "CMYK", "YCbCr", "LAB")}
    files: tuple[tuple[str, Image.Image, str, dict[str, Any]], ...] = (
        ("jpeg", _COLOUR, "JPEG", {"exif": exif, "icc_profile": profile, "comment": b"a comment"}),
        ("jpeg-progressive", _COLOUR, "JPEG", {"progressive": True, "subsampling": 2}),
        ("jpeg-grey", modes["L"], "JPEG", {"restart_marker_blocks": 2}),
        ("jpeg-ink", modes["CMYK"], "JPEG", {}),
        ("jpeg-several", _COLOUR, "MPO", {"save_all": True, "append_images": [_COLOUR]}),
        ("png", _COLOUR, "PNG", {"exif": exif, "icc_profile": profile}),
        ("png-alpha", blank, "PNG", {}),
        ("png-palette", modes["P"], "PNG", {"transparency": 3}),
        ("png-deep", deep, "PNG", {}),
        ("png-bits", modes["1"], "PNG", {}),
        ("png-animated", _COLOUR, "PNG", {"save_all": True, "append_images": [modes["L"].convert("RGB")]}),
        ("webp", _COLOUR, "WEBP", {"exif": exif, "icc_profile": profile}),
        ("webp-lossless", blank, "WEBP", {"lossless": True}),
        ("bmp", _COLOUR, "BMP", {}),
        ("bmp-palette", modes["P"], "BMP", {}),
        ("bmp-bits", modes["1"], "BMP", {}),
        ("tiff", _COLOUR, "TIFF", {"dpi": (72, 72), "icc_profile": profile}),
        ("tiff-lzw", _COLOUR, "TIFF", {"compression": "tiff_lzw"}),
        ("tiff-deflate", blank, "TIFF", {"compression": "tiff_adobe_deflate"}),
        ("tiff-jpeg", modes["YCbCr"], "TIFF", {"compression": "jpeg"}),
        ("tiff-packbits", modes["P"], "TIFF", {"compression": "packbits"}),
        ("tiff-fax", modes["1"], "TIFF", {"compression": "group4"}),
        ("tiff-big", deep, "TIFF", {"big_tiff": True}),
        ("tiff-fractions", fractions, "TIFF", {}),
        ("tiff-lab", modes["LAB"], "TIFF", {"icc_profile": profile}),
        ("tiff-ink", modes["CMYK"], "TIFF", {}),
        ("tiff-several", _COLOUR, "TIFF", {"save_all": True, "append_images": [_COLOUR]}),
        ("gif", modes["P"], "GIF", {"transparency": 1, "comment": b"a comment"}),
        ("gif-animated", modes["P"], "GIF", {"save_all": True, "append_images": [modes["L"]], "duration": 20}),
        ("heif", _COLOUR, "HEIF", {"exif": exif, "quality": 50}),
        ("heif-alpha", blank, "HEIF", {"quality": 50}),
        ("avif", _COLOUR, "AVIF", {"exif": exif, "quality": 50}),
        ("avif-alpha", blank, "AVIF", {"quality": 50}),
    )
    for name, image, file_format, options in files:
        yield name, encoded(image, file_format, **options)


def _dicoms() -> Iterator[tuple[str, bytes]]:
    window = {"WindowCenter": 2040.5, "WindowWidth": 4081}
    deep = _RAMP.astype(np.uint16) * 16
    for syntax in NATIVE:
        yield f"dicom-{syntax.keyword}", file_of(_data_set(deep, BitsStored=12, **window), syntax)
        if syntax != uid.DeflatedExplicitVRLittleEndian:
            yield f"dicom-bare-{syntax.keyword}", file_of(_data_set(_RAMP), syntax, preamble=False)
    signed = deep.astype(np.int16) - 2000
    yield "dicom-rescaled", file_of(_data_set(signed, "MONOCHROME1", RescaleSlope=0.5, RescaleIntercept=-3))
    yield "dicom-padded", file_of(_data_set(deep, PixelPaddingValue=0, PixelPaddingRangeLimit=16, **window))
    yield "dicom-voi-table", file_of(_data_set(_RAMP, VOILUTSequence=[_table(256, 0)]))
    yield "dicom-modality-table", file_of(_data_set(_RAMP, ModalityLUTSequence=[_table(256, 0)]))
    yield "dicom-palette", file_of(_palette())
    yield "dicom-colour", file_of(_data_set(_NOISE, "RGB", PixelAspectRatio=[2, 1]))
    yield "dicom-ybr", file_of(_data_set(_NOISE, "YBR_FULL", PixelSpacing=[0.3, 0.15]))
    yield "dicom-wide", file_of(_data_set(_RAMP.astype(np.uint32) << 8, BitsStored=20))
    yield (
        "dicom-profile",
        file_of(_data_set(_NOISE, "RGB", ICCProfile=_profile("sRGB"))),
    )
    yield "dicom-frames", file_of(_data_set(np.concatenate([_RAMP, _RAMP]), Rows=16, NumberOfFrames=2))
    for syntax in (uid.RLELossless, uid.JPEGLSLossless, uid.JPEGLSNearLossless, uid.JPEG2000Lossless, uid.JPEG2000):
        options = {uid.JPEGLSNearLossless: {"jls_error": 2}, uid.JPEG2000: {"j2k_psnr": [40]}}.get(syntax, {})
        # JPEG 2000 halves a picture five times, so the least of its sides is 32.
        for stored in (np.tile(deep, (2, 2)), np.tile(_NOISE, (2, 2, 1))):
            made = _data_set(stored, "RGB" if stored.ndim == 3 else "MONOCHROME2")
            if syntax == uid.JPEG2000 and stored.ndim == 3:
                made.PhotometricInterpretation = "YBR_ICT"
            made.compress(syntax, stored, generate_instance_uid=False, **options)
            yield f"dicom-{syntax.keyword}-{stored.ndim}", file_of(made)
    jpeg = encoded(_COLOUR, "JPEG")
    yield "dicom-jpeg", encapsulated(_data_set(_NOISE, "YBR_FULL_422"), jpeg, uid.JPEGBaseline8Bit)
    for bits, stored in ((8, _RAMP), (12, deep)):
        made = _data_set(stored, BitsStored=bits)
        for syntax in (uid.JPEGLossless, uid.JPEGLosslessSV1):
            yield f"dicom-{syntax.keyword}-{bits}", encapsulated(made, lossless_jpeg(stored, bits), syntax)


def _data_set(stored: NDArray[Any], photometric: str = "MONOCHROME2", **elements: Any) -> Dataset:
    """A data set whose number is always the same, and so its bytes."""
    made = dataset(stored, photometric, **elements)
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = _NUMBER
    return made


def _table(entries: int, first: int) -> Dataset:
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [entries, first, 16])
    table.add_new("ModalityLUTType", "LO", "US")
    table.add_new("LUTData", "OW", (np.arange(entries, dtype="<u2") * 200).tobytes())
    return table


def _palette() -> Dataset:
    made = _data_set(_RAMP, "PALETTE COLOR")
    for channel, name in enumerate(("Red", "Green", "Blue")):
        made.add_new(f"{name}PaletteColorLookupTableDescriptor", "US", [256, 0, 16])
        entries = np.roll(np.arange(256, dtype="<u2") * 257, 64 * channel)
        made.add_new(f"{name}PaletteColorLookupTableData", "OW", entries.tobytes())
    return made

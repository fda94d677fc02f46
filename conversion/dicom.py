"""DICOM files: header, limits, pixels in whichever of the common transfer syntaxes, colour, shape of the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, uid
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder

from conversion import lossless
from conversion.codestream import stated_size
from conversion.dicom_colour import colour_to_bytes, palette_to_bytes
from conversion.dicom_grey import grey_to_bytes
from conversion.dicom_parsing import parse_dicom
from conversion.guard import BoundedBytes, check_frames, check_pixels, damaged, decoding
from conversion.picture import DecodingLimits, ReasonCode, UnreadablePicture
from conversion.reduction import reduced
from conversion.strips import pixels_of
from conversion.tones import to_rgb

# One decoder for each transfer syntax, so that a file is read in the same way whatever else is installed.
_DECODERS = {
    uid.ImplicitVRLittleEndian: "",
    uid.ExplicitVRLittleEndian: "",
    uid.DeflatedExplicitVRLittleEndian: "",
    uid.ExplicitVRBigEndian: "",
    uid.JPEGBaseline8Bit: "pillow",
    uid.JPEGExtended12Bit: "pillow",
    uid.JPEGLossless: lossless.PLUGIN,
    uid.JPEGLosslessSV1: lossless.PLUGIN,
    uid.JPEGLSLossless: "pyjpegls",
    uid.JPEGLSNearLossless: "pyjpegls",
    uid.JPEG2000Lossless: "pylibjpeg",
    uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg",
    uid.HTJ2KLosslessRPCL: "pylibjpeg",
    uid.HTJ2K: "pylibjpeg",
    uid.RLELossless: "pylibjpeg",
}
for _syntax in (uid.JPEGLossless, uid.JPEGLosslessSV1):
    get_decoder(_syntax).add_plugin(lossless.PLUGIN, (lossless.__name__, lossless.decode_frame.__name__))
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing")
_WIDEST_PIXEL = 10.0


@dataclass(frozen=True)
class _Header:
    """What is known before decoding. ``aspect`` is a pixel's height over its width."""

    rows: int
    columns: int
    samples: int
    bits: int
    frames: int
    photometric: str
    transfer_syntax: uid.UID
    aspect: float


def read_dicom(file: BoundedBytes, limits: DecodingLimits) -> NDArray[np.uint8]:
    """The picture in ``file``, uint8 ``[H, W, 3]``, as a viewer shows it. Raises :class:`UnreadablePicture`.

    Grey pictures go through the modality and VOI transformations (see :mod:`conversion.dicom_grey`). Pixels that are
    not square are made so by shrinking the side that has too many; a large picture is reduced.
    """
    with decoding(limits):
        dataset = parse_dicom(file, limits)
        has_pixels = any(dataset.get(name) for name in _PIXELS)
    if not has_pixels and "SOPClassUID" not in dataset:
        # Every DICOM object says what it is (PS3.3, C.12.1); one that does not is scrap behind a DICOM preamble.
        raise damaged("the DICOM file is damaged")
    if not has_pixels:
        raise UnreadablePicture(ReasonCode.NO_PIXELS, "the DICOM file holds no picture")
    with decoding(limits):
        header = _header(dataset)
    check_frames(header.frames)
    check_pixels(header.columns, header.rows, limits)
    _check_decodable(dataset, header, limits)
    with decoding(limits):
        # Raw, or pydicom would turn luma and chroma into colours in numbers of 32 bits, a whole picture at a time.
        plugin = _DECODERS[header.transfer_syntax]
        stored, decoded = get_decoder(header.transfer_syntax).as_array(
            dataset,
            index=0,
            raw=True,
            decoding_plugin=plugin,
            view_only=True,  # type: ignore[arg-type]  # pydicom gives the type of all options to each of them
        )
        if header.samples == 3:
            picture = colour_to_bytes(stored, header.bits, str(decoded["photometric_interpretation"]))
        elif header.photometric == "PALETTE COLOR":
            picture = palette_to_bytes(stored, dataset)
        else:
            picture = grey_to_bytes(stored, dataset, header.photometric)
        image = Image.fromarray(picture)
        if image.mode == "RGB" and "ICCProfile" in dataset:
            image.info["icc_profile"] = dataset.ICCProfile
        return pixels_of(reduced(_with_square_pixels(to_rgb(image), header.aspect), limits.enough))


def _header(dataset: Dataset) -> _Header:
    return _Header(
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        samples=int(dataset.SamplesPerPixel),
        bits=int(dataset.BitsStored) if "BitsStored" in dataset else int(dataset.BitsAllocated),
        frames=int(dataset.get("NumberOfFrames") or 1),
        photometric=str(dataset.PhotometricInterpretation),
        transfer_syntax=uid.UID(dataset.file_meta.TransferSyntaxUID),
        aspect=_aspect(dataset),
    )


def _aspect(dataset: Dataset) -> float:
    """Height over width of a pixel, from Pixel Aspect Ratio (PS3.3, C.7.6.3.1.7) or the spacing in mm, else 1."""
    for name in ("PixelAspectRatio", *_SPACINGS):
        pair = dataset.get(name)
        if pair:
            height, width = (float(value) for value in pair)
            if height > 0 and width > 0 and 1 / _WIDEST_PIXEL <= height / width <= _WIDEST_PIXEL:
                return height / width
    return 1.0


def _check_decodable(dataset: Dataset, header: _Header, limits: DecodingLimits) -> None:
    syntax = header.transfer_syntax
    if syntax not in _DECODERS or (syntax == uid.JPEGExtended12Bit and header.bits > 8):
        # Only the name of a registered one: any other text in its place is the file's.
        name = f"DICOM ({syntax.name})" if syntax.name != syntax else "DICOM"
        raise UnreadablePicture(ReasonCode.UNSUPPORTED_FORMAT, f"{name} is not read", format=name)
    if header.samples not in (1, 3):
        raise damaged(f"{header.samples} samples a pixel")
    if syntax.is_encapsulated:
        with decoding(limits):
            size = stated_size(get_frame(dataset.PixelData, 0, number_of_frames=1))
        if size not in (None, (header.columns, header.rows)):
            raise damaged("the compressed picture is of another size than its header says")


def _with_square_pixels(image: Image.Image, aspect: float) -> Image.Image:
    if abs(aspect - 1) < 0.01:
        return image
    width, height = image.size
    size = (max(1, round(width / aspect)), height) if aspect > 1 else (width, max(1, round(height * aspect)))
    return image.resize(size, Image.Resampling.BICUBIC)

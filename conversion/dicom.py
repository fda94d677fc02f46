"""DICOM files: header, limits, pixels in whichever of the common transfer syntaxes, colour, shape of the pixels."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import BinaryIO

import gdcm  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, dcmread, uid
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.filereader import read_dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array

from conversion.codestream import stated_size
from conversion.dicom_grey import grey_to_bytes
from conversion.guard import check_frames, check_pixels, damaged, decoding
from conversion.picture import DecodingLimits, ReasonCode, UnreadablePicture
from conversion.tones import to_rgb

# GDCM writes its complaints about a file to standard error.
gdcm.Trace.WarningOff()
gdcm.Trace.ErrorOff()

# One decoder for each transfer syntax, so that a file is read in the same way whatever else is installed.
_DECODERS = {
    uid.ImplicitVRLittleEndian: "",
    uid.ExplicitVRLittleEndian: "",
    uid.DeflatedExplicitVRLittleEndian: "",
    uid.ExplicitVRBigEndian: "",
    uid.JPEGBaseline8Bit: "pillow",
    uid.JPEGExtended12Bit: "pillow",
    uid.JPEGLossless: "gdcm",
    uid.JPEGLosslessSV1: "gdcm",
    uid.JPEGLSLossless: "pyjpegls",
    uid.JPEGLSNearLossless: "pyjpegls",
    uid.JPEG2000Lossless: "pylibjpeg",
    uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg",
    uid.HTJ2KLosslessRPCL: "pylibjpeg",
    uid.HTJ2K: "pylibjpeg",
    uid.RLELossless: "pylibjpeg",
}
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing")
# No real picture deflates to less than a tenth; a bomb does to a thousandth.
_MOST_INFLATION = 10
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


def read_dicom(file: BinaryIO, limits: DecodingLimits) -> NDArray[np.uint8]:
    """The picture in ``file``, uint8 ``[H, W, 3]``, as a viewer shows it. Raises :class:`UnreadablePicture`.

    Grey pictures go through the modality and VOI transformations (see :mod:`conversion.dicom_grey`). Pixels that are
    not square are made so by shrinking the side that has too many.
    """
    with decoding(limits):
        dataset = _parse(file, limits)
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
        stored = pixel_array(dataset, index=0, decoding_plugin=_DECODERS[header.transfer_syntax])
        if header.samples == 3:
            picture = _colour_to_bytes(stored, header.bits)
        elif header.photometric == "PALETTE COLOR":
            colours = apply_color_lut(stored, dataset)
            picture = _colour_to_bytes(colours, 8 if colours.max() < 256 else 16)
        else:
            picture = grey_to_bytes(stored, dataset, header.photometric)
        image = Image.fromarray(picture)
        if image.mode == "RGB" and "ICCProfile" in dataset:
            image.info["icc_profile"] = dataset.ICCProfile
        return np.asarray(_with_square_pixels(to_rgb(image), header.aspect))


def _parse(file: BinaryIO, limits: DecodingLimits) -> Dataset:
    start = 132 if file.read(132)[128:] == b"DICM" else 0
    file.seek(start)
    meta = read_dataset(file, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
    if meta.get("TransferSyntaxUID") == uid.DeflatedExplicitVRLittleEndian:
        return _inflate(file.read(), meta, limits)
    file.seek(0)
    dataset = dcmread(file, force=True)
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little_endian = dataset.original_encoding
        explicit = uid.ExplicitVRLittleEndian if little_endian else uid.ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = uid.ImplicitVRLittleEndian if implicit else explicit
    return dataset


def _inflate(deflated: bytes, meta: Dataset, limits: DecodingLimits) -> Dataset:
    """The data set of a deflated file (PS3.5, A.5), inflated to a bound, which pydicom does without one."""
    most = int(limits.megabytes * 2**20) * _MOST_INFLATION
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = inflater.decompress(deflated, most)
    if inflater.unconsumed_tail:
        raise damaged("the deflated data set unpacks to more than any picture takes")
    dataset = read_dataset(io.BytesIO(plain), False, True)
    dataset.file_meta = FileMetaDataset(meta)
    dataset.set_original_encoding(False, True)
    return dataset


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


def _colour_to_bytes(colours: NDArray[np.generic], bits: int) -> NDArray[np.uint8]:
    """Samples of ``bits`` significant bits, ``[H, W, 3]``, as uint8."""
    if bits > 8:
        return (colours.view(f"u{colours.itemsize}") >> (bits - 8)).astype(np.uint8)
    return colours.astype(np.uint8)


def _with_square_pixels(image: Image.Image, aspect: float) -> Image.Image:
    if abs(aspect - 1) < 0.01:
        return image
    width, height = image.size
    size = (max(1, round(width / aspect)), height) if aspect > 1 else (width, max(1, round(height * aspect)))
    return image.resize(size, Image.Resampling.BICUBIC)

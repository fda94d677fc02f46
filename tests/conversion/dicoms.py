"""DICOM files made by code."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, uid
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian

NATIVE = (
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
)


def dataset(stored: NDArray[Any], photometric: str = "MONOCHROME2", **elements: Any) -> Dataset:
    """A data set that holds ``stored``: ``[H, W]``, or ``[H, W, 3]``, of 8, 16 or 32 bits."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = uid.SecondaryCaptureImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = uid.generate_uid()
    made.PatientName = "Ivanov^Ivan"
    made.Rows, made.Columns = stored.shape[:2]
    made.SamplesPerPixel = 3 if stored.ndim == 3 else 1
    if stored.ndim == 3:
        made.PlanarConfiguration = 0
    made.PhotometricInterpretation = photometric
    made.BitsAllocated = made.BitsStored = 8 * stored.itemsize
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(stored.dtype.kind == "i")
    made.PixelData = stored.tobytes()
    for name, value in elements.items():
        setattr(made, name, value)
        if name == "BitsStored":
            made.HighBit = value - 1
    return made


def file_of(made: Dataset, syntax: UID = ExplicitVRLittleEndian, *, preamble: bool = True) -> bytes:
    """``made`` as the bytes of a file in a transfer syntax that compresses no pixels, or in its own."""
    if syntax == uid.ExplicitVRBigEndian:
        made.PixelData = np.frombuffer(made.PixelData, f"u{made.BitsAllocated // 8}").byteswap().tobytes()
    if syntax in NATIVE and made.file_meta.TransferSyntaxUID in NATIVE:
        made.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    if preamble:
        made.save_as(buffer, enforce_file_format=True)
        return buffer.getvalue()
    del made.file_meta
    made.save_as(
        buffer, implicit_vr=syntax == uid.ImplicitVRLittleEndian, little_endian=syntax != uid.ExplicitVRBigEndian
    )
    return buffer.getvalue()


def encapsulated(made: Dataset, stream: bytes, syntax: UID) -> bytes:
    """A file of ``made`` whose pixels are the compressed ``stream``."""
    made.PixelData = encapsulate([stream])
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = syntax
    return file_of(made, syntax)

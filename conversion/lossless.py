"""Lossless JPEG in DICOM, decoded by GDCM in a process of its own.

GDCM ends the process that it is in where a stream contradicts itself: its C++ exceptions go through Python uncaught.
As a plug-in of pydicom's decoders this hands a frame to a process that may die of it.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

PLUGIN = "gdcm apart"
_SECONDS = 60


def is_available(_transfer_syntax: str) -> bool:
    """Always: GDCM is one of the dependencies."""
    return True


def decode_frame(stream: bytes, runner: Any) -> bytes:
    """The samples in ``stream``; raises :class:`ValueError` where GDCM does not survive it.

    ``runner`` is pydicom's ``DecodeRunner``, which knows the header.
    """
    header = {
        "columns": runner.columns,
        "rows": runner.rows,
        "samples": runner.samples_per_pixel,
        "planar": runner.planar_configuration if runner.samples_per_pixel > 1 else 0,
        "photometric": str(runner.photometric_interpretation),
        "syntax": str.__str__(runner.transfer_syntax),
        "allocated": runner.bits_allocated,
        "stored": runner.bits_stored,
        "signed": runner.pixel_representation,
    }
    done = subprocess.run(  # noqa: S603 - this interpreter, this file
        [sys.executable, "-I", str(Path(__file__)), json.dumps(header)],
        input=stream,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"GDCM ended with status {done.returncode}")
    return done.stdout


def _main() -> None:
    # Whoever waits for this may be ended before it.
    signal.alarm(_SECONDS)
    import gdcm  # type: ignore[import-untyped]  # noqa: PLC0415 - in the process apart only

    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    header = json.loads(sys.argv[1])
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(sys.stdin.buffer.read())
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((header["columns"], header["rows"], 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(header["photometric"])
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    if header["samples"] > 1:
        image.SetPlanarConfiguration(header["planar"])
    syntax = gdcm.TransferSyntax.GetTSType(header["syntax"])
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    stored = header["stored"]
    image.SetPixelFormat(gdcm.PixelFormat(header["samples"], header["allocated"], stored, stored - 1, header["signed"]))
    sys.stdout.buffer.write(image.GetBuffer().encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    _main()

"""A file's format from its first bytes; names and media types are the sender's word and are never looked at."""

from __future__ import annotations

from conversion.picture import ReasonCode, SourceFormat, UnreadablePicture

_SIGNATURES: tuple[tuple[bytes, SourceFormat], ...] = (
    (b"\xff\xd8\xff", SourceFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", SourceFormat.PNG),
    (b"GIF87a", SourceFormat.GIF),
    (b"GIF89a", SourceFormat.GIF),
    (b"II*\0", SourceFormat.TIFF),
    (b"MM\0*", SourceFormat.TIFF),
    (b"II+\0", SourceFormat.TIFF),
    (b"MM\0+", SourceFormat.TIFF),
)
# Sizes of the headers that a BMP may go on with; "BM" alone begins many a text.
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)

_UNSUPPORTED: tuple[tuple[int, bytes, str], ...] = (
    (0, b"8BPS", "psd"),
    (0, b"%!PS", "eps"),
    (0, b"\xc5\xd0\xd3\xc6", "eps"),
    (0, b"\0\0\0\x0cjP  ", "jpeg2000"),
    (0, b"\xff\x4f\xff\x51", "jpeg2000"),
    (0, b"\0\0\0\x0cJXL ", "jpegxl"),
    (0, b"\xff\x0a", "jpegxl"),
    (0, b"\0\0\1\0", "ico"),
    (0, b"\0\0\2\0", "cur"),
    (0, b"icns", "icns"),
    (0, b"gimp xcf", "xcf"),
    (0, b"\xd7\xcd\xc6\x9a", "wmf"),
    (0, b"DDS ", "dds"),
    (0, b"qoif", "qoi"),
    (0, b"v/1\x01", "exr"),
    (0, b"#?RADIANCE", "hdr"),
    (0, b"SIMPLE  =", "fits"),
    (0, b"\x89HDF\r\n\x1a\n", "hdf5"),
    (0, b"NRRD000", "nrrd"),
    (344, b"n+1\0", "nifti"),
    (0, b"FUJIFILMCCD-RAW", "raw"),
    (0, b"IIRO", "raw"),
    (0, b"IIRS", "raw"),
    (0, b"IIU\0", "raw"),
    (0, b"\0MRM", "raw"),
    (0, b"FOVb", "raw"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\0", "xz"),
    (257, b"ustar", "tar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc"),
    (0, b"{\\rtf", "rtf"),
    (0, b"\x1aE\xdf\xa3", "webm"),
    (0, b"OggS", "ogg"),
    (0, b"ID3", "mp3"),
    (0, b"fLaC", "flac"),
    (0, b"FLV\x01", "flv"),
    (0, b"\0\0\x01\xba", "mpeg"),
    (0, b"\0\0\x01\xb3", "mpeg"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
)
# What the first entries of a ZIP are called where it is a document: Office Open XML (ECMA-376) and OpenDocument.
_OFFICE_ENTRIES = (b"[Content_Types].xml", b"_rels/.rels", b"word/", b"ppt/", b"xl/", b"mimetypeapplication/vnd.oasis")
_ENTRY_NAME = 30
_RIFF = {b"AVI ": "avi", b"WAVE": "wav", b"ACON": "ani"}

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}

_VALUE_REPRESENTATIONS = {b"CS", b"DA", b"LO", b"PN", b"SH", b"TM", b"UI", b"UL", b"US"}


def sniff(data: bytes) -> SourceFormat:
    """The format of ``data``.

    Raises :class:`UnreadablePicture`: ``unsupported_format`` with ``format`` where it is a known kind of file that is
    not read, ``not_a_picture`` where it is nothing known.
    """
    if data[128:132] == b"DICM":
        # Before the others: the 128 bytes are free, and some hold a TIFF header for programs that know no DICOM.
        return SourceFormat.DICOM
    for signature, source_format in _SIGNATURES:
        if data.startswith(signature) and not _is_canon_raw(data):
            return source_format
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return SourceFormat.BMP
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return SourceFormat.WEBP
    container = _iso_container(data) if data[4:8] == b"ftyp" else None
    if isinstance(container, SourceFormat):
        return container
    other = container or _unsupported(data)
    if other:
        raise UnreadablePicture(ReasonCode.UNSUPPORTED_FORMAT, f"{other} files are not read", format=other)
    if _is_bare_dicom(data):
        return SourceFormat.DICOM
    raise UnreadablePicture(ReasonCode.NOT_A_PICTURE, "the bytes are of no known picture format")


def _is_canon_raw(data: bytes) -> bool:
    return data[:4] == b"II*\0" and data[8:10] == b"CR"


def _iso_container(data: bytes) -> SourceFormat | str:
    """What an ISO base media file is (ISO/IEC 14496-12, 4.3): its major brand, then the compatible ones."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, length, 4))]
    if brands[0] in _AVIF_BRANDS or (brands[0] in (b"mif1", b"msf1") and _AVIF_BRANDS.intersection(brands)):
        return SourceFormat.AVIF
    if brands[0] in _HEIF_BRANDS:
        return SourceFormat.HEIF
    if brands[0] == b"crx ":
        return "raw"
    return "mov" if brands[0] == b"qt  " else "mp4"


def _unsupported(data: bytes) -> str | None:
    if _is_canon_raw(data):
        return "raw"
    for offset, signature, name in _UNSUPPORTED:
        if data.startswith(signature, offset):
            return "office" if name == "zip" and data.startswith(_OFFICE_ENTRIES, _ENTRY_NAME) else name
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[:1] == b"P" and data[1:2] in b"1234567" and data[2:3].isspace():
        return "pnm"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    return _markup(data[:4096])


def _markup(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in text:
        return "svg"
    if text.startswith((b"<!doctype html", b"<html")):
        return "html"
    return "xml" if text.startswith(b"<?xml") else None


def _is_bare_dicom(data: bytes) -> bool:
    """A DICOM data set without the preamble: it begins with group 0002 or 0008 (PS3.5, 7.1).

    With explicit value representation its two letters follow the tag; without, a short even length does.
    """
    group, element = data[:2], int.from_bytes(data[2:4], "little")
    if group in (b"\x02\0", b"\x08\0", b"\0\x08") and data[4:6] in _VALUE_REPRESENTATIONS:
        return True
    length = int.from_bytes(data[4:8], "little")
    return group == b"\x08\0" and element <= 0x20 and len(data) > 64 and 0 < length <= 64 and length % 2 == 0

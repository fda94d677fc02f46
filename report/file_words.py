"""Files that are no picture at all, such as a PDF: what is wrong with each kind, and how to get at the picture."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from report.language import mark
from report.refusal_words import RefusalWords

_FORMAT: Final = mark("The format: {format}.")

_PDF: Final = RefusalWords(
    mark("📎 This is a PDF document"),
    mark("It is made of pages, and only a picture can be read. A doctor's report in it cannot be judged here either."),
    mark(
        "If there is an X-ray or a photo in it, send that alone: as the file from the clinic (DICOM or JPEG), or as a "
        "screenshot of just the picture."
    ),
)
_VIDEO: Final = RefusalWords(
    mark("🎬 This is a video"),
    mark("It is made of many pictures, and only a single one can be read."),
    mark("Take a photo instead, or a screenshot where the video is sharp, and send that."),
    figures=_FORMAT,
)
_SOUND: Final = RefusalWords(
    mark("🎵 This is a sound recording"),
    mark("It can be heard but not seen, and only pictures can be read."),
    mark("Send a photo of the skin or a chest X-ray."),
    figures=_FORMAT,
)
_ARCHIVE: Final = RefusalWords(
    mark("🗜 This is an archive"),
    mark("Packed files are not opened here, with or without a password."),
    mark("Unpack it and send the picture from it: of an X-ray the DICOM file, or a JPEG or PNG."),
    figures=_FORMAT,
)
_OFFICE: Final = RefusalWords(
    mark("📄 This is an office document"),
    mark("It is made for text, tables or slides, and only a picture can be read."),
    mark(
        "If there is a picture in it, save that as JPEG or PNG and send it; a screenshot of just the picture will do."
    ),
)
_PAGE: Final = RefusalWords(
    mark("🌐 This is a web page or a text with markup"),
    mark("It describes something instead of showing it, and only a picture can be read."),
    mark("Save the picture itself as JPEG or PNG and send that."),
)

FILE_WORDS: Final[Mapping[str, RefusalWords]] = MappingProxyType(
    {
        "pdf": _PDF,
        **dict.fromkeys(("mp4", "mov", "webm", "avi", "mpeg", "flv"), _VIDEO),
        **dict.fromkeys(("mp3", "ogg", "wav", "flac"), _SOUND),
        **dict.fromkeys(("zip", "rar", "7z", "gzip", "bzip2", "xz", "tar"), _ARCHIVE),
        **dict.fromkeys(("doc", "rtf", "office"), _OFFICE),
        **dict.fromkeys(("html", "xml"), _PAGE),
    }
)
"""By the name that ``conversion`` gives to the format. Formats of pictures that are not read have none."""

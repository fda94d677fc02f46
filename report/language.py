"""The person's language: which one, its texts and its numbers.

The texts in the source are the English ones (gettext msgids). A catalogue is a ``.po`` file, read with Babel at run
time, so that no compiled file lies in the tree; every package with texts of its own brings its own folder of them.
"""

from __future__ import annotations

import gettext
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

SOURCE_LANGUAGE: Final = "en"
LANGUAGES: Final = ("en", "ru")

# Read in Russian: languages at home where Russian is an official language too, so that its speakers read it as a
# matter of course. Ukrainian, Uzbek, Tajik and others are not among them: there Russian is no official language, an
# unasked switch to it may offend, and /language is one tap away.
_READ_IN_RUSSIAN: Final = frozenset({"ru", "be", "kk", "ky", "ba", "ce", "cv", "os", "sah", "tt"})


def pick_language(code: str | None) -> str:
    """One of ``LANGUAGES`` for an IETF language tag such as ``ru-RU``; English for an unknown one or none."""
    primary = (code or "").replace("_", "-").split("-")[0].lower()
    return "ru" if primary in _READ_IN_RUSSIAN else SOURCE_LANGUAGE


def mark(text: str) -> str:
    """``text`` unchanged: marks a text in a table for extraction; it is translated where it is used."""
    return text


@lru_cache
def load_translations(folder: Path, language: str) -> gettext.NullTranslations:
    """The texts of ``<folder>/<language>.po``; for English the source's own. Read once, then cached.

    Fuzzy entries are left out. Raises ``OSError`` for a missing catalogue, ``babel.messages.pofile.PoFileError`` for a
    broken one.
    """
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    with (folder / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def percent(fraction: float, language: str) -> str:
    """A fraction, 0..1, as a whole percentage."""
    return format_percent(fraction, locale=language)


def exact_percent(fraction: float, language: str) -> str:
    """A fraction, 0..1, as a percentage with one decimal."""
    pattern = Locale.parse(language).percent_formats[None].pattern.replace("0", "0.0")
    return format_percent(fraction, pattern, locale=language)


def decimal(value: float, places: int, language: str) -> str:
    """A number with ``places`` decimals."""
    return format_decimal(value, "0." + "0" * places, locale=language)


def quantity(value: float, unit: str, language: str) -> str:
    """A number with its unit in the right plural form; ``unit`` is a CLDR unit such as ``duration-second``."""
    rounded = round(float(value), 1)
    return format_unit(int(rounded) if rounded.is_integer() else rounded, unit, "long", locale=language)


def moment(when: datetime, language: str) -> str:
    """Date and time in UTC: "21 Nov 2026, 14:05"."""
    return format_datetime(when, "d MMM y, HH:mm", tzinfo=UTC, locale=language)

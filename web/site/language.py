"""The visitor's language: which one, its texts and its numbers.

The texts in the source are the English ones (gettext msgids); the catalogue is a ``.po`` file that is read with Babel
at run time. The words of an answer come from the API, which is asked in the same language.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LOCALES: Final = Path(__file__).parent / "locales"
SOURCE_LANGUAGE: Final = "en"
LANGUAGES: Final = {"en": "English", "ru": "Русский"}
"""Each language as it calls itself."""

# Languages at home where Russian is an official language too; the API and the bot answer them in Russian as well.
_READ_IN_RUSSIAN: Final = frozenset({"ru", "be", "kk", "ky", "ba", "ce", "cv", "os", "sah", "tt"})
_MEGABYTE: Final = 2**20


def pick_language(tag: str | None) -> str:
    """One of ``LANGUAGES`` for an IETF language tag such as ``ru-RU``; English for an unknown one or none."""
    primary = (tag or "").replace("_", "-").split("-")[0].lower()
    return "ru" if primary in _READ_IN_RUSSIAN else SOURCE_LANGUAGE


@dataclass(frozen=True)
class Speech:
    """Texts and numbers in ``language``."""

    language: str

    def __call__(self, text: str) -> str:
        """The text for an English one."""
        return _translations(self.language).gettext(text)

    def count(self, one: str, many: str, number: int) -> str:
        """The text in the plural form of ``number``, which fills ``{number}``."""
        text = _translations(self.language).ngettext(one, many, number)
        return text.format(number=format_decimal(number, locale=self.language))

    def share(self, fraction: float) -> str:
        """A probability, 0..1, in whole per cent; never 0 % nor 100 %, since no model is that sure."""
        shown = format_percent(min(0.99, max(0.01, fraction)), locale=self.language)
        if fraction < 0.005:
            return self("less than {figure}").format(figure=format_percent(0.01, locale=self.language))
        if fraction > 0.995:
            return self("more than {figure}").format(figure=format_percent(0.99, locale=self.language))
        return shown

    def exact(self, fraction: float) -> str:
        """A share, 0..1, as a percentage with one decimal where it has one."""
        pattern = Locale.parse(self.language).percent_formats[None].pattern.replace("0", "0.#")
        return format_percent(fraction, pattern, locale=self.language)

    def size(self, size: int) -> str:
        """A number of bytes, in megabytes or kilobytes."""
        if size >= _MEGABYTE:
            return self("{number} MB").format(number=format_decimal(size / _MEGABYTE, "0.#", locale=self.language))
        return self("{number} KB").format(number=max(1, round(size / 1024)))

    def clock(self, when: datetime, zone: tzinfo | None) -> str:
        """The time of day where the visitor is: "14:05"."""
        return format_time(when.astimezone(zone), "HH:mm", locale=self.language)


@lru_cache
def _translations(language: str) -> gettext.NullTranslations:
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    with (LOCALES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)

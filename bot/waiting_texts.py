"""What the bot says about pictures that wait for their turn, come too many, or are taken back."""

from __future__ import annotations

import gettext
import math
from datetime import timedelta
from typing import Final

from bot.texts import LOCALES
from journal import RateLimit
from report.language import load_translations, mark, pick_language

_NEXT: Final = mark("⏳ Your picture is next. It will take about {wait}.")
_IN_LINE: Final = mark("⏳ Your picture is number {place} in line. It will take about {wait}.")
_TOO_MANY: Final = mark(
    "⏳ I did not take this one: of one person I read at most {pictures} within {minutes} (an album counts as one). "
    "Please try again in {wait}."
)
_MODEL_CANCELLED: Final = mark("The model that you chose for your next picture does not count any more.")
_LETTER_CANCELLED: Final = mark("I no longer wait for your words to those who run me.")
_STILL_ANSWERED: Final = mark("The picture that I am reading just now will still be answered.")
_NOTHING_TO_CANCEL: Final = mark(
    "There is nothing to take back: no picture of yours waits here, and no model is chosen for the next one."
)


def place_in_line(place: int, seconds: float, language_code: str | None) -> str:
    """How many pictures come before this one, and in about how many ``seconds`` its answer is there."""
    words = _words(language_code)
    pattern = words.gettext(_NEXT if place == 1 else _IN_LINE)
    return pattern.format(place=place, wait=_about(seconds, words))


def too_many(limit: RateLimit, again_in: timedelta, language_code: str | None) -> str:
    """Why a picture was not accepted, and when one will be."""
    words = _words(language_code)
    pictures = words.ngettext("{count} picture", "{count} pictures", limit.cases).format(count=limit.cases)
    window = _minutes(limit.window.total_seconds(), words)
    wait = _minutes(again_in.total_seconds(), words)
    return words.gettext(_TOO_MANY).format(pictures=pictures, minutes=window, wait=wait)


def cancelled(pictures: int, model: bool, letter: bool, in_work: bool, language_code: str | None) -> str:
    """What was taken back: so many ``pictures``, perhaps the ``model`` chosen ahead, and a ``letter`` that was awaited;
    ``in_work``: one picture is not."""
    words = _words(language_code)
    said = []
    if pictures:
        pattern = words.ngettext(
            "🚫 {count} picture that was waiting is taken back, and I will not read it.",
            "🚫 {count} pictures that were waiting are taken back, and I will not read them.",
            pictures,
        )
        said.append(pattern.format(count=pictures))
    if model:
        said.append(words.gettext(_MODEL_CANCELLED))
    if letter:
        said.append(words.gettext(_LETTER_CANCELLED))
    if not said:
        said.append(words.gettext(_NOTHING_TO_CANCEL))
    if in_work:
        said.append(words.gettext(_STILL_ANSWERED))
    return "\n".join(said)


def _about(seconds: float, words: gettext.NullTranslations) -> str:
    """Rounded up to five seconds, from a minute on to a minute: it is an estimate."""
    if seconds > 55:
        return _minutes(seconds, words)
    count = max(5, 5 * math.ceil(seconds / 5))
    return words.ngettext("{count} second", "{count} seconds", count).format(count=count)


def _minutes(seconds: float, words: gettext.NullTranslations) -> str:
    count = max(1, math.ceil(seconds / 60))
    return words.ngettext("{count} minute", "{count} minutes", count).format(count=count)


def _words(language_code: str | None) -> gettext.NullTranslations:
    return load_translations(LOCALES, pick_language(language_code))

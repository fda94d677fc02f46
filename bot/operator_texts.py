"""What the bot says to those who run it, and to those who are not let in."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from babel.numbers import format_decimal

from bot.texts import LOCALES, translator
from journal import Broadcast, Figures, Stage
from report.language import load_translations, mark, moment, pick_language

CLOSED: Final = mark(
    "This is a closed bot: it answers only certain people, and reads nothing of what you send. "
    "To use it, give this number to whoever runs it: {id}"
)

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {"stats": mark("Figures and charts"), "broadcast": mark("Write to everyone")}
)
"""Commands that only admins have, each with what it does."""


class Period(StrEnum):
    """What the figures are shown of."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def step(self) -> timedelta:
        """The length of a span, of which there is a bar each."""
        return timedelta(hours=1) if self is Period.DAY else timedelta(days=1)

    @property
    def spans(self) -> int:
        """How many spans there are."""
        return {Period.DAY: 24, Period.WEEK: 7, Period.MONTH: 30}[self]


PERIOD_BUTTONS: Final[Mapping[Period, str]] = MappingProxyType(
    {Period.DAY: mark("24 hours"), Period.WEEK: mark("7 days"), Period.MONTH: mark("30 days")}
)
PERIOD_TITLES: Final[Mapping[Period, str]] = MappingProxyType(
    {
        Period.DAY: mark("The last 24 hours"),
        Period.WEEK: mark("The last 7 days"),
        Period.MONTH: mark("The last 30 days"),
    }
)
_FEEDBACK: Final = mark("People on the answers: {confirmed} confirmed, {not_confirmed} not confirmed")
_QUEUE: Final = mark("In the queue now: {count}")
_TIMES: Final = mark("Time to the answer: half within {half} s, 95% within {most} s")

SEND: Final = mark("Send it")
DISCARD: Final = mark("Do not send")
STOP: Final = mark("Stop it")
BROADCAST_HOW: Final = mark(
    "Write what everyone is to read behind the command:\n"
    "/broadcast We are back. Thank you for your patience!\n\n"
    "Only to those who read one language: /broadcast en … or /broadcast ru …\n"
    "Bold, links and the like are kept. Nothing goes out before you have seen it and said so."
)
BROADCAST_TOO_LONG: Final = mark("This text is too long: a message takes {limit} characters, and it has {length}.")
BROADCAST_NOT_TAKEN: Final = mark("Telegram does not take this text. Please write it with less formatting.")
NO_AUDIENCE: Final = mark("There is nobody to send this to.")
READERS: Final[Mapping[str, str]] = MappingProxyType(
    {"en": mark("Only to those who read English."), "ru": mark("Only to those who read Russian.")}
)
DISCARDED: Final = mark("Nothing was sent.")
TOO_LATE: Final = mark("This was decided before.")
STOPPING: Final = mark("No more goes out.")

ALERTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attempt_failed": mark("The work on a picture broke off. It is tried again."),
        "gave_up": mark("A picture was given up after several attempts, and the person was told so."),
        "engine_failed": mark(
            "The engine of a model failed or hung. The model is loaded anew, and the picture read again."
        ),
        "models_amiss": mark("The models cannot be used. Pictures wait until they can."),
        "no_memory": mark("There is no memory to go on. The bot ends, and is to be started again."),
        "journal_unavailable": mark("The journal cannot be used. Nothing is accepted until it can."),
        "update_failed": mark("A message of a person could not be handled."),
        "message_failed": mark("A message to a person could not be made."),
    }
)
_OTHER_ALERT: Final = mark("Something went wrong.")
_CODE: Final = mark("Code: {code}. More is in the log.")
_LETTER: Final = mark("✉️ Somebody who uses the bot writes:")


def closed(number: str, language_code: str | None) -> str:
    """That the bot is for others, with the person's ``number``."""
    return translator(language_code)(CLOSED).format(id=number)


def caption(figures: Figures, period: Period, now: datetime, language: str) -> str:
    """The sums below the chart."""
    translations = _translations(language)
    _, ngettext = translations.gettext, translations.ngettext
    persons = ngettext("{count} person", "{count} people", figures.persons).format(count=figures.persons)
    requests = ngettext("{count} picture", "{count} pictures", figures.requests).format(count=figures.requests)
    lines = [f"{_(PERIOD_TITLES[period])} · {moment(now, language)} UTC", "", f"{requests} · {persons}"]
    if figures.seconds_overall is not None:
        half, most = (
            seconds(value, language) for value in (figures.seconds_overall.half, figures.seconds_overall.most)
        )
        lines.append(_(_TIMES).format(half=half, most=most))
    if figures.confirmed or figures.not_confirmed:
        lines.append(_(_FEEDBACK).format(confirmed=figures.confirmed, not_confirmed=figures.not_confirmed))
    lines.append(_(_QUEUE).format(count=figures.queue))
    return "\n".join(lines)


def seconds(value: float, language: str) -> str:
    """Seconds in as many digits as they deserve."""
    return str(format_decimal(value, format="0.0" if value < 10 else "0", locale=language))


def question(count: int, readers: str | None, language: str) -> str:
    """Whether to send what is shown above to ``count`` persons, who read the language ``readers``."""
    translations = _translations(language)
    asked = translations.ngettext(
        "This is how it will look. It goes to {count} person. Shall I send it?",
        "This is how it will look. It goes to {count} people. Shall I send it?",
        count,
    ).format(count=count)
    return asked if readers is None else f"{asked}\n\n{translations.gettext(READERS[readers])}"


def progress(broadcast: Broadcast, language: str) -> str:
    """How far a broadcast has come, or what became of it."""
    translations = _translations(language)
    _, ngettext = translations.gettext, translations.ngettext
    heading = {
        Stage.DONE: _("It has gone out."),
        Stage.STOPPED: _("It was stopped."),
    }.get(broadcast.stage, _("It goes out …"))
    sent = ngettext("{count} person has it.", "{count} people have it.", broadcast.sent).format(count=broadcast.sent)
    if not broadcast.failed:
        return f"{heading}\n\n{sent}"
    failed = ngettext(
        "{count} person could not be reached.", "{count} people could not be reached.", broadcast.failed
    ).format(count=broadcast.failed)
    return f"{heading}\n\n{sent}\n{failed}"


def alert(code: str, count: int, since: datetime, language: str) -> str:
    """What went wrong, and how often since when."""
    translations = _translations(language)
    _ = translations.gettext
    when = f"{moment(since, language)} UTC"
    if count > 1:
        when = translations.ngettext("{count} time since {when}", "{count} times since {when}", count).format(
            count=count, when=when
        )
    return f"⚠️ {_(ALERTS.get(code, _OTHER_ALERT))}\n\n{when}\n{_(_CODE).format(code=code)}"


def letter(language: str) -> str:
    """What stands over a letter."""
    return _translations(language).gettext(_LETTER)


def _translations(language: str) -> gettext.NullTranslations:
    return load_translations(LOCALES, pick_language(language))

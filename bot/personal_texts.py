"""What the bot says about the person's own affairs: their language and what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot.texts import LOCALES, Gettext
from journal import Answered
from models import Verdict
from report.language import load_translations, mark, moment, pick_language
from report.words import name_verdict

COMMANDS: Final = ("history", "report", "language", "privacy", "export", "forget")
"""What is between one person and the bot."""
LETTERS: Final = ("feedback",)
"""What is between one person and those who run the bot."""

ELSEWHERE: Final = mark("That is between you and me. Please write /{command} to me in our private chat: {link}")
BUTTON_NOT_YOURS: Final = mark("This button is for somebody else.")
BUTTON_OUTDATED: Final = mark("This button no longer works. Please send the command once more.")

LANGUAGE_NAMES: Final[Mapping[str, str]] = MappingProxyType({"en": "English", "ru": "Русский"})
LANGUAGE_QUESTION: Final = mark("In which language shall I answer?")
AS_IN_TELEGRAM: Final = mark("As in Telegram")
LANGUAGE_CHOSEN: Final = mark("From now on I answer in English.")
LANGUAGE_OF_TELEGRAM: Final = mark("From now on I answer in the language of your Telegram, if I speak it.")

PRIVACY: Final = mark(
    "What I keep of you\n"
    "• Telegram's numbers: yours, of the chat, of your messages and albums, and of my answers, summaries and messages "
    "about the queue.\n"
    "• The languages: that of your Telegram, and the one you chose.\n"
    "• When you first and last wrote, agreed to my notice, or blocked me; when each picture came and was answered, and "
    "which answers you had shown again or made into a report.\n"
    "• Of each picture Telegram's file number (file_id) and its size in bytes, and the model you named. Of a picture "
    "that is somebody else's the file number is removed after the answer.\n"
    "• What became of it: model and version, verdict, probabilities, how unusual the picture was, how long it took; "
    "or the code of the refusal, or that you took it back.\n"
    "• What you told me that a doctor said of an answer, and when.\n"
    "• Your letters to those who run me (/feedback). They get the words without your name or number. Otherwise they "
    "see only counts.\n\n"
    "What I do not keep\n"
    "• The picture: it is in memory while it is read, never on disk. Telegram keeps it in this chat, and I can fetch "
    "it from there again as long as Telegram has it.\n"
    "• A report: it is made in memory when you ask for it.\n"
    "• Your name, your phone number, and what you write, but for letters.\n\n"
    "For how long\n"
    "• {until} A model named ahead of a picture counts for ten minutes, and so long I wait for a letter.\n\n"
    "What you can do\n"
    "{commands}\n"
    "• Messages and pictures in this chat you delete in Telegram itself."
)
_UNTIL_FORGOTTEN: Final = mark("Until you have it removed with /forget.")
_PRIVACY_COMMANDS: Final = (
    mark("• /history: see your last answers again."),
    mark("• /report: get an answer as a page to show to a doctor."),
    mark("• /export: get all of it as a file."),
    mark("• /forget: have all of it removed."),
    mark("• /language: change or take back the language you chose."),
)


def privacy(language_code: str | None, keep_days: int = 0) -> str:
    """What is kept of the person, for ``keep_days`` (0: as long as they like), what is not, and the commands for it."""
    translations = load_translations(LOCALES, pick_language(language_code))
    _ = translations.gettext
    until = _(_UNTIL_FORGOTTEN)
    if keep_days:
        until = translations.ngettext(
            "For {days} day, or until you have it removed with /forget.",
            "For {days} days, or until you have it removed with /forget.",
            keep_days,
        ).format(days=keep_days)
    return _(PRIVACY).format(until=until, commands="\n".join(_(line) for line in _PRIVACY_COMMANDS))


EXPORT: Final = mark("Everything that I keep of you, as JSON. What it means: /privacy")
NOTHING_KEPT: Final = mark("I keep nothing of you, so there is nothing to give. What I would keep: /privacy")

FORGET_QUESTION: Final = mark(
    "Shall I forget you?\n\n"
    "I would remove everything that I keep of you: the record of your pictures and their answers, and the language you "
    "chose. That cannot be undone. To get it as a file first: /export\n\n"
    "What is in this chat stays until you delete it in Telegram."
)
FORGET_YES: Final = mark("Yes, forget everything")
FORGET_NO: Final = mark("No, keep it")
FORGET_LATER: Final = mark(
    "I still owe you the answer to a picture, and nothing is removed yet. "
    "Please press the button again when it is here."
)
FORGOTTEN: Final = mark(
    "It is done: I keep nothing of you any more. The messages in this chat you can delete in Telegram. "
    "If you send me a picture again, I begin anew."
)
NOT_FORGOTTEN: Final = mark("Nothing was removed.")

_HISTORY: Final = mark(
    "Your answers, newest first (times are UTC). Press a number to see that answer again.\n\n{lines}"
)
_MODELS: Final[Mapping[str, str]] = MappingProxyType(
    {"melanoma": mark("melanoma model"), "skin": mark("skin model"), "pneumonia": mark("chest X-ray model")}
)
NEWER: Final = mark("‹ Newer")
OLDER: Final = mark("Older ›")
NO_HISTORY: Final = mark("I have no answers of yours to show. Send me a picture first; how: /help")
REOPENING: Final = mark("One moment, I am reading the picture again.")
PICTURE_GONE: Final = mark("📁 I cannot get this picture from Telegram any more, so these are only the words of then.")
ANOTHER_VERSION: Final = mark("📁 The model has changed since, so these are only the words of then.")


def history(shown: Sequence[Answered], first: int, language: str, _: Gettext) -> str:
    """A line for each answer: date, model and verdict; the one on top has the number ``first``."""
    lines = [
        f"{number}. {moment(past.received_at, language)} · {_(_MODELS.get(past.reading.model, past.reading.model))} · "
        f"{name_verdict(Verdict(past.reading.verdict), language)}"
        for number, past in enumerate(shown, start=first)
    ]
    return _(_HISTORY).format(lines="\n".join(lines))

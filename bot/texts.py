"""What the bot says of its own accord. The words of an answer or a refusal come from ``report``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from report.answer import Hint
from report.language import load_translations, mark, pick_language

LOCALES: Final = Path(__file__).parent / "locales"

Gettext = Callable[[str], str]


def translator(language_code: str | None) -> Gettext:
    """Turns the English texts below into those of a person whose Telegram speaks ``language_code``."""
    return load_translations(LOCALES, pick_language(language_code)).gettext


MODELS: Final = ("melanoma", "skin", "pneumonia")
"""Models that a person may ask for, each by a command of its name. Not every bot has all of them installed."""

_GREETING: Final = mark(
    "Hello! I take a second look at pictures.\n\n"
    "{readings}\n\n"
    "I tell you what the model finds, how sure it is and where it looked, and what to do next. "
    "Several pictures may come as an album.\n\n"
    "What I cannot do: make a diagnosis, talk about symptoms, or see what the model was not taught. "
    "How good each model is: /models\n\n"
    "I am a demonstration for research and teaching, not a medical device, and I do not replace a doctor. "
    "I keep no pictures."
)
SHORT_GREETING: Final = mark(
    "Hello! I take a second look at pictures. I am a demonstration for research and teaching, not a medical device, "
    "and I do not replace a doctor. I keep no pictures."
)
_GREETING_READINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "melanoma": mark("🔹 A photo of a spot or mole on the skin: just send it."),
        "skin": mark("🔹 The same photo with the caption /skin: what it looks like most."),
        "pneumonia": mark("🔹 A child's chest X-ray: just send it, or with the caption /pneumonia."),
    }
)
_HELP: Final = mark(
    "What I read\n"
    "{readings}\n\n"
    "Without a command I find out by myself what a picture shows, and read it as a mole or as a chest X-ray.\n\n"
    "Where the command goes\n"
    "• in the caption of the picture,\n"
    "• or in a message of its own before the picture,\n"
    "• or in a reply to a picture that was sent earlier.\n\n"
    "For a good reading\n"
    "• In focus, in daylight, without flash, the spot in the middle.\n"
    "• Sent as a file a picture keeps its full quality: JPEG, PNG, WebP, BMP, TIFF, HEIC or DICOM, up to 20 MB.\n"
    "• The pictures of an album are read one by one, and then summed up.\n\n"
    "Sent by mistake? /cancel takes back what still waits.\n\n"
    "After the answer\n"
    "• The buttons below it: the same picture read by another model, and what a doctor said of it.\n"
    "• /report: the answer as a document to show to a doctor. /history: your last answers again.\n"
    "• /models: what the models know and how often they err. /feedback: tell those who run me.\n\n"
    "I am a demonstration, not a medical device. If something worries you, see a doctor, whatever I say."
)
_HELP_READINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "melanoma": mark("• /melanoma: a photo of one spot or mole on the skin."),
        "skin": mark("• /skin: the same photo, read for what it looks like most among the kinds that the model knows."),
        "pneumonia": mark("• /pneumonia: a child's chest X-ray, seen from the front."),
    }
)

# What the next picture will be read as, said after a command that came without one.
_READY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "melanoma": mark("Now send me a photo of the spot on the skin. I will wait for it for ten minutes."),
        "skin": mark(
            "Now send me a photo of the skin, and I will tell you what it looks like most. "
            "I will wait for it for ten minutes."
        ),
        "pneumonia": mark(
            "Now send me the chest X-ray, as a file if you can: then it keeps its quality. "
            "I will wait for it for ten minutes."
        ),
    }
)
_HINTS: Final[Mapping[Hint, str]] = MappingProxyType(
    {
        Hint.ASK_MELANOMA: mark("💬 If it is a photo of the skin, press the button or reply to it with /melanoma."),
        Hint.ASK_PNEUMONIA: mark("💬 If it is a chest X-ray, press the button or reply to it with /pneumonia."),
    }
)

_HINTS_WITHOUT_BUTTON: Final[Mapping[Hint, str]] = MappingProxyType(
    {
        Hint.ASK_MELANOMA: mark("💬 If it is a photo of the skin, reply to it with /melanoma."),
        Hint.ASK_PNEUMONIA: mark("💬 If it is a chest X-ray, reply to it with /pneumonia."),
    }
)

_OFFERS: Final[Mapping[Hint, str]] = MappingProxyType(
    {
        Hint.ASK_MELANOMA: mark("Read it as a photo of the skin"),
        Hint.ASK_PNEUMONIA: mark("Read it as a chest X-ray"),
    }
)
BACK: Final = mark("‹ Back")
BUTTON_TOO_OLD: Final = mark("This button no longer works. Please send the picture once more.")
BUTTON_OF_ANOTHER: Final = mark("This button is for the person who sent the picture.")

NOT_WORDS: Final = mark(
    "I cannot talk about symptoms, I read pictures: send me a photo of a spot on the skin, "
    "or a chest X-ray with the caption /pneumonia. More: /help"
)
UNKNOWN_COMMAND: Final = mark("I do not know this command. What I can do: /help")
NOT_INSTALLED: Final = mark("I am sorry, the model for this reading is not installed here. What I can do: /help")

FILE_GONE: Final = mark("Telegram does not have this file any more. Please send the picture once more.")
INTERNAL: Final = mark(
    "Something went wrong on my side, and your picture was not read. I am sorry. Please try it once more later."
)

_COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "melanoma": mark("Read a photo of the skin"),
        "skin": mark("What a spot on the skin looks like most"),
        "pneumonia": mark("Read a chest X-ray"),
        "cancel": mark("Take back what still waits"),
        "help": mark("How to get a good reading"),
        "models": mark("What the models know and how often they err"),
        "start": mark("What I am"),
        "history": mark("Your last answers"),
        "report": mark("Get an answer as a PDF page"),
        "language": mark("In which language I answer"),
        "privacy": mark("What I keep of you"),
        "export": mark("Get what I keep of you as a file"),
        "forget": mark("Have me forget you"),
        "feedback": mark("Write to those who run me"),
    }
)
DESCRIPTION: Final = mark(
    "Send a photo of a spot on the skin, or a chest X-ray with /pneumonia. I tell you what a neural network finds in "
    "it, how sure it is, where it looked, and what to do next.\n\n"
    "A demonstration for research and teaching. It is not a medical device and does not replace a doctor."
)
SHORT_DESCRIPTION: Final = mark("A second look at skin photos and chest X-rays. A demonstration, not a medical device.")


def installed(names: Collection[str]) -> tuple[str, ...]:
    """Those of ``MODELS`` that are among ``names``, in the order in which they are offered."""
    return tuple(model for model in MODELS if model in names)


def greeting(models: Sequence[str], _: Gettext) -> str:
    """What the bot is, with a line for each of ``models``."""
    return _(_GREETING).format(readings="\n".join(_(_GREETING_READINGS[model]) for model in models))


def instructions(models: Sequence[str], _: Gettext) -> str:
    """How the bot is used, with a line for each of ``models``."""
    return _(_HELP).format(readings="\n".join(_(_HELP_READINGS[model]) for model in models))


def commands(models: Sequence[str], _: Gettext) -> dict[str, str]:
    """The commands of ``models`` and the others, each with what it does."""
    return {name: _(text) for name, text in _COMMANDS.items() if name in models or name not in MODELS}


def ready_for(model: str, _: Gettext) -> str:
    """The bot waits for a picture for ``model``."""
    return _(_READY[model])


def offer(what: Hint, _: Gettext) -> str:
    """What the button says that asks it."""
    return _(_OFFERS[what])


def hint(what: Hint, _: Gettext, *, button: bool = True) -> str:
    """What else the person may ask of the same picture, with a ``button`` below that does it."""
    return _((_HINTS if button else _HINTS_WITHOUT_BUTTON)[what])

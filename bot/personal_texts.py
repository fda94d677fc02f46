"""What the bot says about the person's own affairs: their language and what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from report.language import mark

COMMANDS: Final = ("language",)
"""What is between one person and the bot."""

ELSEWHERE: Final = mark("That is between you and me. Please write /{command} to me in our private chat: {link}")
BUTTON_NOT_YOURS: Final = mark("This button is for somebody else.")
BUTTON_OUTDATED: Final = mark("This button no longer works. Please send the command once more.")

LANGUAGE_NAMES: Final[Mapping[str, str]] = MappingProxyType({"en": "English", "ru": "Русский"})
LANGUAGE_QUESTION: Final = mark("In which language shall I answer?")
AS_IN_TELEGRAM: Final = mark("As in Telegram")
LANGUAGE_CHOSEN: Final = mark("From now on I answer in English.")
LANGUAGE_OF_TELEGRAM: Final = mark("From now on I answer in the language of your Telegram, if I speak it.")

"""What the bot says about letters to those who run it."""

from __future__ import annotations

from typing import Final

from report.language import mark

LONGEST: Final = 2_000

QUESTION: Final = mark(
    "What would you like to tell those who run me? Your next message, up to 2,000 characters, goes to them; "
    "I wait for it for ten minutes. It is kept until you have me forget you (/forget).\n\n"
    "Nobody answers medical questions there: for those please see a doctor."
)
TOO_LONG: Final = mark("That is more than 2,000 characters. Please shorten it, or write it in several letters.")
SENT: Final = mark("💌 Thank you! I have passed your words on to those who run me.")

"""Buttons for those who run the bot."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from bot import operator_texts, texts
from bot.operator_texts import Period


class ShowFigures(CallbackData, prefix="stats"):
    """Show the figures of this period."""

    period: Period


class Deed(StrEnum):
    """What may be done with a broadcast."""

    SEND = "send"
    DISCARD = "discard"
    STOP = "stop"


class Spread(CallbackData, prefix="cast"):
    """Do this with the broadcast ``id``."""

    deed: Deed
    id: int = Field(ge=1, lt=2**63)


def periods(shown: Period, language: str) -> InlineKeyboardMarkup:
    """A button for each period, with a dot at the one that is shown; to press that one again brings it up to date."""
    _ = texts.translator(language)
    names = {period: _(name) for period, name in operator_texts.PERIOD_BUTTONS.items()}
    row = [
        InlineKeyboardButton(
            text=f"• {name}" if period is shown else name, callback_data=ShowFigures(period=period).pack()
        )
        for period, name in names.items()
    ]
    return InlineKeyboardMarkup(inline_keyboard=[row])


def deciding(broadcast_id: int, language: str) -> InlineKeyboardMarkup:
    """Send and cancel."""
    return _deeds(broadcast_id, language, Deed.SEND, Deed.DISCARD)


def stopping(broadcast_id: int, language: str) -> InlineKeyboardMarkup:
    """A way to stop it."""
    return _deeds(broadcast_id, language, Deed.STOP)


def _deeds(broadcast_id: int, language: str, *deeds: Deed) -> InlineKeyboardMarkup:
    _ = texts.translator(language)
    names = {Deed.SEND: operator_texts.SEND, Deed.DISCARD: operator_texts.DISCARD, Deed.STOP: operator_texts.STOP}
    row = [
        InlineKeyboardButton(text=_(names[deed]), callback_data=Spread(deed=deed, id=broadcast_id).pack())
        for deed in deeds
    ]
    return InlineKeyboardMarkup(inline_keyboard=[row])

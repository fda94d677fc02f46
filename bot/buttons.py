"""What buttons say to the bot when they are pressed, and how they look."""

from __future__ import annotations

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot import texts
from report.answer import Hint

MODEL_OF_HINT = {Hint.ASK_MELANOMA: "melanoma", Hint.ASK_PNEUMONIA: "pneumonia"}


class ReadAs(CallbackData, prefix="read"):
    """Read the picture again, with ``model``."""

    model: str


def offer(what: Hint, language_code: str | None) -> InlineKeyboardMarkup:
    """One button, to have the same picture read by the model that ``what`` stands for."""
    data = ReadAs(model=MODEL_OF_HINT[what]).pack()
    button = InlineKeyboardButton(text=texts.offer(what, texts.translator(language_code)), callback_data=data)
    return InlineKeyboardMarkup(inline_keyboard=[[button]])

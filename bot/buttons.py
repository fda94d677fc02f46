"""What buttons say to the bot when they are pressed, and how they look."""

from __future__ import annotations

from collections.abc import Mapping

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from bot import personal_texts, texts
from report.answer import Hint
from report.language import LANGUAGES

MODEL_OF_HINT = {Hint.ASK_MELANOMA: "melanoma", Hint.ASK_PNEUMONIA: "pneumonia"}


AS_IN_TELEGRAM = "telegram"
MOST_PAGES = 1_000_000


class ReadAs(CallbackData, prefix="read"):
    """Read the picture again, with ``model``."""

    model: str


class Speak(CallbackData, prefix="speak"):
    """Answer in ``language`` from now on: one of ``report.language.LANGUAGES``, or ``AS_IN_TELEGRAM``."""

    language: str


class Forget(CallbackData, prefix="forget"):
    """The person is ``sure`` that everything is to be removed, or not."""

    sure: bool


class Page(CallbackData, prefix="page"):
    """Show this page of the history; the newest answers are on page 0."""

    number: int = Field(ge=0, le=MOST_PAGES)


class Reopen(CallbackData, prefix="open"):
    """Show the answer to the request ``id`` again."""

    id: int = Field(ge=1, lt=2**63)


def offer(what: Hint, language_code: str | None) -> InlineKeyboardMarkup:
    """One button, to have the same picture read by the model that ``what`` stands for."""
    button = _button(texts.offer(what, texts.translator(language_code)), ReadAs(model=MODEL_OF_HINT[what]))
    return InlineKeyboardMarkup(inline_keyboard=[[button]])


def languages(_: texts.Gettext) -> InlineKeyboardMarkup:
    """A button for each language by its own name, and one for Telegram's."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [_button(personal_texts.LANGUAGE_NAMES[language], Speak(language=language)) for language in LANGUAGES],
            [_button(_(personal_texts.AS_IN_TELEGRAM), Speak(language=AS_IN_TELEGRAM))],
        ]
    )


def forgetting(_: texts.Gettext) -> InlineKeyboardMarkup:
    """Yes and no."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [_button(_(personal_texts.FORGET_YES), Forget(sure=True))],
            [_button(_(personal_texts.FORGET_NO), Forget(sure=False))],
        ]
    )


def pages(entries: Mapping[int, int], page: int, more: bool, _: texts.Gettext) -> InlineKeyboardMarkup:
    """A button for each entry by its number in the list, with the request that it stands for, and the way to the pages
    before and after."""
    turns = []
    if page:
        turns.append(_button(_(personal_texts.NEWER), Page(number=page - 1)))
    if more:
        turns.append(_button(_(personal_texts.OLDER), Page(number=page + 1)))
    numbers = [_button(str(number), Reopen(id=request_id)) for number, request_id in entries.items()]
    return InlineKeyboardMarkup(inline_keyboard=[row for row in (numbers, turns) if row])


def _button(text: str, data: CallbackData) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data.pack())

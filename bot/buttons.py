"""What buttons say to the bot when they are pressed, and how they look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from bot import answer_texts, consent_texts, personal_texts, report_texts, texts
from journal import Feedback
from report.answer import Hint
from report.language import LANGUAGES
from report.model_words import model_name

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


class Agree(CallbackData, prefix="agree"):
    """The person has read what the bot is and is not."""


class Judge(CallbackData, prefix="judge"):
    """Whether a doctor ``confirmed`` the answer to the request ``id``."""

    id: int = Field(ge=1, lt=2**63)
    confirmed: bool


class Report(CallbackData, prefix="report"):
    """Make a report of the answer to the request ``id``."""

    id: int = Field(ge=1, lt=2**63)


class ModelPage(CallbackData, prefix="model"):
    """Show the page of ``model``; of none: the overview."""

    model: str = ""


def under_answer(
    request_id: int, others: Sequence[str], judged: Feedback | None, _: texts.Gettext, *, kept: bool = True
) -> InlineKeyboardMarkup:
    """What an answer to the request ``request_id`` may lead to: the same picture read by ``others``, its report, and
    what a doctor said of it, of which ``judged`` was told already. A picture that was not ``kept`` has no report."""
    rows = [[_button(_(answer_texts.READ_WITH[model]), ReadAs(model=model))] for model in others]
    if kept:
        rows.append([report_button(request_id, _)])
    rows.append([_judgement(request_id, said, judged, _) for said in Feedback])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def with_judgement(markup: InlineKeyboardMarkup, judged: Feedback, _: texts.Gettext) -> InlineKeyboardMarkup:
    """``markup`` with ``judged`` shown as chosen, and every other button as it was."""

    def changed(button: InlineKeyboardButton) -> InlineKeyboardButton:
        if not (button.callback_data or "").startswith(f"{Judge.__prefix__}:"):
            return button
        data = Judge.unpack(button.callback_data or "")
        return _judgement(data.id, Feedback.CONFIRMED if data.confirmed else Feedback.NOT_CONFIRMED, judged, _)

    return InlineKeyboardMarkup(inline_keyboard=[[changed(button) for button in row] for row in markup.inline_keyboard])


def without(markup: InlineKeyboardMarkup, pressed: str | None) -> InlineKeyboardMarkup | None:
    """``markup`` without the buttons that say ``pressed``; None where no other is left."""
    rows = [[button for button in row if button.callback_data != pressed] for row in markup.inline_keyboard]
    return InlineKeyboardMarkup(inline_keyboard=[row for row in rows if row]) if any(rows) else None


def agreeing(_: texts.Gettext) -> InlineKeyboardMarkup:
    """One button: the person has read it."""
    return InlineKeyboardMarkup(inline_keyboard=[[_button(_(consent_texts.I_UNDERSTAND), Agree())]])


def to_private_chat(link: str, _: texts.Gettext) -> InlineKeyboardMarkup:
    """One button that leads to ``link``."""
    button = InlineKeyboardButton(text=_(consent_texts.TO_PRIVATE_CHAT), url=link)
    return InlineKeyboardMarkup(inline_keyboard=[[button]])


def model_pages(models: Iterable[str], language: str) -> InlineKeyboardMarkup:
    """A button for the page of each model."""
    return InlineKeyboardMarkup(
        inline_keyboard=[[_button(model_name(model, language), ModelPage(model=model))] for model in models]
    )


def back_to_models(language: str) -> InlineKeyboardMarkup:
    """One button, back to the overview."""
    return InlineKeyboardMarkup(inline_keyboard=[[_button(texts.translator(language)(texts.BACK), ModelPage())]])


def report_button(request_id: int, _: texts.Gettext) -> InlineKeyboardButton:
    """For below the answer to the request."""
    return _button(_(report_texts.BUTTON), Report(id=request_id))


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


def _judgement(request_id: int, said: Feedback, judged: Feedback | None, _: texts.Gettext) -> InlineKeyboardButton:
    words = (answer_texts.CHOSEN if said is judged else answer_texts.JUDGEMENTS)[said]
    return _button(_(words), Judge(id=request_id, confirmed=said is Feedback.CONFIRMED))


def _button(text: str, data: CallbackData) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data.pack())

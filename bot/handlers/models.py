"""``/models``: what each model reads, learnt from, and how good it is; a page each, in one message."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import texts
from bot.acceptance import Desk
from bot.buttons import ModelPage, back_to_models, model_pages
from bot.personal_texts import BUTTON_OUTDATED
from report.model_words import model_page, models_overview


def build_router() -> Router:
    """The command and its buttons, for everybody: nothing here is about a person."""
    router = Router(name="models")
    router.message.register(on_models, Command("models", ignore_case=True))
    router.callback_query.register(on_page, ModelPage.filter())
    return router


async def on_models(message: Message, desk: Desk) -> None:
    language = await desk.language(message.from_user)
    desk.say(message, models_overview(desk.cards.values(), language), model_pages(desk.cards, language))


async def on_page(query: CallbackQuery, callback_data: ModelPage, desk: Desk) -> None:
    """A page, or the overview again, in the place of what is shown."""
    language = await desk.language(query.from_user)
    message, model = query.message, callback_data.model
    if not isinstance(message, Message) or (model and model not in desk.cards):
        desk.answer_press(query, texts.translator(language)(BUTTON_OUTDATED))
        return
    desk.answer_press(query)
    if model:
        desk.say_instead(message, model_page(desk.cards[model], language), back_to_models(language))
    else:
        desk.say_instead(message, models_overview(desk.cards.values(), language), model_pages(desk.cards, language))

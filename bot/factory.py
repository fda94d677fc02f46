"""Builds the bot's parts from its settings."""

from __future__ import annotations

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer

from bot.acceptance import Acceptance, Desk
from bot.admission import Admission
from bot.broadcasting import Broadcaster
from bot.handlers import build_router
from bot.patience import Patience, PatientRequests
from bot.polling import PollingWatch
from bot.settings import BotSettings


def build_bot(settings: BotSettings, watch: PollingWatch, patience: Patience) -> Bot:
    """A bot whose calls are patient, and whose polling is watched."""
    server = TelegramAPIServer.from_base(settings.bot_api_url) if settings.bot_api_url else PRODUCTION
    session = AiohttpSession(api=server)
    session.middleware(PatientRequests(patience))
    session.middleware(watch)
    return Bot(settings.bot_token.get_secret_value(), session=session)


def build_dispatcher(desk: Desk, acceptance: Acceptance, admission: Admission, broadcaster: Broadcaster) -> Dispatcher:
    """All handlers behind ``acceptance`` and ``admission``. The journal keeps what must be remembered, so no states are
    kept here."""
    dispatcher = Dispatcher(disable_fsm=True, desk=desk, broadcaster=broadcaster)
    dispatcher.update.outer_middleware(acceptance)
    dispatcher.update.outer_middleware(admission)
    dispatcher.include_router(build_router())
    return dispatcher

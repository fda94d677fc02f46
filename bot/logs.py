"""Logging of the bot: lines without its token, which is part of every address that the HTTP client complains about."""

from __future__ import annotations

import logging

from bot.settings import BotSettings
from models import private_logs


def set_up_logging(settings: BotSettings) -> None:
    """Logs go to standard output."""
    private_logs.set_up(settings.log_level, settings.log_format, [settings.bot_token.get_secret_value()])
    # aiogram logs contents of updates and of failed requests; what matters of it is logged here in other words.
    logging.getLogger("aiogram").setLevel(logging.CRITICAL + 1)

"""What Telegram shows of the bot before and beside the chat: commands and descriptions, in each language."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand

from bot import texts
from bot.patience import TelegramUnreachable
from report.language import LANGUAGES, SOURCE_LANGUAGE

logger = logging.getLogger(__name__)


async def set_profile(bot: Bot, models: Sequence[str]) -> None:
    """Sets them anew at each start, with the commands of ``models``.

    English is for everyone whose language has none of its own.
    """
    try:
        for language in LANGUAGES:
            _ = texts.translator(language)
            code = None if language == SOURCE_LANGUAGE else language
            commands = [BotCommand(command=name, description=text) for name, text in texts.commands(models, _).items()]
            await bot.set_my_commands(commands, language_code=code)
            await bot.set_my_description(_(texts.DESCRIPTION), language_code=code)
            await bot.set_my_short_description(_(texts.SHORT_DESCRIPTION), language_code=code)
    except (TelegramAPIError, TelegramUnreachable) as error:
        logger.warning("commands and descriptions were not set: %s", type(error).__name__)

"""What Telegram shows of the bot before and beside the chat: commands and descriptions, in each language."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand, BotCommandScopeChat

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
            await bot.set_my_commands(_commands(models, language), language_code=code)
            await bot.set_my_description(_(texts.DESCRIPTION), language_code=code)
            await bot.set_my_short_description(_(texts.SHORT_DESCRIPTION), language_code=code)
    except (TelegramAPIError, TelegramUnreachable) as error:
        logger.warning("commands and descriptions were not set: %s", type(error).__name__)


async def set_menus(bot: Bot, models: Sequence[str], chosen: Mapping[int, str]) -> None:
    """Sets the commands of each private chat whose person chose a language; ``chosen`` has it by the person's id."""
    for user_id, language in chosen.items():
        try:
            await set_menu(bot, models, user_id, language)
        except (TelegramAPIError, TelegramUnreachable) as error:
            logger.debug("the commands of one chat were not set: %s", type(error).__name__)


async def set_menu(bot: Bot, models: Sequence[str], chat_id: int, language: str | None) -> None:
    """Sets the commands of one private chat in ``language``; None: in that of the person's Telegram again."""
    scope = BotCommandScopeChat(chat_id=chat_id)
    if language is None:
        await bot.delete_my_commands(scope=scope)
    else:
        await bot.set_my_commands(_commands(models, language), scope=scope)


def _commands(models: Sequence[str], language: str) -> list[BotCommand]:
    named = texts.commands(models, texts.translator(language))
    return [BotCommand(command=name, description=text) for name, text in named.items()]

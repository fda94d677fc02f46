"""What Telegram shows of the bot before and beside the chat: commands and descriptions, in each language."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand, BotCommandScopeChat

from bot import operator_texts, texts
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


async def set_menus(bot: Bot, models: Sequence[str], chosen: Mapping[int, str], admins: Collection[int] = ()) -> None:
    """Sets the commands of each private chat whose person chose a language, and of each of ``admins``; ``chosen`` has
    the language by the person's id."""
    for user_id in {**chosen, **dict.fromkeys(admins)}:
        try:
            await set_menu(bot, models, user_id, chosen.get(user_id), is_admin=user_id in admins)
        except (TelegramAPIError, TelegramUnreachable) as error:
            logger.debug("the commands of one chat were not set: %s", type(error).__name__)


async def set_menu(
    bot: Bot, models: Sequence[str], chat_id: int, language: str | None, *, is_admin: bool = False
) -> None:
    """Sets the commands of one private chat in ``language``; None: in that of the person's Telegram again. The only
    place that decides what the menu of a chat is."""
    scope = BotCommandScopeChat(chat_id=chat_id)
    if language is None and not is_admin:
        await bot.delete_my_commands(scope=scope)
    else:
        await bot.set_my_commands(_commands(models, language or SOURCE_LANGUAGE, is_admin), scope=scope)
    # Telegram prefers what is set for a chat and the language of the person's Telegram to what is set for the chat.
    for code in LANGUAGES if is_admin else ():
        if code == SOURCE_LANGUAGE:
            continue
        if language is None:
            await bot.set_my_commands(_commands(models, code, is_admin), scope=scope, language_code=code)
        else:
            await bot.delete_my_commands(scope=scope, language_code=code)


def _commands(models: Sequence[str], language: str, is_admin: bool = False) -> list[BotCommand]:
    _ = texts.translator(language)
    named = texts.commands(models, _)
    if is_admin:
        named |= {name: _(text) for name, text in operator_texts.COMMANDS.items()}
    return [BotCommand(command=name, description=text) for name, text in named.items()]

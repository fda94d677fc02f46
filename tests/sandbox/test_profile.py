from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat, MenuButtonCommands


async def test_commands_per_scope_and_language(chat: Any, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand(command="start", description="Begin")])
    await bot.set_my_commands([BotCommand(command="start", description="Начать")], language_code="ru")
    assert (await chat.get())["bot"]["commands"] == [{"command": "start", "description": "Begin"}]
    assert (await chat.get(language_code="ru"))["bot"]["commands"] == [{"command": "start", "description": "Начать"}]
    await bot.set_my_commands([BotCommand(command="a", description="A")], scope=BotCommandScopeAllPrivateChats())
    assert (await chat.get(language_code="en"))["bot"]["commands"] == [{"command": "a", "description": "A"}]
    await bot.set_my_commands([BotCommand(command="b", description="B")], scope=BotCommandScopeChat(chat_id=77))
    assert (await chat.get())["bot"]["commands"] == [{"command": "b", "description": "B"}]
    assert [command.description for command in await bot.get_my_commands()] == ["Begin"]
    await bot.delete_my_commands(scope=BotCommandScopeChat(chat_id=77))
    assert (await chat.get())["bot"]["commands"] == [{"command": "a", "description": "A"}]


@pytest.mark.parametrize(
    ("command", "options", "problem"),
    [
        (BotCommand(command="Start", description="x"), {}, "BOT_COMMAND_INVALID"),
        (BotCommand(command="a" * 33, description="x"), {}, "BOT_COMMAND_INVALID"),
        (BotCommand(command="a", description=" "), {}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        (BotCommand(command="a", description="x"), {"language_code": "rus"}, "LANG_CODE_INVALID"),
        (BotCommand(command="a", description="x"), {"scope": BotCommandScopeChat(chat_id=1)}, "chat not found"),
    ],
)
async def test_bad_commands_are_refused(chat: Any, bot: Bot, command: BotCommand, options: Any, problem: str) -> None:
    with pytest.raises(TelegramBadRequest, match=problem):
        await bot.set_my_commands([command], **options)


async def test_texts_per_language(chat: Any, bot: Bot) -> None:
    await bot.set_my_name("Looker")
    await bot.set_my_description("About", language_code=None)
    await bot.set_my_description("О боте", language_code="ru")
    await bot.set_my_short_description("Short")
    assert (await bot.get_my_name(language_code="ru")).name == "Looker"
    assert (await bot.get_my_description()).description == "About"
    assert (await bot.get_my_description(language_code="ru")).description == "О боте"
    assert (await bot.get_my_short_description(language_code="ru")).short_description == "Short"
    about = (await chat.get(language_code="ru"))["bot"]
    assert (about["name"], about["description"]) == ("Looker", "О боте")
    with pytest.raises(TelegramBadRequest):
        await bot.set_my_short_description("x" * 121)


async def test_the_rest_of_what_a_bot_calls_at_start(chat: Any, bot: Bot) -> None:
    assert await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert (await bot.get_chat(77)).type == "private"
    assert await bot.log_out()
    assert await bot.close()

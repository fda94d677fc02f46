"""What a bot says about itself: commands, name, descriptions, menu button."""

from __future__ import annotations

import re
from typing import Any

from sandbox.bots import by_language
from sandbox.errors import bad_request
from sandbox.methods.call import Call, method

_COMMAND = re.compile(r"/?([a-z0-9_]{1,32})")
_PLAIN_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")
_MENU_BUTTONS = ("commands", "default", "web_app")


@method("setMyCommands")
async def set_my_commands(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setmycommands"""
    given = call.parameters.structure("commands", "commands")
    if not isinstance(given, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(given) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.bot.profile.commands[_scope(call), _language(call)] = [_command(item) for item in given]
    call.bot.tell_chats()
    return True


@method("getMyCommands")
async def get_my_commands(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getmycommands"""
    return call.bot.profile.commands.get((_scope(call), _language(call)), [])


@method("deleteMyCommands")
async def delete_my_commands(call: Call) -> Any:
    """https://core.telegram.org/bots/api#deletemycommands"""
    call.bot.profile.commands.pop((_scope(call), _language(call)), None)
    call.bot.tell_chats()
    return True


@method("setMyName")
async def set_my_name(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setmyname"""
    return _set_text(call, call.bot.profile.names, "name", 64)


@method("getMyName")
async def get_my_name(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getmyname"""
    name = by_language(call.bot.profile.names, _language(call))
    return {"name": name or call.bot.as_user()["first_name"]}


@method("setMyDescription")
async def set_my_description(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setmydescription"""
    return _set_text(call, call.bot.profile.descriptions, "description", 512)


@method("getMyDescription")
async def get_my_description(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getmydescription"""
    return {"description": by_language(call.bot.profile.descriptions, _language(call))}


@method("setMyShortDescription")
async def set_my_short_description(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setmyshortdescription"""
    return _set_text(call, call.bot.profile.short_descriptions, "short_description", 120)


@method("getMyShortDescription")
async def get_my_short_description(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getmyshortdescription"""
    return {"short_description": by_language(call.bot.profile.short_descriptions, _language(call))}


@method("setChatMenuButton")
async def set_chat_menu_button(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setchatmenubutton; one button for all chats is kept."""
    button = call.parameters.structure("menu_button", "menu button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in _MENU_BUTTONS:
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    call.bot.profile.menu_button = button
    return True


@method("getChatMenuButton")
async def get_chat_menu_button(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getchatmenubutton"""
    return call.bot.profile.menu_button


def _set_text(call: Call, texts: dict[str, str], name: str, longest: int) -> bool:
    text = call.parameters.text(name).strip()
    if len(text) > longest:
        raise bad_request(f"BOT_{name.upper()}_TOO_LONG" if name != "name" else "BOT_TITLE_INVALID")
    texts[_language(call)] = text
    call.bot.tell_chats()
    return True


def _language(call: Call) -> str:
    code = call.parameters.text("language_code").strip()
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("LANG_CODE_INVALID")
    return code


def _scope(call: Call) -> str:
    scope = call.parameters.structure("scope", "scope")
    if scope is None:
        return "default"
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind in _PLAIN_SCOPES:
        return str(kind)
    if kind not in _CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    try:
        chat = call.bot.chats.get(int(scope["chat_id"]))
    except (KeyError, TypeError, ValueError):
        chat = None
    if chat is None or not chat.begun:
        raise bad_request("chat not found")
    if kind == "chat_member":
        user_id = scope.get("user_id")
        if not isinstance(user_id, int) or user_id not in chat.people:
            raise bad_request("PARTICIPANT_ID_INVALID")
        return f"{kind} {chat.id} {user_id}"
    return f"{kind} {chat.id}"


def _command(item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    match = _COMMAND.fullmatch(str(item.get("command", "")))
    if match is None:
        raise bad_request("BOT_COMMAND_INVALID")
    description = str(item.get("description", "")).strip()
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": match.group(1), "description": description}

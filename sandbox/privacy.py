"""Which messages of a group a bot in privacy mode is shown: https://core.telegram.org/bots/features#privacy-mode."""

from __future__ import annotations

from typing import Any

from sandbox.bots import Bot
from sandbox.chats import Message

# What a group's privacy is about; every other kind of update reaches the bot.
KINDS = ("message", "edited_message")
_SERVICE = ("new_chat_members", "left_chat_member")


def is_shown(bot: Bot, message: Message) -> bool:
    """Tell whether ``bot`` gets ``message`` of one of its chats: in private and where it rules, all of them."""
    chat = bot.chats.get(message["chat"]["id"])
    sees_all = not bot.privacy or message["chat"]["id"] > 0 or (chat is not None and chat.status == "administrator")
    return sees_all or is_meant_for(bot, message)


def is_meant_for(bot: Bot, message: Message) -> bool:
    """Tell whether ``message`` of a group is for ``bot``: a command, a mention, a reply to it, or a service message.

    A command counts at the beginning of a text or a caption, unless it names another bot.
    """
    if any(name in message for name in _SERVICE):
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == bot.id:
        return True
    text = message.get("text") or message.get("caption") or ""
    entities = message.get("entities") or message.get("caption_entities") or []
    return any(_calls(bot, entity, _part(text, entity)) for entity in entities)


def _calls(bot: Bot, entity: dict[str, Any], words: str) -> bool:
    name = bot.as_user()["username"].lower()
    if entity["type"] == "mention":
        return words.lower() == f"@{name}"
    if entity["type"] == "bot_command" and entity["offset"] == 0:
        return words.lower().partition("@")[2] in ("", name)
    return False


def _part(text: str, entity: dict[str, Any]) -> str:
    """Return what an entity marks; offsets are UTF-16 units."""
    units = text.encode("utf-16-le")
    return units[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")

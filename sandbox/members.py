"""Who is what in a chat: https://core.telegram.org/bots/api#chatmember."""

from __future__ import annotations

from typing import Any

from sandbox.bots import Bot
from sandbox.chats import Chat, now

_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
)
_GIVEN = ("can_manage_chat", "can_delete_messages", "can_invite_users")


def member(user: dict[str, Any], status: str) -> dict[str, Any]:
    """Return the Bot API ``ChatMember`` of ``user``."""
    found: dict[str, Any] = {"status": status, "user": user}
    if status == "kicked":
        found["until_date"] = 0
    if status == "administrator":
        found |= {right: right in _GIVEN for right in _RIGHTS}
    if status == "creator":
        found["is_anonymous"] = False
    return found


def member_of(bot: Bot, chat: Chat, user_id: int) -> dict[str, Any] | None:
    """Return the ``ChatMember`` with this id; the first who wrote in a group counts as its creator."""
    if user_id == bot.id:
        return member(bot.as_user(), chat.status)
    person = chat.people.get(user_id)
    if person is None:
        return None
    first = chat.id < 0 and person.id == next(iter(chat.people))
    return member(person.as_user(), "creator" if first else "member")


def set_status(bot: Bot, chat: Chat, doer: dict[str, Any], before: str, status: str) -> None:
    """Note what the bot is in ``chat`` from now on by the doing of the user ``doer``, and tell it."""
    chat.status = status
    chat.record("blocked", blocked=chat.blocked, status=status)
    change = {
        "chat": chat.as_chat(),
        "from": doer,
        "date": now(),
        "old_chat_member": member(bot.as_user(), before),
        "new_chat_member": member(bot.as_user(), status),
    }
    bot.updates.add("my_chat_member", change)

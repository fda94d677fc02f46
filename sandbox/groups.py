"""Bots in groups: who is what there, and being added or removed.

POST ``/sandbox/chats/{chat_id}/member`` with ``status`` ("member", "administrator", "kicked" or "left") changes what
the bot is; it is told with ``my_chat_member``, and when it is added also with ``new_chat_members``. Once it is out, its
calls are answered 403 and it gets nothing from the group; people still write there. Answers the ``ChatMember``.
"""

from __future__ import annotations

from typing import Any

from sandbox.errors import bad_request
from sandbox.members import member, set_status
from sandbox.turns import Turn, post

_STATUSES = ("member", "administrator", "kicked", "left")


async def change_status(turn: Turn) -> dict[str, Any]:
    """Make the bot what the parameter ``status`` says."""
    status = turn.parameters.text("status")
    if status not in _STATUSES or turn.chat.id > 0:
        raise bad_request(f"status must be one of {', '.join(_STATUSES)}, and the chat a group")
    make(turn, status)
    return member(turn.bot.as_user(), status)


def make(turn: Turn, status: str) -> None:
    """Make the bot what ``status`` says, by the doing of the person, and tell it."""
    bot, chat = turn.bot, turn.chat
    was_out = chat.blocked
    # A group that the bot knows nothing of yet is one that it is not in.
    new = chat.id < 0 and not chat.begun
    before = "left" if new else chat.status
    if status == before:
        return
    set_status(bot, chat, turn.person.as_user(), before, status)
    if chat.id > 0 or (was_out == chat.blocked and not new):
        return
    chat.begun = True
    if chat.blocked:
        post(turn, {"left_chat_member": bot.as_user()})
    else:
        post(turn, {"new_chat_members": [bot.as_user()]})

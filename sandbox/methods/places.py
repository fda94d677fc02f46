"""The chats themselves: what is known of one, who is in it, and leaving it."""

from __future__ import annotations

from typing import Any

from sandbox.errors import bad_request
from sandbox.members import member_of, set_status
from sandbox.methods.call import Call, chat_of, method


@method("getChat")
async def get_chat(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getchat"""
    chat = chat_of(call)
    full = {"accent_color_id": 0, "max_reaction_count": 11}
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return chat.as_chat() | full | {"accepted_gift_types": dict.fromkeys(gifts, False)}


@method("getChatMember")
async def get_chat_member(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getchatmember"""
    chat = chat_of(call)
    found = member_of(call.bot, chat, call.parameters.integer("user_id"))
    if found is None:
        raise bad_request("member not found")
    return found


@method("getChatMemberCount")
async def get_chat_member_count(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getchatmembercount; the sandbox knows those who wrote."""
    return len(chat_of(call).people) + 1


@method("leaveChat")
async def leave_chat(call: Call) -> Any:
    """https://core.telegram.org/bots/api#leavechat"""
    chat = chat_of(call)
    if chat.id > 0:
        raise bad_request("chat member status can't be changed in private chats")
    set_status(call.bot, chat, call.bot.as_user(), chat.status, "left")
    return True

"""What becomes of the bot in a chat: added, removed, blocked, let in again."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.filters import JOIN_TRANSITION, ChatMemberUpdatedFilter
from aiogram.types import ChatMemberUpdated

from bot.acceptance import Desk
from bot.handlers.groups import greet

GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


def build_router() -> Router:
    """Private chats and groups; in a channel the bot has nothing to say."""
    router = Router(name="members")
    router.my_chat_member.register(on_block, F.chat.type == ChatType.PRIVATE)
    router.my_chat_member.register(on_invited, ChatMemberUpdatedFilter(JOIN_TRANSITION), F.chat.type.in_(GROUPS))
    return router


async def on_block(event: ChatMemberUpdated, desk: Desk) -> None:
    """Remembered, so that nobody is written to in vain."""
    blocked = event.new_chat_member.status == ChatMemberStatus.KICKED
    await desk.journal.conversation.set_blocked(event.from_user.id, blocked)


async def on_invited(event: ChatMemberUpdated, desk: Desk) -> None:
    await greet(event.chat, event.from_user, desk)

"""Which picture a message means, and whether a message in a group is meant for the bot."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.enums import ChatType, MessageEntityType
from aiogram.types import ExternalReplyInfo, Message, MessageOriginUser

from bot.acceptance import Desk, sender
from bot.files import SentFile, file_of


@dataclass(frozen=True)
class Meant:
    """A picture that somebody asks about; ``of_another``: somebody else sent it. The id of a file that was not kept is
    empty."""

    file: SentFile
    of_another: bool


async def earlier_picture(message: Message, desk: Desk) -> Meant | None:
    """The picture that ``message`` replies to; for an answer of ours the one that was answered, not our overlay."""
    asker, replied = sender(message), message.reply_to_message
    if replied is None:
        return _elsewhere(message.external_reply, asker) if message.external_reply else None
    if _is_ours(replied, desk):
        original = await desk.journal.original(desk.bot.id, message.chat.id, replied.message_id)
        if original is None:
            return None
        return Meant(SentFile(original.file_id, original.file_size), original.user_id != asker)
    file = file_of(replied)
    return None if file is None else Meant(file, sender(replied) != asker)


async def is_meant_for_us(message: Message, desk: Desk) -> bool:
    """In a group people also show pictures to each other: there one counts after a command, with the bot's name in its
    caption, in reply to the bot, or in an album of which another counts."""
    if message.chat.type == ChatType.PRIVATE or await asks_us(message, desk):
        return True
    album = message.media_group_id
    if album is not None and await desk.journal.albums.is_begun(desk.bot.id, message.chat.id, album):
        return True
    return await desk.journal.chosen_model(desk.bot.id, message.chat.id, sender(message)) is not None


async def asks_us(message: Message, desk: Desk) -> bool:
    """Whether ``message`` replies to the bot or names it."""
    replied = message.reply_to_message
    return (replied is not None and _is_ours(replied, desk)) or await mentions_us(message, desk)


async def mentions_us(message: Message, desk: Desk) -> bool:
    """Whether the bot's name stands in the words or the caption."""
    words, entities = message.text or message.caption or "", message.entities or message.caption_entities or ()
    name = f"@{(await desk.bot.me()).username}".casefold()
    return any(
        entity.type == MessageEntityType.MENTION and entity.extract_from(words).casefold() == name
        for entity in entities
    )


def _is_ours(message: Message, desk: Desk) -> bool:
    return message.from_user is not None and message.from_user.id == desk.bot.id


def _elsewhere(reply: ExternalReplyInfo, asker: int) -> Meant | None:
    file, origin = file_of(reply), reply.origin
    theirs = isinstance(origin, MessageOriginUser) and origin.sender_user.id == asker
    return None if file is None else Meant(file, not theirs)

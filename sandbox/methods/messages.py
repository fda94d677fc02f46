"""Texts, reactions, chat actions, callback answers, and what a bot may ask of a chat."""

from __future__ import annotations

from typing import Any

from sandbox.errors import bad_request
from sandbox.methods.call import Call, chat_of, markup_of, message_of, method
from sandbox.methods.sending import begin, deliver
from sandbox.texts import read_text

# https://core.telegram.org/bots/api#reactiontypeemoji
_EMOJI = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 "
    "🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 "
    "😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 "
    "🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
)
REACTIONS = frozenset(_EMOJI.split())
_ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "record_audio",
    "upload_audio",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)


@method("sendMessage")
async def send_message(call: Call) -> Any:
    """https://core.telegram.org/bots/api#sendmessage"""
    chat, reply = begin(call)
    text, entities = read_text(call.parameters, "text")
    content: dict[str, Any] = {"text": text}
    if entities:
        content["entities"] = entities
    return deliver(call, chat, reply, markup_of(call), content)


@method("setMessageReaction")
async def set_message_reaction(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setmessagereaction"""
    chat = chat_of(call)
    message = message_of(call, chat, "message to react")
    given = call.parameters.structure("reaction", "reaction types")
    reactions = [] if given is None else given
    if not isinstance(reactions, list) or not all(isinstance(reaction, dict) for reaction in reactions):
        raise bad_request("can't parse reaction types: expected an Array of ReactionType")
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    for reaction in reactions:
        # Clients write the variation selector after a heart and leave it out elsewhere; Telegram takes both.
        emoji = str(reaction.get("emoji", "")).replace("\ufe0f", "")
        if reaction.get("type") != "emoji" or emoji not in REACTIONS:
            raise bad_request("REACTION_INVALID")
    number = message["message_id"]
    chat.reactions[number] = reactions
    chat.record("reaction", message_id=number, reactions=reactions, big=call.parameters.flag("is_big"))
    return True


@method("sendChatAction")
async def send_chat_action(call: Call) -> Any:
    """https://core.telegram.org/bots/api#sendchataction"""
    chat = chat_of(call)
    action = call.parameters.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.record("action", action=action)
    return True


@method("answerCallbackQuery")
async def answer_callback_query(call: Call) -> Any:
    """https://core.telegram.org/bots/api#answercallbackquery"""
    parameters = call.parameters
    if len(parameters.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    query_id = parameters.text("callback_query_id")
    asked = call.bot.close_query(query_id)
    if asked is None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    chat, message_id = asked
    chat.record(
        "callback_answer",
        callback_query_id=query_id,
        message_id=message_id,
        text=parameters.text("text"),
        show_alert=parameters.flag("show_alert"),
        url=parameters.text("url"),
    )
    return True

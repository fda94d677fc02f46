"""Messages of people that are neither texts nor pictures nor files, as small as Telegram's may be.

POST ``/sandbox/chats/{chat_id}/other`` with ``kind``: video, video_note, animation, audio, voice, sticker, contact,
location, venue, poll, dice or story. Those that may have one take a ``caption``; all take ``media_group_id``,
``reply_to_message_id`` and ``forwarded``. The files behind them hold a few bytes and can be fetched.
"""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.chats import Message
from sandbox.errors import bad_request
from sandbox.turns import Turn, caption_of, post

_PLACE = {"latitude": 52.52, "longitude": 13.405}
_SQUARE = {"width": 64, "height": 64}
# Each kind that has a file: the name and the type of the file, and the fields beside it.
_FILES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "video": ("video.mp4", "video/mp4", {**_SQUARE, "duration": 2}),
    "video_note": ("note.mp4", "", {"length": 64, "duration": 2}),
    "animation": ("animation.mp4", "video/mp4", {**_SQUARE, "duration": 2}),
    "audio": ("audio.mp3", "audio/mpeg", {"duration": 2}),
    "voice": ("voice.ogg", "audio/ogg", {"duration": 2}),
    "sticker": (
        "sticker.webp",
        "",
        {**_SQUARE, "type": "regular", "is_animated": False, "is_video": False, "emoji": "🙂"},
    ),
}
_CAPTIONED = ("video", "animation", "audio", "voice")
_NAMED = ("video", "animation", "audio")


async def send_other(turn: Turn) -> Message:
    """Send a message of another kind."""
    kind = turn.parameters.text("kind")
    content = {kind: _file(turn, kind) if kind in _FILES else _value(turn, kind)}
    if kind == "animation":
        # Telegram sets this too, for bots that know no animations.
        content["document"] = {key: content[kind][key] for key in ("file_id", "file_unique_id", "file_size")}
    if kind == "venue":
        content["location"] = _PLACE
    return post(turn, content | (caption_of(turn) if kind in _CAPTIONED else {}))


def _file(turn: Turn, kind: str) -> dict[str, Any]:
    name, mime_type, fields = _FILES[kind]
    file = turn.world.files.add(kind, f"a {kind} of the sandbox".encode(), name, mime_type)
    named = {"file_name": name} if kind in _NAMED else {}
    return {**fields, **named, **({"mime_type": mime_type} if mime_type else {}), **file.as_file()}


def _value(turn: Turn, kind: str) -> dict[str, Any]:
    options = [{"persistent_id": str(number), "text": text, "voter_count": 0} for number, text in enumerate("AB")]
    values: dict[str, dict[str, Any]] = {
        "contact": {"phone_number": "+10000000000", "first_name": "Someone"},
        "location": _PLACE,
        "venue": {"location": _PLACE, "title": "A place", "address": "A street"},
        "dice": {"emoji": "🎲", "value": secrets.randbelow(6) + 1},
        "story": {"chat": turn.chat.as_chat(), "id": 1},
        "poll": {
            "id": str(secrets.randbits(62)),
            "question": "A or B?",
            "options": options,
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        },
    }
    if kind not in values:
        raise bad_request(f"kind must be one of {', '.join([*_FILES, *values])}")
    return values[kind]

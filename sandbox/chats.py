"""A chat as both sides see it: the person, the messages, and what happened in it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.news import News

Message = dict[str, Any]
Event = dict[str, Any]

MAX_MESSAGES = 2_000
MAX_EVENTS = 5_000


@dataclass(frozen=True)
class Person:
    """Who writes in a chat, in the terms of the Bot API's ``User``."""

    id: int
    first_name: str = "Robin"
    last_name: str = ""
    username: str = ""
    language_code: str = "en"

    def as_user(self) -> dict[str, Any]:
        """Return the Bot API ``User``; fields without a value are left out."""
        user: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        optional = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        return user | {name: value for name, value in optional.items() if value}


class Chat:
    """The messages of one chat with one bot, and a numbered log of what happened to them.

    Event types: ``message``, ``edited``, ``deleted``, ``reaction``, ``action``, ``read``, ``callback_answer``,
    ``keyboard``, ``blocked`` (or the bot's place in a group changed) and ``bot`` (its name, description or commands
    changed, or it came online).
    """

    def __init__(self, chat_id: int, tell: Callable[[Chat, Event], None], title: str = "Sandbox group") -> None:
        """``tell`` is called with the chat and each event of its log."""
        self.id = chat_id
        self.title = title
        self._tell = tell
        # Those who did something here, by their ids; in a private chat there is one.
        self.people: dict[int, Person] = {}
        # A bot cannot write first: until the person does, the chat is unknown to it.
        self.begun = False
        # What the bot is here: "member" or "administrator"; "kicked" (in a private chat: blocked) or "left".
        self.status = "member"
        self.messages: dict[int, Message] = {}
        self.reactions: dict[int, list[dict[str, Any]]] = {}
        # When a message was last sent or edited, on the count that numbers messages.
        self.positions: dict[int, int] = {}
        self.keyboard: dict[str, Any] | None = None
        self.read_up_to = 0
        self.events: deque[Event] = deque(maxlen=MAX_EVENTS)
        self.last_event = 0
        self.news = News()

    @property
    def blocked(self) -> bool:
        """Whether the bot may no longer write here: the person blocked it, or it is not in the group."""
        return self.status in ("kicked", "left")

    @property
    def kind(self) -> str:
        """The Bot API's chat type, told by the id as Telegram numbers chats."""
        if self.id > 0:
            return "private"
        return "supergroup" if self.id <= -1_000_000_000_000 else "group"

    def as_chat(self) -> dict[str, Any]:
        """Return the Bot API ``Chat``."""
        if self.id < 0:
            return {"id": self.id, "type": self.kind, "title": self.title}
        user = self.person(self.id, {}).as_user()
        names = {name: user[name] for name in ("first_name", "last_name", "username") if name in user}
        return {"id": self.id, "type": self.kind} | names

    def person(self, user_id: int, changes: Mapping[str, str]) -> Person:
        """Return who has this id here, with the names or the language given; empty values change nothing."""
        current = self.people.get(user_id) or Person(user_id)
        return Person(
            user_id,
            first_name=changes.get("first_name") or current.first_name,
            last_name=changes.get("last_name") or current.last_name,
            username=changes.get("username") or current.username,
            language_code=changes.get("language_code") or current.language_code,
        )

    def record(self, kind: str, **details: Any) -> None:
        """Add an event to the log and wake those who wait for one."""
        self.last_event += 1
        event = {"id": self.last_event, "type": kind, **details}
        self.events.append(event)
        self.news.tell()
        self._tell(self, event)

    def add(self, message: Message) -> None:
        """Add a new message; the oldest goes when there are too many."""
        self.messages[message["message_id"]] = message
        self.positions[message["message_id"]] = message["message_id"]
        if len(self.messages) > MAX_MESSAGES:
            self._forget(next(iter(self.messages)))
        self.record("message", message=message)

    def edit(self, message: Message, position: int) -> None:
        """Put ``message`` in the place of the one with its number; ``position`` is the next number of the count."""
        self.messages[message["message_id"]] = message
        self.positions[message["message_id"]] = position
        self.record("edited", message=message)

    def delete(self, message_id: int) -> None:
        """Remove the message with this number, which must exist."""
        self._forget(message_id)
        self.record("deleted", message_id=message_id)

    def _forget(self, message_id: int) -> None:
        del self.messages[message_id]
        del self.positions[message_id]
        self.reactions.pop(message_id, None)

    def mark_read(self, message_id: int) -> None:
        """Remember that the bot took the person's messages up to this one."""
        if message_id > self.read_up_to:
            self.read_up_to = message_id
            self.record("read", message_id=message_id)


def now() -> int:
    """Return the current time as Telegram dates messages, in whole seconds."""
    return int(time.time())

"""The bots that use the server, and what each of them knows: chats, updates, profile."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.chats import Chat, Event, Message
from sandbox.news import News
from sandbox.updates import Update, UpdateQueue

MAX_CHATS = 2_000
MAX_QUERIES = 2_000
MAX_EVENTS = 50_000


@dataclass
class Profile:
    """What a bot says about itself, by language code ("" is for everyone else)."""

    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    # By (scope, language code); a scope is its type, followed by the ids of the chat and the user where it has them.
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    menu_button: dict[str, Any] = field(default_factory=lambda: {"type": "commands"})


def by_language(texts: dict[str, str], language: str) -> str:
    """Return the text for ``language``, else the one for everyone."""
    return texts.get(language, "") or texts.get("", "")


class Bot:
    """One bot. ``token`` is None while a person has written but no bot has come yet to read it."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self.updates = UpdateQueue()
        self.profile = Profile()
        self.chats: OrderedDict[int, Chat] = OrderedDict()
        self.webhook: dict[str, Any] = {}
        # In groups a bot is shown only what is meant for it, unless its owner turned this off at BotFather.
        self.privacy = True
        # What happened in all chats, numbered on a count of its own, for those who watch many of them.
        self.events: deque[Event] = deque(maxlen=MAX_EVENTS)
        self.last_event = 0
        self.news = News()
        self._last_message = 0
        self._queries: OrderedDict[str, tuple[Chat, int]] = OrderedDict()

    @property
    def id(self) -> int:
        """The number before the colon of the token."""
        return int(self.token.partition(":")[0]) if self.token else 0

    @property
    def online(self) -> bool:
        """Whether the bot fetches its updates."""
        return bool(self.webhook) or self.updates.polled_within < 5

    def as_user(self) -> dict[str, Any]:
        """Return the Bot API ``User`` of the bot."""
        name = self.profile.names.get("") or "Second Look"
        return {"id": self.id, "is_bot": True, "first_name": name, "username": f"second_look_{self.id}_bot"}

    def chat(self, chat_id: int) -> Chat:
        """Return the chat with this id, which is opened if there is none yet."""
        chat = self.chats.get(chat_id)
        if chat is None:
            chat = Chat(chat_id, self._log)
            self.chats[chat_id] = chat
            while len(self.chats) > MAX_CHATS:
                self.chats.popitem(last=False)
        self.chats.move_to_end(chat_id)
        return chat

    def next_message_id(self) -> int:
        """Number a message, or an edit; like Telegram's private chats, all chats of a bot share one count."""
        self._last_message += 1
        return self._last_message

    def open_query(self, chat: Chat, message_id: int) -> str:
        """Return the id of a new callback query."""
        query_id = str(secrets.randbits(62))
        self._queries[query_id] = (chat, message_id)
        while len(self._queries) > MAX_QUERIES:
            self._queries.popitem(last=False)
        return query_id

    def close_query(self, query_id: str) -> tuple[Chat, int] | None:
        """Take a callback query that was not answered yet: its chat and its message's number."""
        return self._queries.pop(query_id, None)

    def mark_read(self, taken: list[Update]) -> None:
        """Show in the chats that the bot took these updates."""
        for update in taken:
            message: Message | None = update.get("message")
            if message is not None and (chat := self.chats.get(message["chat"]["id"])) is not None:
                chat.mark_read(message["message_id"])

    def commands_for(self, chat: Chat, user_id: int, language: str) -> list[dict[str, str]]:
        """Return the commands that the menu of ``chat`` shows to a person who is no administrator of it.

        https://core.telegram.org/bots/api#determining-list-of-commands
        """
        kind = "all_private_chats" if chat.id > 0 else "all_group_chats"
        for scope in (f"chat_member {chat.id} {user_id}", f"chat {chat.id}", kind, "default"):
            for code in (language, ""):
                if found := self.profile.commands.get((scope, code)):
                    return found
        return []

    def events_after(self, number: int, kinds: frozenset[str]) -> list[Event]:
        """Return the events of all chats after the one with this number, oldest first; of ``kinds`` if any is named."""
        found: deque[Event] = deque()
        for event in reversed(self.events):
            if event["id"] <= number:
                break
            if not kinds or event["type"] in kinds:
                found.appendleft(event)
        return list(found)

    def _log(self, chat: Chat, event: Event) -> None:
        self.last_event += 1
        self.events.append(event | {"id": self.last_event, "chat_id": chat.id, "at": round(time.time(), 4)})
        self.news.tell()

    def tell_chats(self) -> None:
        """Tell every chat that the bot's profile or presence changed."""
        for chat in self.chats.values():
            chat.record("bot")

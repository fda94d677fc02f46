"""Reply markup: https://core.telegram.org/bots/api#inlinekeyboardmarkup, checked as Telegram checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.errors import bad_request

_MAX_BUTTONS = 100
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


@dataclass(frozen=True)
class Markup:
    """What a message brings: buttons under it (``inline``) or a change of the keyboard under the chat (``reply``)."""

    inline: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None


def read_markup(value: Any) -> Markup:
    """Check a ``reply_markup`` that was read from JSON; None is no markup. Raises ``ApiError`` 400."""
    if value is None:
        return Markup()
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        rows = _rows(value["inline_keyboard"], "inline_keyboard", "InlineKeyboardMarkup")
        keyboard = [[_inline_button(button) for button in row] for row in rows if row]
        if sum(len(row) for row in keyboard) > _MAX_BUTTONS:
            raise bad_request("reply markup is too long")
        return Markup(inline={"inline_keyboard": keyboard} if keyboard else None)
    if "keyboard" in value:
        rows = _rows(value["keyboard"], "keyboard", "ReplyKeyboardMarkup")
        keyboard = [[_reply_button(button) for button in row] for row in rows if row]
        return Markup(reply=value | {"keyboard": keyboard})
    if value.get("remove_keyboard") or value.get("force_reply"):
        return Markup(reply=value)
    return Markup()


def _rows(value: Any, name: str, kind: str) -> list[list[Any]]:
    if not isinstance(value, list):
        raise bad_request(f'field "{name}" of the {kind} should be an Array of Arrays')
    if not all(isinstance(row, list) for row in value):
        raise bad_request(f'field "{name}" of the {kind} should be an Array of Arrays')
    return value


def _inline_button(button: Any) -> dict[str, Any]:
    prefix = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(f"{prefix}InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request(f'{prefix}Can\'t find field "text"')
    if not text.strip():
        raise bad_request("inline keyboard button text is empty")
    if not any(button.get(action) is not None for action in _ACTIONS):
        raise bad_request(f"{prefix}Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not (isinstance(data, str) and 1 <= len(data.encode()) <= 64):
        raise bad_request("BUTTON_DATA_INVALID")
    if button.get("url") is not None:
        _check_url(str(button["url"]))
    return {name: part for name, part in button.items() if part is not None}


def _check_url(url: str) -> None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https", "tg", "ton", "tonsite"):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    host = parts.hostname or ""
    if parts.scheme in ("http", "https") and ("." not in host or " " in url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _reply_button(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        return {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object with a text")
    return button

"""How a bot gets its updates, and who it is."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sandbox.errors import bad_request, conflict
from sandbox.methods.call import Call, method
from sandbox.webhook import deliver


@method("getMe")
async def get_me(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getme"""
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": not call.bot.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return call.bot.as_user() | abilities


@method("getUpdates")
async def get_updates(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getupdates"""
    bot, parameters = call.bot, call.parameters
    if bot.webhook:
        text = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        raise conflict(text)
    _remember_kinds(call)
    limit = parameters.integer("limit", 100)
    was_online = bot.online
    bot.mark_read(bot.updates.acknowledge(parameters.integer("offset")))
    call.world.ready.set()
    polling = bot.updates.poll(
        limit if 1 <= limit <= 100 else 100, seconds=min(max(parameters.number("timeout"), 0.0), 50.0)
    )
    if not was_online:
        bot.tell_chats()
    return await polling


@method("setWebhook")
async def set_webhook(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setwebhook; unlike Telegram's own server it takes http too."""
    bot, parameters = call.bot, call.parameters
    url = parameters.text("url").strip()
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise bad_request("bad webhook: invalid webhook URL specified")
    secret = parameters.text("secret_token")
    if len(secret) > 256 or not all(
        character.isascii() and (character.isalnum() or character in "_-") for character in secret
    ):
        raise bad_request("secret token contains unallowed characters")
    _remember_kinds(call)
    if parameters.flag("drop_pending_updates"):
        bot.updates.clear()
    bot.webhook = {"url": url, "secret_token": secret} if url else {}
    bot.updates.news.tell()
    if url:
        bot.updates.end_poll("terminated by setWebhook request")
        call.world.start(deliver(bot))
        call.world.ready.set()
    bot.tell_chats()
    return True


@method("deleteWebhook")
async def delete_webhook(call: Call) -> Any:
    """https://core.telegram.org/bots/api#deletewebhook"""
    if call.parameters.flag("drop_pending_updates"):
        call.bot.updates.clear()
    call.bot.webhook = {}
    call.bot.updates.news.tell()
    return True


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getwebhookinfo"""
    bot = call.bot
    info = {
        "url": bot.webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
    }
    if bot.updates.allowed is not None:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    return info | {name: bot.webhook[name] for name in ("last_error_date", "last_error_message") if name in bot.webhook}


@method("logOut")
async def log_out(call: Call) -> Any:
    """https://core.telegram.org/bots/api#logout"""
    return True


@method("close")
async def close(call: Call) -> Any:
    """https://core.telegram.org/bots/api#close"""
    return True


def _remember_kinds(call: Call) -> None:
    kinds = call.parameters.structure("allowed_updates", "allowed_updates")
    if kinds is None:
        return
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("can't parse allowed_updates: expected an Array of String")
    call.bot.updates.allow(kinds)

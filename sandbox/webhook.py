"""Delivering updates to a bot that set a webhook, one at a time and until it takes them."""

from __future__ import annotations

import asyncio
import time

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.bots import Bot

_ANSWER_SECONDS = 60.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


async def deliver(bot: Bot) -> None:
    """Post the updates of ``bot`` to its webhook until that is changed or removed.

    An update counts as taken on any status 2xx; otherwise it is sent again after a pause that grows to a minute.
    A method in the bot's answer is not carried out.
    """
    hook = bot.webhook
    pause = _FIRST_PAUSE
    headers = {"X-Telegram-Bot-Api-Secret-Token": hook["secret_token"]} if hook["secret_token"] else {}
    async with ClientSession(timeout=ClientTimeout(total=_ANSWER_SECONDS), headers=headers) as session:
        while bot.webhook is hook:
            update = bot.updates.first()
            if update is None:
                await bot.updates.news.wait(_ANSWER_SECONDS)
                continue
            failure = await _post(session, hook["url"], update)
            if failure is None:
                pause = _FIRST_PAUSE
                bot.mark_read(bot.updates.acknowledge(update["update_id"] + 1))
            else:
                hook |= {"last_error_date": int(time.time()), "last_error_message": failure}
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)


async def _post(session: ClientSession, url: str, update: dict[str, object]) -> str | None:
    """Post one update; return None when it was taken, else what went wrong in Telegram's words."""
    try:
        async with session.post(url, json=update) as response:
            if 200 <= response.status < 300:
                return None
            return f"Wrong response from the webhook: {response.status} {response.reason}"
    except TimeoutError:
        return "Read timeout expired"
    except ClientError:
        return "Connection refused"

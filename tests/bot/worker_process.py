"""``python -m tests.bot.worker_process JOURNAL_URL TELEGRAM WEIGHTS``: answers what a shared journal holds, until it is
killed. Prints who it is in the journal, and the number of each request that it has answered."""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import timedelta
from pathlib import Path

import journal.leases
from bot.acceptance import Desk
from bot.alerts import Alerts
from bot.background import Background
from bot.factory import build_bot
from bot.following import follow
from bot.lanes import Lanes
from bot.patience import PATIENCE
from bot.pauses import PAUSES
from bot.polling import PollingWatch
from bot.rate_limit import RateLimiter
from bot.settings import BotSettings
from bot.worker import Worker
from journal import Request, open_journal
from models import Catalog
from tests.bot.conftest import TOKEN, FakeReader

LEASE = timedelta(seconds=6)
LOOK_SECONDS = 1.0
WORKERS = 2


async def main(journal_url: str, telegram: str, weights: str) -> None:
    journal.leases.LOOK_SECONDS = LOOK_SECONDS  # type: ignore[misc]
    settings = BotSettings(bot_token=TOKEN, bot_api_url=telegram, journal_url=journal_url)  # type: ignore[arg-type]
    reader = FakeReader(Catalog.load(Path(weights)))
    reader.before = lambda _data: asyncio.sleep(random.uniform(0.02, 0.2))
    opened = await open_journal(journal_url)
    opened.leases._lease = LEASE
    bot = build_bot(settings, PollingWatch(_fail), PATIENCE)
    lanes, background = Lanes(), Background()

    def settled(request: Request) -> None:
        print(request.id, flush=True)

    alerts = Alerts(bot, opened, background, ())
    desk = Desk(bot, opened, lanes, background, reader.catalog.names, RateLimiter(opened, None), settled, alerts)
    worker = Worker(bot, opened, lanes, reader, PATIENCE, PAUSES, settled)
    print(opened.leases._holder, flush=True)
    await asyncio.gather(follow(opened, desk.take_up), *(worker.run() for _ in range(WORKERS)))


def _fail(error: Exception) -> None:
    raise error


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

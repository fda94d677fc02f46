"""Several processes answer what one journal on a server holds."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from journal import Incoming, open_journal
from tests.bot.conftest import BOT_ID, FakeReader, Message, Serving, Telegram
from tests.bot.worker_process import WORKERS
from tests.databases import execute, rows
from tests.e2e.stack import clean_environment

PROCESSES, PERSONS, PICTURES = 3, 6, 5


@dataclass
class Process:
    """A process of ``tests.bot.worker_process``; what it prints goes to ``told``."""

    process: subprocess.Popen[bytes]
    told: Path

    @property
    def lines(self) -> list[str]:
        return self.told.read_text().splitlines()


@contextmanager
def working(number: int, folder: Path, *arguments: str) -> Iterator[Process]:
    told = folder / f"worker-{number}"
    command = [sys.executable, "-m", "tests.bot.worker_process", *arguments]
    with told.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, cwd=Path(__file__).parents[2], env=clean_environment())
    try:
        yield Process(process, told)
    finally:
        process.kill()
        process.wait()


def incoming(message: Message, number: int) -> Incoming:
    chat = message["chat"]["id"]
    file_id = message["photo"][-1]["file_id"]
    return Incoming(BOT_ID, number, chat, message["message_id"], chat, file_id, language="en")


async def test_a_killed_process_loses_nothing_and_nothing_else_is_answered_twice(
    telegram: Telegram, postgres_url: str, weights: Path, tmp_path: Path
) -> None:
    journal = await open_journal(postgres_url)
    states = "SELECT count(*) FROM requests WHERE state = '{}'"
    with ExitStack() as stack:
        processes = [
            stack.enter_context(working(number, tmp_path, postgres_url, telegram.base, str(weights)))
            for number in range(PROCESSES)
        ]
        await telegram.until(lambda: all(process.lines for process in processes))
        sent = [await telegram.photo(chat=10 + number % PERSONS) for number in range(PERSONS * PICTURES)]
        accepted = [await journal.accept(incoming(message, number)) for number, message in enumerate(sent)]
        await telegram.until(lambda: rows(postgres_url, states.format("answered"))[0][0] >= len(sent) // 4)
        victim = random.choice(processes)
        in_hand = f"SELECT id FROM requests WHERE leased_by = '{victim.lines[0]}' ORDER BY id"
        await telegram.until(lambda: rows(postgres_url, in_hand))
        victim.process.kill()
        victim.process.wait()
        await telegram.until(lambda: rows(postgres_url, states.format("received")) == [(0,)])
    await journal.close()

    answers = Counter(
        reply["reply_to_message"]["message_id"] for person in range(PERSONS) for reply in telegram.sent(10 + person)
    )
    twice = {message for message, count in answers.items() if count > 1}
    numbers = {request.message_id: request.id for request in accepted if request is not None}
    assert set(answers) == set(numbers), "each has its answer"
    assert max(answers.values()) <= 2
    begun_twice = {number for (number,) in rows(postgres_url, "SELECT id FROM requests WHERE attempts > 1")}
    assert len(begun_twice) <= WORKERS, "only those that the killed one had in hand"
    assert {numbers[message] for message in twice} <= begun_twice
    assert rows(postgres_url, "SELECT DISTINCT state FROM requests WHERE attempts <= 2") == [("answered",)]
    told = [line for process in processes for line in process.lines[1:]]
    assert max(Counter(told).values()) == 1
    assert all(len(process.lines) > 1 for process in processes if process is not victim), "they share the work"
    together = (
        "SELECT a.id, b.id FROM requests a JOIN requests b ON a.user_id = b.user_id AND a.id < b.id"
        " WHERE a.finished_at > b.started_at"
    )
    assert rows(postgres_url, together) == [], "one request of a person at a time, and in order"


async def test_what_was_taken_over_meanwhile_is_not_answered_here(
    telegram: Telegram, serving: Serving, reader: FakeReader, postgres_url: str
) -> None:
    other = await open_journal(postgres_url)

    async def stall(_data: bytes) -> None:
        execute(postgres_url, "UPDATE requests SET leased_until = now() - interval '1 second'")
        assert await other.take(1) is not None

    reader.before = stall
    async with serving(journal_url=postgres_url):
        await telegram.photo()
        await telegram.until(lambda: reader.asked)
        reader.before = None
        await telegram.answer(await telegram.photo(chat=11))
    assert telegram.sent(10) == []
    assert rows(postgres_url, "SELECT state, attempts FROM requests ORDER BY id") == [("received", 2), ("answered", 1)]
    await other.close()

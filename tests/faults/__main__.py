"""``python -m tests.faults --requests 10000 --kills 100``: prints what became of the pictures, as JSON, and on the way
to standard error how it goes.

Sandbox and bot are processes of their own, with the tiny models of the tests. Exit status 1 where anything was lost or
crossed, or came twice more often than the bot was killed and Telegram lost an answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import aiohttp

from tests.e2e.stack import Stack, clean_environment, free_port, process
from tests.faults.storm import Count, Plan, Storm
from tests.faults.witness import patient_session
from tests.tiny_models import write_tiny_weights


def main() -> int:
    """Run one storm; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--persons", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--hears", action="store_true", help="no answer is cut off before the bot hears that it was sent"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(options.requests, options.persons, options.kills, seed=options.seed, hears=options.hears)
        count = asyncio.run(run(Path(folder), plan, lambda line: print(line, file=sys.stderr, flush=True)))
    print(json.dumps(count.as_dict(), indent=2))
    return int(not is_sound(count))


async def run(folder: Path, plan: Plan, tell: Callable[[str], None] = lambda _line: None) -> Count:
    """A storm with a sandbox of its own, whose files are in ``folder``; ``tell`` hears how it goes."""
    weights = write_tiny_weights(folder / "weights")
    port = free_port()
    async with patient_session() as session:
        stack = Stack(folder, port, session, {"MODELS_DIR": str(weights)})
        with process(["-m", "sandbox", "--port", str(port)], clean_environment(), folder, folder / "sandbox.txt"):
            for _ in range(400):
                try:
                    async with session.get(stack.base):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
            return await Storm(stack, plan, tell).run()


def is_sound(count: Count) -> bool:
    """Whether the promises hold: nothing lost, nothing crossed, and no more repeats than there were kills and answers
    that Telegram lost."""
    allowed = count.kills + count.stops + count.answers_lost_by_telegram
    return not count.lost and not count.crossed and count.duplicates <= allowed and count.accepted >= count.sent


if __name__ == "__main__":
    sys.exit(main())

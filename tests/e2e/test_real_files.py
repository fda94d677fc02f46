"""Other people's files, sound, odd, broken and hostile, sent to the real bot: each is answered or refused in words."""

from __future__ import annotations

import os
from itertools import cycle
from pathlib import Path

import pytest

from tests.e2e.stack import Stack
from tests.soak.usage import usage_of

pytestmark = [
    pytest.mark.data,
    pytest.mark.timeout(900),
    pytest.mark.skipif("DATA_ROOT" not in os.environ, reason="DATA_ROOT is not set: no real pictures here"),
]
DATA = Path(os.environ.get("DATA_ROOT", "."))
FOLDERS = ("hostile/pillow", "heic", "dicom")
PERSONS = 8
MOST_GROWTH = 300  # MB, of the bot and its decoding processes together


async def test_every_file_is_answered_or_refused_and_the_bot_goes_on(stack: Stack) -> None:
    files = sorted(path for folder in FOLDERS for path in (DATA / folder).iterdir() if path.is_file())
    with stack.bot(RATE_LIMIT="0") as bot:
        persons = [stack.person() for _ in range(PERSONS)]
        for person in persons:
            await person.reply_to(await person.sends("document", files[0].read_bytes()))
        before = usage_of(bot.pid)
        sent: dict[int, dict[int, str]] = {person.chat_id: {} for person in persons}
        for person, path in zip(cycle(persons), files):
            message = await person.sends("document", path.read_bytes(), name=f"file{path.suffix}")
            sent[person.chat_id][message["message_id"]] = path.name
        await stack.until(lambda: stack.accepted() == len(files) + PERSONS and not stack.accepted("received"), 600)
        after = usage_of(bot.pid)
        assert bot.poll() is None
        for person in persons:
            replies = {
                message["reply_to_message"]["message_id"]: message
                for message in await person.messages()
                if "reply_to_message" in message
            }
            wordless = [
                name
                for number, name in sent[person.chat_id].items()
                if number not in replies or not (replies[number].get("text") or replies[number].get("caption"))
            ]
            assert not wordless
    states = dict(stack.rows("select state, count(*) from requests group by state"))
    assert set(states) == {"answered", "refused"}
    assert sum(states.values()) == len(files) + PERSONS
    assert after.memory - before.memory <= MOST_GROWTH
    assert after.processes == before.processes

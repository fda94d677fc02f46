"""One view of all chats of a bot, and files that are sent on without being uploaded again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiogram import Bot
from aiohttp import ClientSession

from sandbox import bots
from sandbox.files import FileStore
from tests.sandbox.conftest import Person

Make = Callable[..., bytes]


@pytest.fixture
def everything(http: ClientSession, base: str) -> Callable[..., Awaitable[Any]]:
    async def look(after: int = 0, wait: float = 0, types: str = "") -> Any:
        params = {"after": after, "wait": wait, "types": types}
        async with http.get(f"{base}/sandbox/events", params=params) as response:
            return await response.json()

    return look


async def test_events_of_all_chats_come_in_one_numbered_row_with_their_times(
    http: ClientSession, base: str, bot: Bot, everything: Any
) -> None:
    await bot.get_me()
    begun = time.time()
    for chat_id in (77, 78):
        await Person(http, base, chat_id).write("hello")
    await bot.send_message(78, "good day")
    seen = await everything(types="message")
    told = [(event["chat_id"], event["message"]["text"]) for event in seen["events"]]
    assert told == [(77, "hello"), (78, "hello"), (78, "good day")]
    assert all(begun - 1 <= event["at"] <= time.time() + 1 for event in seen["events"])
    numbers = [event["id"] for event in seen["events"]]
    assert numbers == sorted(numbers)
    assert seen["first"] == 1
    later = await everything(after=numbers[1], types="message")
    assert [event["message"]["text"] for event in later["events"]] == ["good day"]
    assert (await everything(after=seen["last"]))["events"] == []


async def test_who_watches_all_chats_is_woken_by_any(person: Any, bot: Bot, everything: Any) -> None:
    await bot.get_me()
    await person.write("hello")
    last = (await everything())["last"]
    watching = asyncio.create_task(everything(after=last, wait=30, types="message"))
    await asyncio.sleep(0)
    await bot.send_message(77, "good day")
    seen = await asyncio.wait_for(watching, 10)
    assert [event["message"]["text"] for event in seen["events"]] == ["good day"]


async def test_what_is_too_old_is_dropped_and_told_by_the_first_number(
    monkeypatch: pytest.MonkeyPatch, http: ClientSession, serve: Any
) -> None:
    monkeypatch.setattr(bots, "MAX_EVENTS", 3)
    base = await serve()
    person = Person(http, base, 77)
    for number in range(5):
        await person.write(str(number))
    async with http.get(f"{base}/sandbox/events") as response:
        seen = await response.json()
    assert (seen["first"], seen["last"]) == (3, 5)
    assert [event["id"] for event in seen["events"]] == [3, 4, 5]


async def test_a_photo_is_sent_on_by_its_id(person: Any, bot: Bot, picture: Make, http: ClientSession) -> None:
    await bot.get_me()
    first = await person.send("photo", picture(1600, 1200, "PNG"))
    on = Person(http, person.base.removesuffix("/sandbox/chats/77"), 78)
    second = await on.post("photo", file_id=first["photo"][-1]["file_id"], caption="/melanoma")
    assert second["photo"] == first["photo"]
    assert second["caption"] == "/melanoma"
    _, update = await bot.get_updates()
    assert update.message is not None
    assert update.message.photo is not None
    assert [size.width for size in update.message.photo] == [90, 320, 800, 1280]
    answer = await on.post("document", file_id=first["photo"][-1]["file_id"])
    assert on.status == 400
    assert "can't use file of type Photo as Document" in answer["description"]
    await on.post("photo", file_id="unknown")
    assert on.status == 400


def test_a_file_in_use_outlives_one_that_is_not() -> None:
    store = FileStore(max_bytes=20)
    used, idle = (store.add("document", bytes(8), f"{name}.bin", "application/octet-stream") for name in "ab")
    assert store.get(used.file_id) == used
    store.add("document", bytes(8), "c.bin", "application/octet-stream")
    assert store.get(idle.file_id) is None
    assert store.get(used.file_id) == used

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramConflictError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.methods import GetStarTransactions
from aiogram.types import Message
from aiohttp import ClientSession, web

Serve = Callable[..., Awaitable[str]]


async def test_updates_come_in_order_and_stay_until_acknowledged(chat: Any, bot: Bot) -> None:
    await chat.write("second")
    first = await bot.get_updates()
    assert [update.message.text for update in first if update.message] == ["hello", "second"]
    assert [update.update_id for update in await bot.get_updates()] == [update.update_id for update in first]
    assert [update.message.text for update in await bot.get_updates(limit=1) if update.message] == ["hello"]
    assert [u.update_id for u in await bot.get_updates(offset=first[1].update_id)] == [first[1].update_id]
    assert await bot.get_updates(offset=first[1].update_id + 1) == []
    assert await bot.get_updates() == []


async def test_a_negative_offset_keeps_only_the_last(chat: Any, bot: Bot) -> None:
    await chat.write("second")
    await chat.write("third")
    assert [update.message.text for update in await bot.get_updates(offset=-2) if update.message] == ["second", "third"]
    assert len(await bot.get_updates()) == 2


async def test_a_long_poll_ends_with_the_update(chat: Any, bot: Bot) -> None:
    offset = (await bot.get_updates())[-1].update_id + 1
    polling = asyncio.create_task(bot.get_updates(offset=offset, timeout=20))
    await asyncio.sleep(0.2)
    assert not polling.done()
    await chat.write("now")
    [update] = await asyncio.wait_for(polling, 15)
    assert update.message is not None
    assert update.message.text == "now"


async def test_a_long_poll_without_news_ends_empty(chat: Any, bot: Bot) -> None:
    offset = (await bot.get_updates())[-1].update_id + 1
    begun = time.monotonic()
    assert await bot.get_updates(offset=offset, timeout=1) == []
    assert 0.9 < time.monotonic() - begun < 30


async def test_a_dead_client_swallows_nothing(chat: Any, bot: Bot, base: str) -> None:
    offset = (await bot.get_updates())[-1].update_id + 1
    host, port = base.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /bot{bot.token}/getUpdates?timeout=30&offset={offset} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.transport.abort()
    await asyncio.sleep(0.2)
    await chat.write("after the crash")
    for _ in range(2):
        [update] = await bot.get_updates(timeout=5)
        assert update.message is not None
        assert update.message.text == "after the crash"


async def test_of_two_pollers_the_first_gets_409(chat: Any, bot: Bot) -> None:
    offset = (await bot.get_updates())[-1].update_id + 1
    first = asyncio.create_task(bot.get_updates(offset=offset, timeout=20))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(bot.get_updates(offset=offset, timeout=20))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await asyncio.wait_for(first, 15)
    await chat.write("for the second")
    assert len(await asyncio.wait_for(second, 2)) == 1


async def test_only_allowed_kinds_are_queued_from_then_on(chat: Any, bot: Bot) -> None:
    await bot.get_updates(offset=-1, allowed_updates=["edited_message"])
    message = await chat.write("not wanted")
    await chat.post("edit", message_id=message["message_id"], text="wanted")
    kinds = [update.event_type for update in await bot.get_updates()]
    assert kinds == ["message", "edited_message"]  # the first one came before the choice


async def test_a_message_written_before_the_bot_came_waits_for_it(person: Any, bot: Bot) -> None:
    await person.write("anyone there?")
    [update] = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "anyone there?"


async def test_a_dispatcher_polls_and_answers(person: Any, bot: Bot) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: Message) -> None:
        await message.answer(f"you said {message.text}")

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=1))
    sent = await person.write("hi")
    [answer] = await person.messages(after=sent["message_id"])
    assert answer["text"] == "you said hi"
    await dispatcher.stop_polling()
    await polling


async def test_tokens(base: str, bot: Bot, make_bot: Callable[..., Bot], http: ClientSession, serve: Serve) -> None:
    assert (await bot.get_me()).id == 4200
    assert (await make_bot(base, "4300:other").get_me()).id == 4300
    with pytest.raises(TelegramUnauthorizedError, match="Unauthorized"):
        await make_bot(base, "4200:another-secret").get_me()
    async with http.get(f"{base}/botnonsense/getMe") as response:
        assert response.status == 401
        assert await response.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    fixed = await serve(token="1:fixed")
    assert (await make_bot(fixed, "1:fixed").get_me()).id == 1
    with pytest.raises(TelegramUnauthorizedError):
        await make_bot(fixed, "2:free").get_me()


async def test_methods_in_any_case_and_unknown_ones(base: str, bot: Bot, http: ClientSession) -> None:
    async with http.get(f"{base}/bot{bot.token}/GETME") as response:
        assert (await response.json())["result"]["is_bot"] is True
    with pytest.raises(TelegramNotFound, match="Not Found"):
        await bot(GetStarTransactions())


async def test_a_webhook_gets_updates_until_it_takes_them(chat: Any, bot: Bot) -> None:
    seen: list[tuple[str, str | None]] = []
    taken = asyncio.Event()

    async def receive(request: web.Request) -> web.Response:
        update = await request.json()
        seen.append((update["message"]["text"], request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        if len(seen) == 1:
            return web.Response(status=500)
        taken.set()
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="s3cret")
        with pytest.raises(TelegramConflictError, match="webhook is active"):
            await bot.get_updates()
        await asyncio.wait_for(taken.wait(), 10)
        assert seen == [("hello", "s3cret"), ("hello", "s3cret")]
        await asyncio.sleep(0.1)
        info = await bot.get_webhook_info()
        assert info.pending_update_count == 0
        assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
        await bot.delete_webhook()
        assert await bot.get_updates() == []
    finally:
        await runner.cleanup()


async def test_reading_shows_as_ticks(chat: Any, bot: Bot) -> None:
    assert (await chat.get())["read_up_to"] == 0
    [update] = await bot.get_updates()
    assert (await chat.get())["read_up_to"] == 0
    await bot.get_updates(offset=update.update_id + 1)
    assert (await chat.get())["read_up_to"] == 1

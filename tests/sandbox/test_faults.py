import time
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from aiogram.types import BufferedInputFile
from aiohttp import ClientError, ClientSession


async def fault(http: ClientSession, base: str, **values: Any) -> Any:
    async with http.post(f"{base}/sandbox/faults", json=values) as response:
        return response.status, await response.json()


async def test_429_tells_how_long_to_wait(chat: Any, bot: Bot, base: str, http: ClientSession) -> None:
    await fault(http, base, method="sendMessage", status=429, retry_after=7)
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(77, "x")
    assert caught.value.retry_after == 7
    assert "Too Many Requests: retry after 7" in caught.value.message
    await bot.send_message(77, "x")


async def test_a_fault_hits_its_method_so_many_times(chat: Any, bot: Bot, base: str, http: ClientSession) -> None:
    await fault(http, base, method="SENDMESSAGE", status=502, times=2)
    for _ in range(2):
        await bot.get_me()
        with pytest.raises(TelegramServerError, match="Bad Gateway"):
            await bot.send_message(77, "x")
    await bot.send_message(77, "x")
    assert len(await chat.messages()) == 1


@pytest.mark.parametrize("status", [0, "cut"])
async def test_a_cut_connection(chat: Any, bot: Bot, base: str, http: ClientSession, status: Any) -> None:
    await fault(http, base, method="sendMessage", status=status)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(77, "x")
    assert await chat.messages(wait=0) == []


async def test_an_answer_can_be_lost_after_the_deed(chat: Any, bot: Bot, base: str, http: ClientSession) -> None:
    await fault(http, base, method="sendMessage", status="cut", after=True)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(77, "it went out")
    assert [message["text"] for message in await chat.messages()] == ["it went out"]


async def test_a_delay_alone_lets_the_call_through(chat: Any, bot: Bot, base: str, http: ClientSession) -> None:
    await fault(http, base, method="sendMessage", delay=0.3)
    begun = time.monotonic()
    await bot.send_message(77, "x")
    assert time.monotonic() - begun >= 0.3


async def test_downloads_can_fail_too(chat: Any, bot: Bot, base: str, http: ClientSession) -> None:
    sent = await chat.send("document", b"data", name="a.bin")
    file = await bot.get_file(sent["document"]["file_id"])
    await fault(http, base, method="file", status=500)
    assert file.file_path is not None
    with pytest.raises(ClientError):
        await bot.download_file(file.file_path)
    content = await bot.download_file(file.file_path)
    assert content is not None
    assert content.read() == b"data"


async def test_faults_can_be_listed_and_taken_back(base: str, bot: Bot, http: ClientSession) -> None:
    await fault(http, base, method="*", status=500, times=3)
    with pytest.raises(TelegramServerError):
        await bot.get_me()
    async with http.get(f"{base}/sandbox/faults") as response:
        [left] = await response.json()
    assert (left["method"], left["times"]) == ("*", 2)
    async with http.delete(f"{base}/sandbox/faults") as response:
        assert await response.json() == []
    await bot.get_me()


@pytest.mark.parametrize("values", [{"status": 200}, {"status": "often"}, {"times": 0}, {"delay": -1}])
async def test_senseless_faults_are_refused(base: str, http: ClientSession, values: dict[str, Any]) -> None:
    status, answer = await fault(http, base, **values)
    assert status == 400
    assert answer["ok"] is False


async def test_calls_are_logged_without_files_bytes(chat: Any, bot: Bot, base: str, http: ClientSession) -> None:
    await bot.send_document(77, BufferedInputFile(b"12345", "a.txt"), caption="c")
    async with http.get(f"{base}/sandbox/calls", params={"method": "senddocument"}) as response:
        [call] = await response.json()
    assert (call["method"], call["bot"], call["status"]) == ("sendDocument", 4200, 200)
    assert call["params"]["caption"] == "c"
    [file] = [value for value in call["params"].values() if isinstance(value, dict)]
    assert file == {"file_name": "a.txt", "content_type": "application/octet-stream", "size": 5}
    async with http.get(f"{base}/sandbox/calls", params={"after": call["id"]}) as response:
        assert await response.json() == []

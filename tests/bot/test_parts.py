"""The parts that need no Telegram: background, patience, logging, the quick import."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from unittest.mock import AsyncMock, MagicMock

import aiohttp
import pytest
from aiogram import methods, types
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import GetMe
from yarl import URL

from bot.background import Background
from bot.patience import Patience, TelegramUnreachable, is_passing, patiently
from bot.polling import CONFLICTS_ESTABLISHED, CONFLICTS_NEWCOMER, PollingWatch
from models.private_logs import PrivateFormatter
from models.tracing import working_on


async def test_background_work_of_a_chat_runs_in_turn_and_is_drained() -> None:
    said: list[str] = []

    async def say(word: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        said.append(word)

    background = Background()
    background.spawn_in_turn(1, say("one", 0.05))
    background.spawn_in_turn(1, say("two", 0))
    background.spawn_in_turn(2, say("other", 0))
    await background.drain(5)
    assert said == ["other", "one", "two"]
    background.spawn(say("never", 60))
    await background.drain(0.01)
    assert said == ["other", "one", "two"]


async def test_background_work_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    background = Background()
    background.spawn_in_turn(1, fail())
    await background.drain(1)
    assert "a message could not be made" in caplog.text


METHOD = GetMe()
REQUEST_INFO = aiohttp.RequestInfo(URL("http://x/bot1:secret/getFile"), "GET", MagicMock(), URL("http://x"))


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (TelegramRetryAfter(METHOD, "", 1), True),
        (TelegramNetworkError(METHOD, ""), True),
        (TelegramServerError(METHOD, ""), True),
        (ClientDecodeError("", ValueError(), "<html>502</html>"), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (aiohttp.ClientResponseError(REQUEST_INFO, (), status=503), True),
        (aiohttp.ClientResponseError(REQUEST_INFO, (), status=429), True),
        (aiohttp.ClientPayloadError(), True),
        (aiohttp.ClientResponseError(REQUEST_INFO, (), status=404), False),
        (TelegramEntityTooLarge(METHOD, ""), False),
        (TelegramBadRequest(METHOD, ""), False),
        (TelegramForbiddenError(METHOD, ""), False),
        (ValueError(), False),
    ],
)
def test_what_may_pass(error: Exception, passing: bool) -> None:
    assert is_passing(error) is passing


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that are made, on a clock that only they move."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr("bot.patience.asyncio", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr("bot.patience.time", SimpleNamespace(monotonic=lambda: sum(made)))
    return made


async def test_pauses_double_up_to_the_longest_until_patience_ends(pauses: list[float]) -> None:
    call = AsyncMock(side_effect=TelegramServerError(METHOD, ""))
    with pytest.raises(TelegramUnreachable, match=r"^TelegramServerError$"):
        await patiently(call, Patience(total=20, first_pause=1, longest_pause=5))
    assert pauses == [1, 2, 4, 5, 5]
    assert call.await_count == 6


async def test_telegram_says_how_long_to_wait(pauses: list[float]) -> None:
    call = AsyncMock(side_effect=[TelegramRetryAfter(METHOD, "", 7), TelegramRetryAfter(METHOD, "", 3), "done"])
    assert await patiently(call, Patience(total=20, first_pause=1, longest_pause=5)) == "done"
    assert pauses == [7, 3]


async def test_a_wait_longer_than_our_patience_is_not_begun(pauses: list[float]) -> None:
    call = AsyncMock(side_effect=TelegramRetryAfter(METHOD, "", 60))
    with pytest.raises(TelegramUnreachable):
        await patiently(call, Patience(total=59))
    assert pauses == []


def logged(message: str, *args: object, error: BaseException | None = None) -> str:
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("bot", logging.ERROR, __file__, 1, message, args, exc_info)
    return PrivateFormatter(["1:secret"]).format(record)


def test_a_line_names_the_request_and_never_the_token() -> None:
    with working_on("telegram", "12"):
        line = logged("GET %s", "http://x/bot1:secret/getFile")
    assert line.endswith("ERROR bot [request 12]: GET http://x/bot[token]/getFile")


def test_a_traceback_shows_where_and_not_what() -> None:
    words = "the person's words"
    try:
        try:
            raise ValueError(words)  # noqa: TRY301 - one error out of another is what is wanted
        except ValueError as error:
            raise KeyError(words) from error
    except KeyError as error:
        text = logged("an attempt failed", error=error)
    assert "test_parts.py" in text
    assert "KeyError" in text
    assert "ValueError" in text
    assert words not in text


def test_aiograms_types_are_built_when_they_are_used() -> None:
    assert not types.InputProfilePhotoAnimated.__pydantic_complete__
    for kind in (types.Message, types.BusinessMessagesDeleted, methods.SetMyCommands, methods.SendPoll):
        kind.model_rebuild(raise_errors=True)
        assert kind.__pydantic_complete__


@pytest.mark.parametrize(("polled", "conflicts"), [(False, CONFLICTS_NEWCOMER), (True, CONFLICTS_ESTABLISHED)])
async def test_of_two_pollers_the_newcomer_gives_up_first(polled: bool, conflicts: int) -> None:
    ends: list[Exception] = []
    watch = PollingWatch(ends.append)
    method = methods.GetUpdates()
    if polled:
        await watch(AsyncMock(), MagicMock(), method)
    rival = AsyncMock(side_effect=TelegramConflictError(method, ""))
    for number in range(1, conflicts + 1):
        assert not ends, number
        with pytest.raises(TelegramConflictError):
            await watch(rival, MagicMock(), method)
    assert "Another program polls with this BOT_TOKEN" in str(ends[0])


async def test_a_conflict_that_passes_is_forgotten() -> None:
    ends: list[Exception] = []
    watch = PollingWatch(ends.append)
    method = methods.GetUpdates()
    for _ in range(2 * CONFLICTS_ESTABLISHED):
        with pytest.raises(TelegramConflictError):
            await watch(AsyncMock(side_effect=TelegramConflictError(method, "")), MagicMock(), method)
        await watch(AsyncMock(), MagicMock(), method)
    assert not ends

"""What the bot counts beside the readings."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.methods import GetMe
from prometheus_client import REGISTRY

from bot.telegram_counts import kind_of
from conversion import DecodingLimits
from tests.bot.conftest import FakeReader, Serving, Telegram
from tests.tiny_models import flat_png

METHOD = GetMe()


def counted(outcome: str) -> float:
    samples = (sample for metric in REGISTRY.collect() for sample in metric.samples)
    wanted = {"channel": "telegram", "outcome": outcome}
    return sum(
        s.value for s in samples if s.name == "second_look_requests_total" and wanted.items() <= s.labels.items()
    )


def queue() -> float | None:
    return REGISTRY.get_sample_value("second_look_queue", {"channel": "telegram"})


async def test_requests_are_counted_by_their_outcome(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    outcomes = ("suspicious", "refused", "failed")
    before = [counted(outcome) for outcome in outcomes]

    async def block(_data: bytes) -> None:
        await telegram.block(chat=12)

    async with serving():
        await telegram.answer(await telegram.photo())
        await telegram.answer(await telegram.photo(flat_png(blue=255)))
        await telegram.answer(await telegram.photo(flat_png(blue=255)))
        reader.before = block
        await telegram.photo(chat=12)
        await telegram.until(lambda: counted("failed") > before[2])
    assert [counted(outcome) - was for outcome, was in zip(outcomes, before, strict=True)] == [1, 2, 1]


async def test_the_queue_is_as_deep_as_requests_wait(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    release = asyncio.Event()

    async def wait(_data: bytes) -> None:
        await release.wait()

    reader.before = wait
    async with serving(workers=1):
        for chat in (10, 11, 11):
            await telegram.photo(chat=chat)
        await telegram.until(lambda: queue() == 2)
        release.set()
        await telegram.answers(2, chat=11)
        assert queue() == 0


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"second_look_{name}", labels) or 0.0


async def test_steps_and_the_whole_wait_are_timed(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    steps = ("download", "render", "send")
    names = [("seconds_count", {"channel": "telegram", "step": step}) for step in steps]
    names.append(("answer_seconds_count", {"channel": "telegram"}))
    before = [value(name, **labels) for name, labels in names]
    waited = value("answer_seconds_sum", channel="telegram")

    async def wait(_data: bytes) -> None:
        await asyncio.sleep(0.3)

    reader.before = wait
    async with serving():
        await telegram.answer(await telegram.photo())
        await telegram.until(lambda: value("answer_seconds_count", channel="telegram") == before[-1] + 1)
    assert [value(name, **labels) - was for (name, labels), was in zip(names, before, strict=True)] == [1, 1, 1, 1]
    assert 0.3 < value("answer_seconds_sum", channel="telegram") - waited < 30


async def test_a_refusal_of_the_bots_own_is_counted_by_its_reason(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    names = [{"code": "rate_limited", "model": "none"}, {"code": "file_too_large", "model": "none"}]
    before = [value("refusals_total", **labels) for labels in names]
    refused = counted("refused")
    reader.limits = DecodingLimits(megabytes=0.01)
    async with serving(rate_limit=1):
        await telegram.answer(await telegram.document(bytes(20_000)))
        await telegram.answer(await telegram.photo())
    assert [value("refusals_total", **labels) - was for labels, was in zip(names, before, strict=True)] == [1, 1]
    assert counted("refused") - refused == 2


async def test_failures_are_counted_by_their_reason(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    before = value("failures_total", channel="telegram", code="file_gone")
    telegram.fault("getFile", 400, times=9)
    async with serving():
        await telegram.answer(await telegram.photo())
        await telegram.until(lambda: value("failures_total", channel="telegram", code="file_gone") == before + 1)


async def test_calls_to_telegram_are_counted_when_they_are_repeated_and_when_they_fail(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    retried, failed = value("telegram_retries_total", error="server"), value("telegram_errors_total", error="forbidden")
    telegram.fault("sendPhoto", 502, times=2)
    begun = time.time()
    async with serving():
        await telegram.answer(await telegram.photo())
        await telegram.block(chat=12)
        telegram.deliver(chat=12, text="/start")
        await telegram.until(lambda: value("telegram_errors_total", error="forbidden") > failed)
    assert value("telegram_retries_total", error="server") == retried + 2
    assert begun < value("polled_timestamp_seconds") <= time.time()
    assert begun < value("heartbeat_timestamp_seconds") <= time.time()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TelegramRetryAfter(METHOD, "", 1), "too_many_requests"),
        (TelegramNetworkError(METHOD, ""), "network"),
        (ConnectionResetError(), "network"),
        (TelegramConflictError(METHOD, ""), "conflict"),
        (TelegramEntityTooLarge(METHOD, ""), "too_large"),
        (TelegramBadRequest(METHOD, ""), "bad_request"),
        (ZeroDivisionError(), "other"),
    ],
)
def test_errors_of_telegram_have_few_names(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind


async def test_places_are_the_workers_and_taken_by_what_is_in_hand(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    release = asyncio.Event()

    async def wait(_data: bytes) -> None:
        await release.wait()

    reader.before = wait
    async with serving(workers=3):
        for chat in (10, 11):
            await telegram.photo(chat=chat)
        await telegram.until(lambda: value("places_taken", channel="telegram") == 2)
        assert value("places", channel="telegram") == 3
        release.set()
        await telegram.until(lambda: value("places_taken", channel="telegram") == 0)

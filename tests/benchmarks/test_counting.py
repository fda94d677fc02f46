"""What is counted and reckoned, on made-up events and numbers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from benchmarks.flops import count_flops
from benchmarks.quantiles import quantile_with_interval, ratio_with_interval
from benchmarks.traffic import HOURGLASS, EventsLost, Traffic, tally
from benchmarks.watch import lags, slope
from bot.waiting_texts import place_in_line
from report.language import LANGUAGES
from tests.tiny_models import write_tiny_weights

CHAT = 5


def event(number: int, at: float, **details: Any) -> dict[str, Any]:
    return {"id": number, "chat_id": CHAT, "at": at, **details}


def reply(number: int, at: float, to: int, **content: Any) -> dict[str, Any]:
    message = {"message_id": 100 + number, "from": {"is_bot": True}, "reply_to_message": {"message_id": to}, **content}
    return event(number, at, type="message", message=message)


def body(*events: dict[str, Any], first: int = 1) -> dict[str, Any]:
    return {"first": first, "last": max((each["id"] for each in events), default=0), "events": list(events)}


def test_reactions_answers_refusals_notices_and_repeats_are_told_apart() -> None:
    traffic = Traffic(sent={(CHAT, 1): 10.0, (CHAT, 2): 11.0, (CHAT, 3): 12.0})
    own = {"message_id": 1, "from": {"is_bot": False}}
    traffic.take(
        body(
            event(1, 10.0, type="message", message=own),
            event(2, 10.1, type="reaction", message_id=1),
            reply(3, 10.5, 1, photo=[{}]),
            reply(4, 11.2, 2, text=f"{HOURGLASS} Your picture is next."),
            reply(5, 13.5, 2, text="too dark"),
            reply(6, 13.6, 1, photo=[{}]),
            reply(7, 13.7, 99, photo=[{}]),
        )
    )
    assert traffic.seen == 7
    found = tally(traffic, accepted=3, begun=10.0, seconds=2.0)
    assert (found.sent, found.accepted, found.answered, found.lost) == (3, 3, 2, 1)
    assert (found.refused, found.noticed, found.repeats) == (1, 1, 1)
    # One of the two answers came within the two seconds of sending, the other 1.5 s after.
    assert (found.answers_a_second, found.drained) == (0.5, 1.5)
    assert found.reaction == pytest.approx((100.0,))
    assert found.answer == pytest.approx((500.0, 2500.0))


def test_events_that_were_dropped_unread_end_the_counting() -> None:
    traffic = Traffic()
    traffic.take(body(event(1, 1.0, type="read")))
    with pytest.raises(EventsLost, match="3 events were dropped"):
        traffic.take(body(event(5, 1.0, type="read"), first=5))


async def test_who_waits_is_woken_by_the_answer_even_if_it_came_first() -> None:
    traffic = Traffic()
    early = asyncio.create_task(traffic.answered((CHAT, 1)))
    await asyncio.sleep(0)
    assert not early.done()
    traffic.take(body(reply(1, 1.0, 1, photo=[{}])))
    await asyncio.wait_for(early, 5)
    await asyncio.wait_for(traffic.answered((CHAT, 1)), 5)


async def test_nobody_waits_once_the_rest_is_given_up() -> None:
    traffic = Traffic()
    waiting = asyncio.create_task(traffic.answered((CHAT, 1)))
    await asyncio.sleep(0)
    traffic.give_up()
    await asyncio.wait_for(waiting, 5)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", [1, 7])
def test_what_the_bot_says_of_the_queue_is_taken_for_that(language: str, place: int) -> None:
    assert place_in_line(place, 30, language).startswith(HOURGLASS)


def test_the_loop_is_late_by_what_beats_are_more_than_five_seconds_apart() -> None:
    assert lags([100.0, 105.0, 110.25, 115.0]) == pytest.approx([0.0, 250.0, 0.0])
    assert lags([100.0]) == []


def test_memory_grows_by_the_slope_of_a_line_through_it() -> None:
    assert slope([(0.0, 100.0), (30.0, 101.0), (60.0, 102.0)]) == pytest.approx(2.0)
    assert slope([(0.0, 100.0)]) is None


def test_a_ratio_of_medians_stands_inside_its_interval() -> None:
    assert ratio_with_interval([30.0] * 9, [10.0] * 9) == (3.0, 3.0, 3.0)
    value, low, high = ratio_with_interval([20.0, 30.0, 40.0] * 5, [9.0, 10.0, 11.0] * 5)
    assert low < value < high


def test_many_samples_are_resampled_a_few_at_a_time() -> None:
    value, low, high = quantile_with_interval([float(place % 100) for place in range(20_000)], 0.5)
    assert low <= value <= high
    assert high - low < 3


def test_operations_of_a_network_without_products_are_those_of_its_head(tmp_path: Path) -> None:
    write_tiny_weights(tmp_path)
    # The only product is of the mean of red, [1, 1], and [1, 2].
    assert count_flops(tmp_path / "melanoma" / "model0.onnx") == 4.0

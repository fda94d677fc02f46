"""The work queue: whose turn it is, and where everybody stands."""

from __future__ import annotations

import asyncio
import time

from bot.lanes import Lanes, Spot


async def test_a_person_has_one_request_in_work_and_keeps_their_order() -> None:
    lanes = Lanes()
    for person, request in ((1, 10), (1, 11), (2, 20), (1, 12)):
        lanes.put(person, request)
    assert [await lanes.take(), await lanes.take()] == [(1, 10), (2, 20)]
    assert sorted(lanes.in_hand()) == [10, 20]
    waiting = asyncio.create_task(lanes.take())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    lanes.done(2)
    lanes.done(1)
    assert await waiting == (1, 11)
    lanes.done(1)
    assert await lanes.take() == (1, 12)


async def test_a_request_put_back_comes_first_and_not_before_its_time() -> None:
    lanes = Lanes()
    lanes.put(1, 10)
    lanes.put(1, 11)
    assert await lanes.take() == (1, 10)
    begun = time.monotonic()
    lanes.put_back(1, 10, 0.1)
    assert lanes.line() == []
    assert lanes.in_hand() == []
    assert await lanes.take() == (1, 10)
    assert time.monotonic() - begun >= 0.1
    lanes.done(1)
    assert await lanes.take() == (1, 11)


async def test_closed_lanes_give_what_a_worker_waited_for_and_nothing_else() -> None:
    lanes = Lanes()
    first, second = asyncio.create_task(lanes.take()), asyncio.create_task(lanes.take())
    await asyncio.sleep(0)
    lanes.put(1, 10)
    lanes.put(1, 11)
    lanes.close(workers=2)
    assert await first == (1, 10)
    assert await second is None
    lanes.done(1)
    assert await lanes.take() is None


async def test_what_is_withdrawn_is_not_taken_and_its_person_may_go_on() -> None:
    lanes = Lanes()
    for person, request in ((1, 10), (1, 11), (2, 20), (3, 30), (3, 31)):
        lanes.put(person, request)
    lanes.withdraw(1, [10, 11, 20])
    lanes.withdraw(3, [30])
    lanes.withdraw(9, [90])
    assert lanes.line() == [Spot(2, 20, 1), Spot(3, 31, 2)]
    assert [await lanes.take(), await lanes.take()] == [(2, 20), (3, 31)]
    waiting = asyncio.create_task(lanes.take())
    await asyncio.sleep(0)
    lanes.put(1, 12)
    assert await waiting == (1, 12)


async def test_who_is_in_work_stands_behind_all_others_with_the_next_request() -> None:
    lanes = Lanes()
    for person, request in ((1, 10), (1, 11), (1, 12), (2, 20), (3, 30)):
        lanes.put(person, request)
    assert lanes.line() == [Spot(1, 10, 1), Spot(2, 20, 2), Spot(3, 30, 3)]
    await lanes.take()
    assert lanes.line() == [Spot(2, 20, 1), Spot(3, 30, 2), Spot(1, 11, 3)]
    await lanes.take()
    assert lanes.line() == [Spot(3, 30, 1), Spot(1, 11, 2)]


async def test_the_time_a_request_takes_is_a_running_average_and_what_is_slow_now_counts() -> None:
    now = [0.0]
    lanes = Lanes(clock=lambda: now[-1])
    assert lanes.seconds_each() == 1.0
    lanes.put(1, 10)
    await lanes.take()
    now.append(6.0)
    assert lanes.seconds_each() == 6.0
    lanes.done(1)
    assert lanes.seconds_each() == 2.0
    lanes.put(1, 11)
    await lanes.take()
    assert lanes.seconds_each() == 2.0


async def test_what_waits_or_is_in_hand_is_not_queued_again_and_an_earlier_request_comes_first() -> None:
    lanes = Lanes()
    for request in (12, 12, 10, 11, 10):
        lanes.put(1, request)
    assert lanes.waiting == 3
    assert await lanes.take() == (1, 10)
    lanes.put(1, 10)
    lanes.done(1)
    assert await lanes.take() == (1, 11)
    lanes.put_back(1, 11, 0.0)
    lanes.put(1, 11)
    assert await lanes.take() == (1, 11)
    lanes.done(1)
    assert await lanes.take() == (1, 12)
    lanes.done(1)
    assert lanes.waiting == 0

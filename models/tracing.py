"""What a task or thread is working on: set where a request comes in, read by whatever logs or counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Final, TypeVar

_T = TypeVar("_T")

NO_CHANNEL: Final = "none"


@dataclass(frozen=True)
class Work:
    """A request: the ``channel`` it came by (``telegram`` or ``api``), its id there, and when it came
    (``time.perf_counter``). The id is the journal's number or the HTTP request's id, and names no person."""

    channel: str
    request: str
    begun: float = field(default_factory=time.perf_counter)


_WORK: ContextVar[Work | None] = ContextVar("WORK", default=None)


def current() -> Work | None:
    """The request that is worked on here, None where it is none."""
    return _WORK.get()


def channel() -> str:
    """The channel of the request that is worked on here, ``NO_CHANNEL`` where it is none."""
    work = _WORK.get()
    return NO_CHANNEL if work is None else work.channel


@contextmanager
def working_on(channel: str, request: str) -> Iterator[Work]:
    """What is logged and counted within the block belongs to this request, in tasks begun there too."""
    work = Work(channel, request)
    token = _WORK.set(work)
    try:
        yield work
    finally:
        _WORK.reset(token)


def in_thread(executor: Executor, work: Callable[[], _T]) -> Awaitable[_T]:
    """Runs ``work`` in a thread of ``executor``, where it goes on being this request's: unlike ``asyncio.to_thread`` an
    event loop's ``run_in_executor`` takes no context along."""
    return asyncio.get_running_loop().run_in_executor(executor, copy_context().run, work)

"""Threads for calls that may never come back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any, Final, NoReturn, TypeVar

from models.errors import EnginesStuck

_T = TypeVar("_T")

MOST_LEFT_BEHIND: Final = 4
"""How many threads may hang at a time: each may hold the memory of a whole model, and a core."""


class CallHung(Exception):
    """A call did not come back in time, and was left behind."""


class _Call:
    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.context: Context = copy_context()
        self.result: Any = None
        self.error: BaseException | None = None
        self.ended = threading.Event()
        self.left_behind = False


class Threads:
    """Runs calls, each within a time. A thread that hangs in a library cannot be ended: it is left behind, and, being a
    daemon, does not keep the process. The others are used again, since engines keep memory for each thread they meet.
    """

    def __init__(self, most_left_behind: int = MOST_LEFT_BEHIND) -> None:
        self._most = most_left_behind
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[_Call | None]] = []
        self._left_behind = 0
        self._closed = False
        self._stuck: Future[NoReturn] = Future()
        self._stuck.set_running_or_notify_cancel()  # whoever waits for it and is cancelled does not cancel it

    def run(self, work: Callable[[], _T], seconds: float) -> _T:
        """What ``work`` returns or raises. Raises ``CallHung`` when that takes longer than ``seconds``, and
        ``EnginesStuck`` at once when more threads hang than may."""
        call = _Call(work)
        with self._lock:
            if self._stuck.done():
                raise EnginesStuck(self._most)
            calls = self._idle.pop() if self._idle else self._begin()
        calls.put(call)
        if not call.ended.wait(seconds):
            self._leave_behind(call)
        error, call.error = call.error, None
        if error is None:
            result: _T = call.result
            return result
        try:
            raise error
        finally:
            del error  # it refers to this frame

    @property
    def stuck(self) -> bool:
        """Whether more threads hang, or have hung, than may."""
        return self._stuck.done()

    async def until_stuck(self) -> NoReturn:
        """Raises ``EnginesStuck`` once more threads hang than may; then the process is to end."""
        await asyncio.wrap_future(self._stuck)
        raise AssertionError("a process that is stuck does not get well")

    def close(self) -> None:
        """Ends the threads that are idle, and the others when their calls come back."""
        with self._lock:
            self._closed = True
            for calls in self._idle:
                calls.put(None)
            self._idle.clear()

    def _begin(self) -> SimpleQueue[_Call | None]:
        calls: SimpleQueue[_Call | None] = SimpleQueue()
        threading.Thread(target=self._serve, args=(calls,), name="engine", daemon=True).start()
        return calls

    def _serve(self, calls: SimpleQueue[_Call | None]) -> None:
        while (call := calls.get()) is not None:
            try:
                call.result = call.context.run(call.work)
            except BaseException as error:  # raised again in the caller's thread
                call.error = error
            with self._lock:
                call.ended.set()
                if call.left_behind:
                    self._left_behind -= 1
                    return
                if self._closed:
                    return
                self._idle.append(calls)
            del call  # until the next one comes it would hold a picture

    def _leave_behind(self, call: _Call) -> None:
        """Raises ``CallHung``, unless the call has come back at the last moment."""
        with self._lock:
            if call.ended.is_set():
                return
            call.left_behind = True
            self._left_behind += 1
            if self._left_behind > self._most and not self._stuck.done():
                self._stuck.set_exception(EnginesStuck(self._most))
        raise CallHung

"""Decoders in processes of their own, which may hang, run out of memory or be taken over there and nowhere else.

Decoders are written in C and parse bytes that anybody may have sent. In a process of its own one can be ended at its
time, is held to its memory by the kernel, and where it crashes a picture is refused and no program ends.
"""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path
from queue import LifoQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conversion.decoding import READY
from conversion.guard import damaged
from conversion.opening import check_size, too_slow
from conversion.picture import DecodingLimits, Picture, ReasonCode, SourceFormat, UnreadablePicture

MEMORY_MEGABYTES = 768
"""How much larger a process may grow for a picture; one of 50 megapixels takes up to 600."""
# Nothing is known to leak; but the decoders are not ours.
_PICTURES_A_PROCESS = 1_000
_START_SECONDS = 30.0
_LONGEST_ANSWER = 2**16
_ATTEMPTS = 2
_LEAST_WAIT = 0.05  # seconds; none at all would be waiting for ever
_ROOT = str(Path(__file__).resolve().parents[1])
_PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from conversion.decoding import main; main()"
# Nothing else of the environment, which holds the tokens: what a file may take over is not to know them.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

_log = logging.getLogger(__name__)


class DecodingFailed(RuntimeError):
    """This program's own part of decoding failed, or no process for it could be had."""


class DecodingProcesses:
    """At most ``count`` processes that decode, each with ``megabytes`` to grow by. They are started when they are first
    needed, or by ``start``, and replaced when they end. Safe to use from several threads."""

    def __init__(self, count: int, megabytes: int = MEMORY_MEGABYTES) -> None:
        self._count = count
        self._megabytes = megabytes
        # A process, or the right to start one. The last used comes first: its pages are still at hand.
        self._places: LifoQueue[_Process | None] = LifoQueue()
        for _ in range(count):
            self._places.put(None)

    def start(self) -> None:
        """Starts all of them; they get ready while the caller goes on. Raises ``DecodingFailed``."""
        idle = [self._places.get() for _ in range(self._count)]
        while idle:
            self._places.put(idle.pop() or self._new())

    def open_picture(self, data: bytes, limits: DecodingLimits) -> Picture:
        """As :func:`conversion.open_picture`, once a process is idle. Raises :class:`UnreadablePicture`, and
        ``DecodingFailed``."""
        check_size(data, limits)
        process = self._places.get()
        try:
            # The first may have ended by itself, or by somebody who was short of memory: no fault of the file's.
            for _ in range(_ATTEMPTS):
                if process is None or not process.is_running:
                    process = self._new()
                try:
                    return process.open_picture(data, limits)
                except _Ended as ended:
                    _log.warning("A decoding process has ended (%s); another takes its place", ended)
            raise damaged("the decoder ended without an answer")
        finally:
            if process is not None and process.pictures >= _PICTURES_A_PROCESS:
                process.end()
            self._places.put(process if process is not None and process.is_running else None)

    def close(self) -> None:
        """Ends the processes as they become idle."""
        for _ in range(self._count):
            process = self._places.get()
            if process is not None:
                process.end()
        for _ in range(self._count):
            self._places.put(None)

    def _new(self) -> _Process:
        try:
            return _Process(self._megabytes)
        except OSError as error:
            raise DecodingFailed(f"no process for decoding can be started: {error.strerror}") from error


class _Ended(Exception):
    """The process ended before it answered."""


class _Process:
    """One process and the connection to it. Used by one thread at a time."""

    def __init__(self, megabytes: int) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this program
                [sys.executable, "-I", "-c", _PROGRAM, _ROOT, str(theirs.fileno()), str(megabytes)],
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
                | {"OPENBLAS_NUM_THREADS": "1"},
                pass_fds=(theirs.fileno(),),
                process_group=0,  # with what it starts itself for a file
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # decoders quote the file there
            )
        self._raw = socket.socket(fileno=os.dup(self._connection.fileno()))
        self._is_ready = False
        self.pictures = 0

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def open_picture(self, data: bytes, limits: DecodingLimits) -> Picture:
        """As ``DecodingProcesses.open_picture``; raises ``_Ended`` too. It does not run any more where that is raised,
        or the picture took too long."""
        try:
            self._wait_until_ready()
            self.pictures += 1
            self._connection.send_bytes(limits.model_dump_json().encode())
            self._connection.send_bytes(data)
            deadline = time.monotonic() + limits.seconds
            answer = self._answer(deadline, limits)
            return Picture(self._pixels(answer["shape"], deadline, limits), SourceFormat(answer["format"]))
        except (EOFError, OSError, ValueError, LookupError, TypeError) as error:
            # Closed in the middle, or an answer that this program would not give.
            self.end()
            raise _Ended(f"status {self._process.returncode}") from error
        except UnreadablePicture as refusal:
            if refusal.code is ReasonCode.TOO_SLOW:
                self.end()
            raise

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        if not self._connection.poll(_START_SECONDS):
            self.end()
            raise DecodingFailed(f"a process for decoding did not start in {_START_SECONDS:g} s")
        self._is_ready = self._connection.recv_bytes(len(READY)) == READY

    def _answer(self, deadline: float, limits: DecodingLimits) -> dict[str, Any]:
        self._wait(deadline, limits)
        answer: dict[str, Any] = json.loads(self._connection.recv_bytes(_LONGEST_ANSWER))
        if "code" in answer:
            raise UnreadablePicture(ReasonCode(answer["code"]), answer["message"], **answer["details"])
        if "fault" in answer:
            raise DecodingFailed(f"decoding met a fault of this program's: {answer['fault']}")
        return answer

    def _pixels(self, shape: list[int], deadline: float, limits: DecodingLimits) -> NDArray[np.uint8]:
        size = math.prod(shape)
        if len(shape) != 3 or shape[2] != 3 or not 0 < size <= 3e6 * limits.megapixels:
            raise ValueError("no picture has this shape")
        pixels = np.empty(shape, np.uint8)
        # In one call: each one more would have to wait for the interpreter, which other threads keep busy.
        left = max(_LEAST_WAIT, deadline - time.monotonic())
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(left), int(left % 1 * 1e6)))
        try:
            received = self._raw.recv_into(pixels.data.cast("B"), size, socket.MSG_WAITALL)
        except BlockingIOError:
            raise too_slow(limits) from None
        if received != size:
            raise EOFError("the picture broke off")
        pixels.flags.writeable = False
        return pixels

    def _wait(self, deadline: float, limits: DecodingLimits) -> None:
        if not self._connection.poll(max(0.0, deadline - time.monotonic())):
            raise too_slow(limits)

    def end(self) -> None:
        """Ends the process, whatever it is at."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._connection.close()
        self._raw.close()

"""What a decoding process runs: files in, pictures or refusals out, one after another.

The other end is :class:`conversion.processes.DecodingProcesses`. Both speak through one connection of
``multiprocessing``, in bytes and JSON; nothing is pickled, since a decoder that a file has taken over would then have
the other end too. Pixels are sent as well: shared memory was slower, for all the pages that have to be made anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from conversion.opening import decode
from conversion.picture import DecodingLimits, Picture, UnreadablePicture

READY = b"ready"
# A process that nobody ends any more, because the one that waits for it was killed, ends itself so much later.
_GRACE_SECONDS = 2.0
_MEGABYTE = 2**20


def serve(connection: Connection) -> None:
    """Answers until the other end is closed."""
    # The same socket, for pixels as they are: their number is known by then.
    raw = socket.socket(fileno=os.dup(connection.fileno()))
    with contextlib.suppress(EOFError, ConnectionError), raw:
        while True:
            limits = DecodingLimits.model_validate_json(connection.recv_bytes())
            data = connection.recv_bytes()
            _end_in(limits.seconds + _GRACE_SECONDS)
            picture, answer = _decode(data, limits)
            connection.send_bytes(json.dumps(answer).encode())
            if picture is not None:
                raw.sendall(picture.pixels.data.cast("B"))
            _end_in(0)


def _decode(data: bytes, limits: DecodingLimits) -> tuple[Picture | None, dict[str, Any]]:
    """The picture with its ``shape`` and ``format``; or ``code``, ``message`` and ``details`` of a refusal; or the
    ``fault``, an exception's name, that this program met."""
    try:
        picture = decode(data, limits, time.monotonic() + limits.seconds + _GRACE_SECONDS)
    except UnreadablePicture as refusal:
        return None, {"code": refusal.code, "message": refusal.message, "details": dict(refusal.details)}
    except Exception as error:
        # Not its text, which may quote the file.
        return None, {"fault": type(error).__name__}
    return picture, {"shape": picture.pixels.shape, "format": picture.source_format}


def _end_in(seconds: float) -> None:
    """Has the kernel end this process after ``seconds``, whatever decoder it is in; 0 for never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _bound_memory(megabytes: int) -> None:
    """Lets this process grow by so much; beyond, allocating fails. Only Linux keeps such a limit."""
    status = Path("/proc/self/status")
    if not status.exists():
        return
    import resource  # noqa: PLC0415 - not on every system

    # A dump of what was in memory would be a file with a picture in it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmData:")) * 1024
    limit = held + megabytes * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def main() -> None:
    """The process. Arguments: the connection's handle, and the megabytes that this process may grow by."""
    handle, megabytes = (int(argument) for argument in sys.argv[1:])
    # Who stops the program, by a key or a signal to all of its processes, has the parent finish what is in hand.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _bound_memory(megabytes)
    connection = Connection(handle)
    connection.send_bytes(READY)
    serve(connection)

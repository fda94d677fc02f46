"""Running the bot as a child of the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence

_FORWARDED = (signal.SIGTERM, signal.SIGINT)


class CannotStart(Exception):
    """The command is not there or may not be run."""


async def start_child(command: Sequence[str], environment: Mapping[str, str]) -> Process:
    """Start ``command`` with ``environment`` added to this process's.

    SIGTERM and SIGINT go to the child, once: it has a process group of its own, so a Ctrl-C of the terminal reaches it
    through this process only. Raises ``CannotStart``.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environment}, stdin=asyncio.subprocess.DEVNULL, process_group=0
        )
    except OSError as error:
        raise CannotStart(f"cannot run {command[0]}: {error.strerror}") from error
    for number in _FORWARDED:
        asyncio.get_running_loop().add_signal_handler(number, _tell, child, number)
    return child


async def end_of(child: Process) -> int:
    """Wait for ``child`` and return its exit status; one that a signal ended has 128 + its number, as in a shell."""
    try:
        status = await child.wait()
    finally:
        for number in _FORWARDED:
            asyncio.get_running_loop().remove_signal_handler(number)
    return status if status >= 0 else 128 - status


def _tell(child: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(number)

"""Running the bot as a child of the sandbox."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence

_FORWARDED = (signal.SIGTERM, signal.SIGINT)


class CannotStart(Exception):
    """The command is not there or may not be run."""


async def run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run ``command`` with ``environment`` added to this process's and return its exit status.

    SIGTERM and SIGINT go to the child, once: it has a process group of its own, so a Ctrl-C of the terminal reaches it
    through this process only. A child that a signal ended has the status 128 + its number, as in a shell.
    Raises ``CannotStart``.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environment}, stdin=asyncio.subprocess.DEVNULL, process_group=0
        )
    except OSError as error:
        raise CannotStart(f"cannot run {command[0]}: {error.strerror}") from error
    loop = asyncio.get_running_loop()
    for number in _FORWARDED:
        loop.add_signal_handler(number, child.send_signal, number)
    try:
        status = await child.wait()
    finally:
        for number in _FORWARDED:
            loop.remove_signal_handler(number)
    return status if status >= 0 else 128 - status

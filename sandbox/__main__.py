"""``python -m sandbox``: serve the Bot API and the chat page, alone or together with a bot."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import signal
import socket
import sys
from collections.abc import Sequence

from sandbox.child import CannotStart, end_of, start_child
from sandbox.world import TOKEN, Options, World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the child ends or a signal comes; return the exit status."""
    own, command = _split(sys.argv[1:] if arguments is None else list(arguments))
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 takes any free port")
    parser.add_argument("--token", help="the only token that is accepted; without it any well-formed one is")
    parser.add_argument("--rate-limits", action="store_true", help="answer 429 where Telegram would")
    parser.add_argument("--path-seconds", type=float, help="how long a file_path of getFile works")
    parser.add_argument("--one-size", action="store_true", help="keep bots' photos as they came, for measuring speed")
    parser.usage = f"{parser.format_usage().removeprefix('usage: ').strip()} [-- COMMAND...]"
    settings = parser.parse_args(own)
    if settings.token is not None and not TOKEN.fullmatch(settings.token):
        return _refuse("--token must look like 123456:letters")
    token = settings.token or f"{secrets.randbelow(9 * 10**9) + 10**9}:{secrets.token_urlsafe(26)}"
    options = Options(
        token=token if command else settings.token,
        rate_limits=settings.rate_limits,
        path_seconds=settings.path_seconds,
        one_size=settings.one_size,
    )
    try:
        # The port first: a bot that starts sooner than this server waits in its queue, and nobody is refused.
        with _listen(settings.host, settings.port) as listening:
            return asyncio.run(_serve(listening, settings.host, token, command, options))
    except (OSError, CannotStart) as error:
        reason = str(error) if isinstance(error, CannotStart) else _explain(error, settings.host, settings.port)
        return _refuse(reason)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)


async def _serve(listening: socket.socket, host: str, token: str, command: Sequence[str], options: Options) -> int:
    address = _address(host, listening.getsockname()[1])
    child = await start_child(command, {"BOT_TOKEN": token, "BOT_API_URL": address}) if command else None
    try:
        # The server's libraries are loaded while the bot loads its own.
        from sandbox.server import serving  # noqa: PLC0415

        world = World(options)
        async with serving(world, listening):
            if child is None:
                print(f"The sandbox is ready: {address}/ (Bot API at {address})", flush=True)
                await _stopped()
                return 0
            telling = asyncio.create_task(_tell_when_ready(world, address))
            try:
                return await end_of(child)
            finally:
                telling.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await telling
    finally:
        if child is not None and child.returncode is None:
            child.terminate()
            await child.wait()


async def _tell_when_ready(world: World, address: str) -> None:
    await world.ready.wait()
    print(f"Second Look is ready: {address}/", flush=True)


async def _stopped() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


def _address(host: str, port: int) -> str:
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - nothing is bound here
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _explain(error: OSError, host: str, port: int) -> str:
    reason = "the port is taken by another program" if error.errno == 98 else (error.strerror or str(error))
    return f"cannot serve on {host}:{port}: {reason}; choose another with --port"


def _refuse(text: str) -> int:
    print(f"sandbox: {text}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())

"""``python -m sandbox``: serve the Bot API and the chat page, alone or together with a bot."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import signal
import sys
from collections.abc import Sequence

from aiohttp import web

from sandbox.child import CannotStart, run_child
from sandbox.server import create_app
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
    parser.usage = f"{parser.format_usage().removeprefix('usage: ').strip()} [-- COMMAND...]"
    settings = parser.parse_args(own)
    if settings.token is not None and not TOKEN.fullmatch(settings.token):
        return _refuse("--token must look like 123456:letters")
    token = settings.token or f"{secrets.randbelow(9 * 10**9) + 10**9}:{secrets.token_urlsafe(26)}"
    options = Options(
        token=token if command else settings.token,
        rate_limits=settings.rate_limits,
        path_seconds=settings.path_seconds,
    )
    try:
        return asyncio.run(_serve(settings.host, settings.port, token, command, options))
    except (OSError, CannotStart) as error:
        reason = str(error) if isinstance(error, CannotStart) else _explain(error, settings.host, settings.port)
        return _refuse(reason)


async def _serve(host: str, port: int, token: str, command: Sequence[str], options: Options) -> int:
    world = World(options)
    # Cancelling the handler of a client that went away is what frees its pending getUpdates.
    runner = web.AppRunner(create_app(world), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        address = _address(host, runner.addresses[0][1])
        if not command:
            print(f"The sandbox is ready: {address}/ (Bot API at {address})", flush=True)
            await _stopped()
            return 0
        telling = asyncio.create_task(_tell_when_ready(world, address))
        try:
            return await run_child(command, {"BOT_TOKEN": token, "BOT_API_URL": address})
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling
    finally:
        await runner.cleanup()


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

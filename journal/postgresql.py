"""A journal on a PostgreSQL server: durable, found again after the server was away, and told of what others accept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, Final

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS: Final = 5.0
COMMAND_SECONDS: Final = 30.0
CHANNEL: Final = "second_look_requests"

_DRIVERS_OWN: Final = (asyncpg.PostgresError, asyncpg.InterfaceError)

# Once an update is journaled the next poll tells Telegram to forget it, so a commit must survive a power cut, whatever
# the server's own setting is.
_SESSION: Final = {"application_name": "second-look", "synchronous_commit": "on"}


def make_engine(address: URL) -> AsyncEngine:
    """The way to the server of ``address``. A connection that has died meanwhile is noticed and replaced."""
    engine = create_async_engine(
        address,
        # Errors are logged, the ids in a statement are not.
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_SECONDS, "command_timeout": COMMAND_SECONDS, "server_settings": _SESSION},
    )
    event.listen(engine.sync_engine, "do_connect", _connect)
    return engine


async def rings(engine: AsyncEngine, own: str, every: float) -> AsyncGenerator[None]:
    """Yields once and then whenever somebody but ``own`` has rung ``CHANNEL``, and at the latest after ``every``
    seconds, also while the server is away."""
    rung = asyncio.Event()

    def ring(_connection: object, _process: int, _channel: str, payload: str) -> None:
        if payload != own:
            rung.set()

    while True:
        with suppress(SQLAlchemyError, OSError, *_DRIVERS_OWN):
            async with engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                driver.add_termination_listener(lambda _connection: rung.set())
                await driver.add_listener(CHANNEL, ring)
                try:
                    while not driver.is_closed():
                        # Whatever is rung from here on is seen to after the look that the caller takes now.
                        rung.clear()
                        yield
                        await _either(rung, every)
                finally:
                    # It goes on listening, and is of no other use.
                    await connection.invalidate()
        yield
        await asyncio.sleep(every)


async def _either(rung: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(rung.wait(), seconds)


def _connect(dialect: Dialect, _record: object, arguments: list[Any], options: dict[str, Any]) -> Any:
    try:
        return dialect.connect(*arguments, **options)
    except TimeoutError:
        raise TimeoutError(f"no answer within {CONNECT_SECONDS:g} seconds") from None
    except ConnectionRefusedError:
        # asyncio's own text is a list of attempts.
        raise ConnectionError("nobody listens there") from None
    except (*_DRIVERS_OWN, TypeError, ValueError) as error:
        # SQLAlchemy knows the driver's errors only once there is a connection.
        raise ConnectionError(str(error)) from error

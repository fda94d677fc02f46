"""The schema's history (Alembic), applied when the journal is opened."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

HEAD = "0007"
"""The newest revision. Known here so that a journal at head is opened without loading Alembic."""

_MIGRATION_LOCK = 2**62
"""The number of the lock that whoever migrates holds: no person's, see ``journal.turns``."""


class UnknownRevision(Exception):
    """The database carries a revision that this version does not know."""


def migrate(connection: Connection) -> None:
    """Brings the schema to ``HEAD`` inside the caller's transaction: all of it or nothing. Of several that start at
    once one does it.

    Raises ``UnknownRevision`` for a database that a later version has migrated.
    """
    current = _current(connection)
    if current == HEAD:
        return
    if connection.dialect.name == "postgresql":
        # With SQLite the transaction itself is a lock.
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        current = _current(connection)
        if current == HEAD:
            return
    from alembic import command  # noqa: PLC0415 - a tenth of a second that only a new or old journal pays
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        raise UnknownRevision(f"revision {current} is unknown here") from error


def is_begun(connection: Connection) -> bool:
    """Whether there is a journal, of whatever version."""
    return _current(connection) is not None


def check_revision(connection: Connection) -> None:
    """Raises ``UnknownRevision`` where ``migrate`` could not go on from here: no journal, or a later version's."""
    current = _current(connection)
    if current is None:
        raise UnknownRevision("it is no journal")
    if current > HEAD:
        raise UnknownRevision(f"revision {current} is unknown here")


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision

"""What counts for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.scheduling import pytest_collection_modifyitems

__all__ = ["postgres_url", "pytest_collection_modifyitems", "sqlite_url"]


@pytest.fixture(scope="session")
def _postgres_database() -> Iterator[str]:
    try:
        with databases.database() as url:
            yield url
    except databases.Missing as reason:
        pytest.skip(str(reason))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The file ``journal.db`` in ``tmp_path``."""
    return f"sqlite+aiosqlite:///{tmp_path}/journal.db"


@pytest.fixture
def postgres_url(_postgres_database: str) -> str:
    """An empty database of PostgreSQL's; a test that asks for it is skipped where there is none."""
    databases.execute(_postgres_database, databases.EMPTY)
    return _postgres_database

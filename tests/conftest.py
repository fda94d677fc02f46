from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import databases


@pytest.fixture(scope="session")
def _postgres_database() -> Iterator[str]:
    try:
        with databases.database() as url:
            yield url
    except databases.Missing as reason:
        pytest.skip(str(reason))


@pytest.fixture
def postgres_url(_postgres_database: str) -> str:
    """An empty database of PostgreSQL's; a test that asks for it is skipped where there is none."""
    databases.execute(_postgres_database, databases.EMPTY)
    return _postgres_database

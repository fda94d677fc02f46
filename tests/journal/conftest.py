from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from journal import Journal, open_journal

IN_A_FILE = pytest.mark.parametrize("url", ["sqlite_url"], indirect=True, ids=["sqlite"])
"""Of a test that looks into the file itself."""
ON_A_SERVER = pytest.mark.parametrize("url", ["postgres_url"], indirect=True, ids=["postgresql"])
"""Of a test of what cannot happen in a file."""


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Where the journal is: on each of the databases in turn."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def journal(url: str) -> AsyncIterator[Journal]:
    journal = await open_journal(url)
    yield journal
    await journal.close()

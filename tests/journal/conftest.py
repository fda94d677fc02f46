from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from journal import Journal, open_journal

IN_A_FILE = pytest.mark.parametrize("url", ["sqlite_url"], indirect=True, ids=["sqlite"])
"""Of a test that looks into the file itself."""


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The journal is the file ``journal.db`` in ``tmp_path``."""
    return f"sqlite+aiosqlite:///{tmp_path}/journal.db"


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

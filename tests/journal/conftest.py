from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from journal import Journal, open_journal


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/journal.db"


@pytest.fixture
async def journal(url: str) -> AsyncIterator[Journal]:
    journal = await open_journal(url)
    yield journal
    await journal.close()

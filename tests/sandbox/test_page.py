import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

import sandbox

STATIC = Path(sandbox.__file__).parent / "static"


async def test_the_page_loads_nothing_from_elsewhere(base: str, http: ClientSession) -> None:
    async with http.get(f"{base}/") as response:
        page = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    for path in re.findall(r'(?:src|href)="(/[^"]*)"', page):
        async with http.get(base + path) as response:
            assert response.status == 200, path
    everything = [page, *(path.read_text() for path in STATIC.iterdir())]
    assert not [text for text in everything if re.search(r"(?:src|href|import|url)\W{1,4}(?:https?:)?//", text)]


def test_no_script_writes_markup() -> None:
    for path in STATIC.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text()), path


def test_every_word_is_there_in_both_languages() -> None:
    source = (STATIC / "phrases.js").read_text()
    english, russian = source.split("  ru: {")
    names = [set(re.findall(r"^    (\w+):", part, re.MULTILINE)) for part in (english, russian)]
    assert names[0] == names[1]
    used = set(re.findall(r'data-(?:text|label|placeholder)="(\w+)"', (STATIC / "index.html").read_text()))
    for path in STATIC.glob("*.js"):
        used |= set(re.findall(r'word\("(\w+)"', path.read_text()))
    assert used <= names[0]


@pytest.mark.parametrize(("origin", "status"), [("http://evil.example", 403), (None, 200)])
async def test_other_sites_may_not_use_the_persons_side(
    base: str, http: ClientSession, origin: str | None, status: int
) -> None:
    headers = {"Origin": origin or base}
    async with http.post(f"{base}/sandbox/chats/5/text", json={"text": "x"}, headers=headers) as response:
        assert response.status == status


async def test_files_that_are_no_pictures_are_only_for_saving(person: Any, base: str, http: ClientSession) -> None:
    sent = await person.send("document", b"<script>alert(1)</script>", name="a.html", mime="text/html")
    async with http.get(f"{base}/sandbox/files/{sent['document']['file_id']}") as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with http.get(f"{base}/sandbox/files/unknown") as response:
        assert response.status == 404


async def test_a_pdf_is_for_the_browsers_viewer(person: Any, base: str, http: ClientSession) -> None:
    sent = await person.send("document", b"%PDF-1.7", name="отчёт.pdf", mime="application/pdf")
    async with http.get(f"{base}/sandbox/files/{sent['document']['file_id']}") as response:
        assert response.content_type == "application/pdf"
        assert response.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''%D0")
        assert "default-src" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"

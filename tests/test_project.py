"""What the project's own files say is true: the settings' documentation, the pins, the figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from bot.settings import BotSettings
from models.settings import WrongSettings, read_settings
from tests.scheduling import LONGEST, WHOLE_PROCESSES
from web.settings import WebSettings
from web.site.settings import SiteSettings

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "config.example.env"
PINS = sorted((ROOT / "requirements").glob("*.txt"))


def documented() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))


def test_every_setting_is_documented_and_no_other() -> None:
    kinds = (BotSettings, WebSettings, SiteSettings)
    assert set(documented()) == {name.upper() for kind in kinds for name in kind.model_fields}


def test_the_documented_values_are_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in documented():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOT_TOKEN", "1000001:" + "a" * 35)
    plain = [read_settings(kind) for kind in (BotSettings, WebSettings, SiteSettings)]
    for name, value in documented().items():
        if value:
            monkeypatch.setenv(name, value)
    assert [read_settings(kind) for kind in (BotSettings, WebSettings, SiteSettings)] == plain


def test_the_example_as_it_stands_asks_for_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BOT_TOKEN", raising=False)
    (tmp_path / ".env").write_bytes(EXAMPLE.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert issubclass(BotSettings, BaseSettings)
    with pytest.raises(WrongSettings, match="BOT_TOKEN"):
        read_settings(BotSettings)


@pytest.mark.parametrize("pins", PINS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_and_hashed_and_names_no_host(pins: Path) -> None:
    text = pins.read_text()
    requirements = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert not re.search(r"https?://|--index-url|--extra-index-url|--find-links", text)


def test_what_runs_first_or_twice_is_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []
    assert [name for name in WHOLE_PROCESSES if not (ROOT / "tests" / name).is_dir()] == []

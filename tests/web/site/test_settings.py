from __future__ import annotations

import pytest

from web.site.settings import SiteSettings, WrongSettings, read_settings


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SiteSettings.model_config, "env_file", None)
    for name in SiteSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_LISTEN", "9999"),
        ("SITE_LISTEN", "localhost:http"),
        ("SITE_API_URL", "10.0.0.7:9000"),
        ("SITE_API_URL", "ftp://api.example"),
        ("SITE_API_URL", "http://:7000"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line_that_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings) as caught:
        read_settings()
    assert str(caught.value).startswith(f"{name} is no ")
    assert value not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "listen"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost/", "localhost:80"),
        ("http://[::1]:9000", "[::1]:9000"),
        ("https://api.example", None),
        ("http://127.0.0.1:8000/behind", None),
    ],
)
def test_an_api_that_is_started_along_listens_where_the_site_looks_for_it(
    monkeypatch: pytest.MonkeyPatch, url: str, listen: str | None
) -> None:
    monkeypatch.setenv("SITE_API_URL", url)
    assert read_settings().api_listen == listen


def test_the_key_is_secret_and_an_empty_one_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_API_KEY", "sl_secret")
    assert "sl_secret" not in repr(read_settings())
    monkeypatch.setenv("SITE_API_KEY", "")
    assert read_settings().site_api_key is None

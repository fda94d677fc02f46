"""Settings of the site, from the environment and ``.env``."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class WrongSettings(Exception):
    """A setting cannot be meant; the text is one line that names it and never shows its value."""


class SiteSettings(BaseSettings):
    """Each field is an environment variable of the same name in capitals; an empty one counts as not given."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    site_listen: str = Field("127.0.0.1:8501", description="HOST:PORT that the site listens at")
    site_api_url: str = Field("http://127.0.0.1:8000", description="where the HTTP API is")
    site_api_key: SecretStr | None = Field(None, description="the site's key for the API, where one is asked for")

    @field_validator("site_listen")
    @classmethod
    def _formed_like_host_and_port(cls, value: str) -> str:
        if _host_and_port(f"//{value}") is None:
            raise ValueError("is no HOST:PORT; one looks like 127.0.0.1:8501")
        return value

    @field_validator("site_api_url")
    @classmethod
    def _formed_like_an_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")) or _host_and_port(value, 0) is None:
            raise ValueError("is no address of an API; one looks like http://127.0.0.1:8000")
        return value.rstrip("/")

    @property
    def listen(self) -> tuple[str, int]:
        """Host and port."""
        found = _host_and_port(f"//{self.site_listen}")
        assert found is not None
        return found

    @property
    def api_listen(self) -> str | None:
        """HOST:PORT that an API started together with the site has to listen at; None where the address of the API is
        none that a process without TLS can serve."""
        parts = urlsplit(self.site_api_url)
        if parts.scheme != "http" or parts.path:
            return None
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{host}:{parts.port or 80}"


def read_settings() -> SiteSettings:
    """The settings from the environment and ``.env``. Raises ``WrongSettings``."""
    try:
        return SiteSettings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        reason = first["msg"].removeprefix("Value error, ")
        raise WrongSettings(f"{str(first['loc'][0]).upper()} {reason}") from error
    except UnicodeDecodeError as error:
        raise WrongSettings(f".env is no text in UTF-8: {error.reason}") from error


def _host_and_port(url: str, otherwise: int | None = None) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else otherwise
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port is not None else None

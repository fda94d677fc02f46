"""Settings of the HTTP API, from the environment and ``.env``."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from models.settings import ServingSettings, host_and_port

MEGABYTE = 2**20


class KeyRule(StrEnum):
    """Who is asked for an API key: everybody unless only this machine can reach the API (``auto``), everybody
    (``required``), or nobody (``off``)."""

    AUTO = "auto"
    REQUIRED = "required"
    OFF = "off"


class WebSettings(ServingSettings):
    """Each field is an environment variable of the same name in capitals; an empty one counts as not given."""

    api_listen: str = Field("127.0.0.1:8000", description="HOST:PORT that the API listens at")
    api_keys: KeyRule = Field(KeyRule.AUTO, description="who is asked for a key")
    api_rate_limit: int = Field(60, ge=0, description="pictures a minute with one key; 0: as many as come")
    api_body_mb: float = Field(40.0, gt=0, description="largest body of a request, in units of 2**20 bytes")
    api_bodies: int = Field(8, ge=1, le=256, description="bodies held in memory at the same time")
    api_keep_minutes: float = Field(15.0, ge=0, description="how long a picture is held for its heat map")
    api_keep_mb: float = Field(256.0, ge=0, description="most that held pictures may take, in units of 2**20 bytes")
    api_repeat_hours: float = Field(24.0, gt=0, le=720, description="how long an Idempotency-Key is remembered")
    api_origins: str = Field("", description="web pages that may call the API, as origins apart by commas")
    api_stop_seconds: int = Field(10, ge=0, le=600, description="longest that a stop waits for requests in hand")

    @field_validator("api_listen")
    @classmethod
    def _formed_like_host_and_port(cls, value: str) -> str:
        if host_and_port(value) is None:
            raise ValueError("is no HOST:PORT; one looks like 127.0.0.1:8000")
        return value

    @field_validator("api_origins")
    @classmethod
    def _formed_like_origins(cls, value: str) -> str:
        for origin in _split(value):
            parts = urlsplit(origin)
            if (
                parts.scheme not in ("http", "https")
                or not parts.hostname
                or origin != f"{parts.scheme}://{parts.netloc}"
            ):
                raise ValueError("is no list of origins; one looks like https://clinic.example,https://other.example")
        return value

    @property
    def listen(self) -> tuple[str, int]:
        """Host and port."""
        found = host_and_port(self.api_listen)
        assert found is not None
        return found

    @property
    def origins(self) -> list[str]:
        return _split(self.api_origins)

    @property
    def keys_required(self) -> bool:
        """Whether a request without a key is turned away."""
        return self.api_keys is KeyRule.REQUIRED or (self.api_keys is KeyRule.AUTO and not is_loopback(self.listen[0]))

    @property
    def body_limit(self) -> int:
        """Bytes."""
        return int(self.api_body_mb * MEGABYTE)

    @property
    def file_limit(self) -> int:
        """Bytes."""
        return int(self.max_file_mb * MEGABYTE)


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this machine to itself, so that nobody else gets there."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]

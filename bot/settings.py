"""Settings of the bot, from the environment and ``.env``."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from aiogram.utils.token import TokenValidationError, validate_token
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from journal import RateLimit
from models.settings import ServingSettings, host_and_port

LARGEST_ID = 2**52
"""Telegram's numbers of persons have at most 52 bits, https://core.telegram.org/bots/api#user."""

Ids = Annotated[frozenset[int], NoDecode]


class BotSettings(ServingSettings):
    """Each field is an environment variable of the same name in capitals; an empty one counts as not given."""

    bot_token: SecretStr = Field(SecretStr(""), validate_default=True, description="the bot's token, from @BotFather")
    bot_api_url: str = Field("", description="a Bot API server of one's own, or the sandbox; Telegram's unless told")
    workers: int = Field(4, ge=1, le=64, description="persons who are served at the same time")
    stop_seconds: float = Field(8.0, ge=0, le=600, description="longest that a stop waits for work in hand")
    consent: Literal["ask", "require"] = Field(
        "ask", description="whether a picture is read before the person has said that they know what the bot is"
    )

    rate_limit: int = Field(30, ge=0, description="pictures or albums of a person within RATE_MINUTES; 0: no limit")
    rate_minutes: float = Field(10, gt=0, le=1440, description="minutes that RATE_LIMIT looks back")

    admin_ids: Ids = Field(frozenset(), description="Telegram's numbers of the persons who run the bot, with commas")
    allowed_ids: Ids = Field(
        frozenset(), description="the persons that the bot is for, beside the admins; everyone unless told"
    )

    metrics_listen: str = Field("", description="HOST:PORT where Prometheus finds the metrics; nowhere unless told")

    @field_validator("bot_token")
    @classmethod
    def _formed_like_a_token(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value():
            raise ValueError("is not set; put the one from @BotFather in .env, or start the chat page with `make run`")
        try:
            validate_token(value.get_secret_value())
        except TokenValidationError:
            raise ValueError("is no token; one looks like 123456789:AbCdEf...") from None
        return value

    @field_validator("bot_api_url")
    @classmethod
    def _formed_like_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("is no address; one looks like http://127.0.0.1:8081")
        return value

    @field_validator("admin_ids", "allowed_ids", mode="before")
    @classmethod
    def _formed_like_ids(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        words = [word.strip() for word in value.split(",") if word.strip()]
        if not all(word.isascii() and word.isdecimal() and 0 < int(word) < LARGEST_ID for word in words):
            raise ValueError("is no list of Telegram's numbers of persons; one looks like 123456789,987654321")
        return frozenset(map(int, words))

    @field_validator("metrics_listen")
    @classmethod
    def _formed_like_host_and_port(cls, value: str) -> str:
        if value and host_and_port(value) is None:
            raise ValueError("is no HOST:PORT; one looks like 127.0.0.1:9100")
        return value

    @property
    def rate(self) -> RateLimit | None:
        """How much one person may ask for, None for as much as they like."""
        return RateLimit(self.rate_limit, timedelta(minutes=self.rate_minutes)) if self.rate_limit else None

    @property
    def metrics(self) -> tuple[str, int] | None:
        """Host and port of the metrics, None for nowhere."""
        return host_and_port(self.metrics_listen)

    @property
    def telegram(self) -> str:
        """The Bot API server's host and port, fit to be shown."""
        parts = urlsplit(self.bot_api_url or "https://api.telegram.org")
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

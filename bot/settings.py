"""Settings of the bot, from the environment and ``.env``."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiogram.utils.token import TokenValidationError, validate_token
from pydantic import Field, SecretStr, field_validator

from models.settings import ServingSettings


class BotSettings(ServingSettings):
    """Each field is an environment variable of the same name in capitals; an empty one counts as not given."""

    bot_token: SecretStr = Field(SecretStr(""), validate_default=True, description="the bot's token, from @BotFather")
    bot_api_url: str = Field("", description="a Bot API server of one's own, or the sandbox; Telegram's unless told")
    workers: int = Field(4, ge=1, le=64, description="chats that are served at the same time")
    stop_seconds: float = Field(8.0, ge=0, le=600, description="longest that a stop waits for work in hand")

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

    @field_validator("metrics_listen")
    @classmethod
    def _formed_like_host_and_port(cls, value: str) -> str:
        if value and _host_and_port(value) is None:
            raise ValueError("is no HOST:PORT; one looks like 127.0.0.1:9100")
        return value

    @property
    def metrics(self) -> tuple[str, int] | None:
        """Host and port of the metrics, None for nowhere."""
        return _host_and_port(self.metrics_listen)

    @property
    def telegram(self) -> str:
        """The Bot API server's host and port, fit to be shown."""
        parts = urlsplit(self.bot_api_url or "https://api.telegram.org")
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _host_and_port(text: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port is not None else None

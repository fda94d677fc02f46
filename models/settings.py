"""Settings of everything that serves, from the environment and ``.env``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from conversion import DecodingLimits
from conversion.processes import MEMORY_MEGABYTES
from models.engines.base import usable_cpus
from models.engines.choice import EngineSetting
from models.explain import explain
from models.precision.choice import PrecisionSetting
from models.service import PICTURES_AT_A_TIME

LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(lambda value: str(value).upper())]
LogFormat = Annotated[Literal["console", "json"], BeforeValidator(lambda value: str(value).lower())]
WEIGHTS = Path(__file__).parent / "weights"


def default_cache_dir() -> Path:
    """``second-look`` in the user's cache folder (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "second-look"


class ServingSettings(BaseSettings):
    """Each field is an environment variable of the same name in capitals; an empty one counts as not given."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    inference_engine: EngineSetting = Field(EngineSetting.AUTO, description="what runs the models")
    inference_precision: PrecisionSetting = Field(PrecisionSetting.AUTO, description="what they are computed with")
    inference_threads: int = Field(
        default_factory=usable_cpus,
        ge=1,
        le=1024,
        description="CPU threads a model may use; all usable CPUs unless told",
    )
    inference_seconds: float = Field(
        20.0, gt=0, le=3600, description="longest that a model may take for a picture; then it is loaded anew"
    )
    models_dir: Path = Field(WEIGHTS, description="folder with a folder per model")
    cache_dir: Path = Field(
        default_factory=default_cache_dir,
        description="compiled models, for a quicker start; may be emptied at any time",
    )
    journal_url: str = Field("sqlite+aiosqlite:///var/journal.db", description="where accepted requests are kept")
    journal_keep_days: int = Field(
        0, ge=0, le=36_500, description="days after which answered requests are removed; 0: never"
    )
    max_file_mb: float = Field(20.0, gt=0, description="largest file that is opened, in units of 2**20 bytes")
    max_megapixels: float = Field(50.0, gt=0, description="largest picture that is decoded, in 10**6 pixels")
    decode_seconds: float = Field(4.0, gt=0, description="longest that decoding a picture may take")
    decode_processes: int = Field(
        default_factory=lambda: min(usable_cpus(), PICTURES_AT_A_TIME) if os.name == "posix" else 0,
        ge=0,
        le=PICTURES_AT_A_TIME,
        description="processes in which pictures are decoded; 0: in the program's own",
    )
    decode_memory_mb: int = Field(
        MEMORY_MEGABYTES, ge=64, description="what such a process may take for a picture, in units of 2**20 bytes"
    )
    log_level: LogLevel = Field("INFO", description="what is logged")
    log_format: LogFormat = Field("console", description="lines to be read, or JSON to be collected")
    build_revision: str = Field("", max_length=64, description="what was built, such as a commit; shown to Prometheus")

    @property
    def decoding_limits(self) -> DecodingLimits:
        return DecodingLimits(megabytes=self.max_file_mb, megapixels=self.max_megapixels, seconds=self.decode_seconds)


def host_and_port(text: str) -> tuple[str, int] | None:
    """The parts of ``HOST:PORT``, None where it is not formed like that."""
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port is not None else None


class WrongSettings(Exception):
    """A setting cannot be meant; the text is one line that names it and never shows its value."""


_Settings = TypeVar("_Settings", bound=BaseSettings)


def read_settings(kind: type[_Settings]) -> _Settings:
    """The settings ``kind`` from the environment and ``.env``. Raises ``WrongSettings``."""
    try:
        return kind()
    except ValidationError as error:
        raise WrongSettings(explain(error, rename=str.upper)) from error
    except (SettingsError, UnicodeDecodeError) as error:
        raise WrongSettings(f"settings cannot be read: {error}") from error

"""What was found out on this machine about a network in bfloat16, kept for the next start."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.engines import processor
from models.precision.parity import LARGEST_PROBABILITY

LEAST_SPEEDUP = 1.1
"""What is hardly quicker is not worth another arithmetic."""

_log = logging.getLogger(__name__)


class Finding(BaseModel):
    """Of the network with the hash ``sha256``: whether it ``works`` in bfloat16, by how much a probability of a picture
    made by code then ``differs`` from float32's at most, and how many times as quick it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    works: bool
    differs: float = Field(0.0, ge=0)
    speedup: float = Field(0.0, ge=0)

    @property
    def pays(self) -> bool:
        """Whether bfloat16 is right here and worth having."""
        return self.works and self.differs <= LARGEST_PROBABILITY and self.speedup >= LEAST_SPEEDUP

    def __str__(self) -> str:
        if not self.works:
            return "it does not work here"
        return f"{self.speedup:.2g} times as quick, probabilities within {self.differs:.2g}"


class Findings:
    """A folder with a file for each network, named after the processor, ``engine`` (its name and version) and the
    network's hash: none outlives what it was found on. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None, engine: str) -> None:
        self._folder = folder
        self._engine = engine

    def get(self, sha256: str) -> Finding | None:
        """What was found, None where nothing was or where it cannot be read."""
        if self._folder is None:
            return None
        try:
            found = Finding.model_validate_json(self._path(self._folder, sha256).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            _log.warning("What was found out about bf16 cannot be read and is left aside (%s)", type(error).__name__)
            return None
        return found if found.sha256 == sha256 else None

    def keep(self, finding: Finding) -> None:
        """Where the folder cannot be written it is found out anew at the next start."""
        if self._folder is None:
            return
        path = self._path(self._folder, finding.sha256)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial.write_text(finding.model_dump_json() + "\n", encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            _log.warning("What was found out about bf16 is not kept: %s", error.strerror)

    def _path(self, folder: Path, sha256: str) -> Path:
        key = "\n".join((processor.identity(), self._engine, sha256))
        return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

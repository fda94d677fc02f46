"""What the site reads of the API's JSON. More may be in it: what is not shown is not asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Finding(_Part):
    """A class and its probability, 0..1."""

    label: str
    probability: float = Field(ge=0, le=1)


class NamedFinding(_Part):
    """A finding in words."""

    label: str
    name: str
    strength: str
    figure: str
    risk: str


class Words(_Part):
    """An answer as a person reads it."""

    language: str
    title: str
    subject: str
    summary: str
    findings: tuple[NamedFinding, ...]
    where: str
    next_step: str
    limits: str


class Links(_Part):
    """Paths on the API's server; null for what is no longer held there."""

    self: str
    picture: str | None = None
    heat: str | None = None
    report: str | None = None


class Diagnosis(_Part):
    """What one model sees in one picture."""

    id: str
    received_at: datetime
    model: str
    version: str
    verdict: Literal["suspicious", "unclear", "unsuspicious"]
    findings: tuple[Finding, ...]
    words: Words
    links: Links
    expires_at: datetime | None = None


class Label(_Part):
    code: str
    name: str


class Model(_Part):
    """A model and its card; ``about`` is the card in plain words."""

    name: str
    title: str
    summary: str
    about: str
    version: str
    modality: str
    labels: tuple[Label, ...]
    positive: tuple[str, ...]
    unsuspicious_below: float
    suspicious_from: float

    @property
    def subject(self) -> str:
        """What its pictures show: models of one subject can read the same picture."""
        return "chest" if self.modality == "chest_xray" else "skin"

    def label_name(self, code: str) -> str:
        """What the class ``code`` is called."""
        return next((label.name for label in self.labels if label.code == code), code)


class Models(_Part):
    models: tuple[Model, ...]
    default: str


class ProblemDocument(_Part):
    """Why there is no answer (RFC 9457)."""

    title: str
    status: int
    detail: str
    code: str
    advice: str | None = None
    limits: str | None = None

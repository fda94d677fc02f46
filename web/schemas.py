"""The JSON that goes out, as Pydantic models: they make the documents and describe them in OpenAPI."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models import Verdict
from models.card import Modality, Risk

Language = Literal["en", "ru"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class FindingOut(_Part):
    """A class and its calibrated probability."""

    label: str = Field(description="the class's code", examples=["malignant"])
    probability: float = Field(ge=0, le=1, description="exactly as the model gave it")


class NoveltyOut(_Part):
    """How unlike the pictures that the model learnt from; above the limit a picture is refused."""

    value: float
    limit: float


class FindingWords(_Part):
    """A finding as a person reads it."""

    label: str
    name: str = Field(examples=["malignant growth"])
    strength: str = Field(description="the probability in words", examples=["likely"])
    figure: str = Field(description="the probability in figures", examples=["80%"])
    risk: Risk = Field(description="how soon a doctor should see it")


class WordsOut(_Part):
    """The answer as a person reads it, part by part, plain text."""

    language: Language
    title: str = Field(description="the verdict, in a few words")
    subject: str = Field(description="what was looked at")
    summary: str
    findings: tuple[FindingWords, ...] = Field(description="the most telling, up to three")
    where: str = Field(description="where the model looked; may be empty")
    next_step: str
    limits: str


class TimingsOut(_Part):
    """Milliseconds: ``convert`` opens and checks the picture, ``infer`` runs the models."""

    convert: float = Field(ge=0)
    infer: float = Field(ge=0)


class LinksOut(_Part):
    """Paths on this server; null for what is no longer held."""

    self: str
    heatmap: str | None = Field(description="the picture with what the model looked at, PNG")
    picture: str | None = Field(description="the picture as it was read, PNG")
    heat: str | None = Field(description="what the model looked at, to be laid over the picture, PNG")
    report: str | None = Field(description="the report, PDF; as a page where `.pdf` is `.html`")


class DiagnosisOut(_Part):
    """What one model sees in one picture. It informs a person; it is no diagnosis by itself."""

    id: str = Field(examples=["6f1c2f0e-7d57-4d53-a5bb-5f2f0b9bb1c4"])
    received_at: datetime
    model: str = Field(examples=["melanoma"])
    version: str
    weights_hash: str = Field(description="SHA-256 of the weights, as the model's card has it")
    engine: str
    verdict: Verdict
    findings: tuple[FindingOut, ...] = Field(description="every class, most probable first")
    label_set: tuple[str, ...] | None = Field(
        description="the labels that may be meant: empty when too many, null when the model has no cuts for them"
    )
    novelty: NoveltyOut
    words: WordsOut
    timings: TimingsOut
    links: LinksOut
    expires_at: datetime | None = Field(
        description="until when the picture is held in memory for heat map and report; null when it is no longer held"
    )


class ProblemOut(_Part):
    """Why there is no answer (RFC 9457). ``code`` is for programs, the texts are for people."""

    type: str = Field(examples=["urn:second-look:problem:blurred"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: str = Field(examples=["blurred"])
    request_id: str = Field(description="as in the header X-Request-ID, and in the server's log")
    advice: str | None = Field(None, description="how to take or send the picture again; only where it was refused")
    limits: str | None = Field(None, description="what this says about a person's health: nothing")
    details: dict[str, float | int | str] | None = Field(None, description="what was measured, and its limit")
    model: str | None = Field(None, description="the model that was named, or that this picture is for")
    novelty: float | None = None
    timings: TimingsOut | None = None


class LabelOut(_Part):
    code: str
    name: str
    risk: Risk


class FigureOut(_Part):
    """A measured figure with its 95 % interval."""

    name: str
    value: float
    low: float
    high: float
    fold: str
    pictures: int


class ModelOut(_Part):
    """What is known of a model, from its card."""

    name: str
    title: str = Field(description="what to call it to a person")
    summary: str = Field(description="what it does, in a few words")
    about: str = Field(description="the card in plain words, plain text")
    version: str
    created: date
    weights_hash: str
    modality: Modality
    labels: tuple[LabelOut, ...]
    positive: tuple[str, ...] = Field(description="the labels whose sum of probabilities makes the verdict")
    unsuspicious_below: float
    suspicious_from: float
    novelty_limit: float
    figures: tuple[FigureOut, ...]
    intended_use: str
    limits: tuple[str, ...]


class ModelsOut(_Part):
    models: tuple[ModelOut, ...]
    default: str = Field(description="asked for pictures that nothing says more about")


class ReadinessOut(_Part):
    """``missing`` names what is not ready: ``models``, ``journal``, or that the server is ``stopping``."""

    ready: bool
    missing: tuple[Literal["models", "journal", "stopping"], ...]


class HealthOut(_Part):
    status: Literal["alive"] = "alive"

"""The model card: everything that is known about a model, beside its weights, as data.

A model is a folder ``models/weights/<name>/`` with ``card.json`` (this schema) and the ``.onnx`` files it names.
"""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from conversion import Fit, QualityLimits
from models.engines.base import Precision
from models.precision.parity import HELD_OUT, Parity


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Modality(StrEnum):
    """What kind of picture a model reads: skin through a dermatoscope, skin as a camera sees it, a chest X-ray; or any,
    to tell the kinds apart."""

    DERMOSCOPY = "dermoscopy"
    SKIN_PHOTO = "skin_photo"
    CHEST_XRAY = "chest_xray"
    ANY = "any"


class Risk(StrEnum):
    """How soon a doctor should see what a label stands for."""

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class WeightsFile(_Part):
    """One network: a file beside the card. A file whose SHA-256 differs is not loaded."""

    path: str = Field(pattern=r"^[A-Za-z0-9_.-]+\.onnx$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    architecture: str


class InputSpec(_Part):
    """Size in pixels of the ``image`` input and how a picture is brought to it."""

    height: int = Field(ge=32, le=1024)
    width: int = Field(ge=32, le=1024)
    fit: Fit = Fit.STRETCH


class Label(_Part):
    """One class, in the order of the ``probabilities`` output."""

    code: str = Field(min_length=1)
    risk: Risk


class Thresholds(_Part):
    """Two cuts on the probability of ``positive`` (a sum over labels): below the lower one unsuspicious, from the upper
    one suspicious, between them unclear. Chosen on ``chosen_on``, frozen here, never re-picked on a test set.

    What is more likely positive than not is never unsuspicious, so the lower cut is at most 0.5. Among many labels the
    most probable may have less than that: a picture whose most probable label is positive is never unsuspicious either.
    """

    positive: tuple[str, ...] = Field(min_length=1)
    unsuspicious_below: float = Field(ge=0, le=0.5)
    suspicious_from: float = Field(ge=0, le=1)
    chosen_on: str
    rule: str

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.unsuspicious_below > self.suspicious_from:
            raise ValueError("unsuspicious_below must not exceed suspicious_from")
        return self


class Calibration(_Part):
    """Temperature scaling (Guo et al. 2017); the temperature is inside the exported graph."""

    method: Literal["temperature"] = "temperature"
    temperature: float = Field(gt=0)
    chosen_on: str


class Novelty(_Part):
    """Distance from the training data in feature space; above ``threshold`` a picture is refused as unlike it.

    ``quantile`` is the share of the pictures of ``chosen_on`` that lie below the threshold.
    """

    method: str
    threshold: float = Field(gt=0)
    quantile: float = Field(gt=0, lt=1)
    chosen_on: str


class Conformal(_Part):
    """The set of labels that goes with a reading: those whose probability reaches their own cut (class-conditional
    conformal prediction: Vovk 2012; the score is Sadinle et al. 2019's). Of the pictures of each label the share
    ``coverage`` has it in its set. A set of more than ``most`` labels says nothing, and the reading is unclear.
    """

    coverage: float = Field(gt=0, lt=1)
    cuts: dict[str, float]
    most: int = Field(default=3, ge=1)
    chosen_on: str


class ReliabilityBin(_Part):
    """Of ``pictures`` whose most probable label has about the probability ``told``, the share ``right`` is of it."""

    told: float
    right: float
    pictures: int = Field(ge=1)


class Reliability(_Part):
    """What the temperature changed: the bins of the calibration error (Guo et al. 2017) on ``fold``."""

    fold: str
    before: tuple[ReliabilityBin, ...]
    after: tuple[ReliabilityBin, ...]


class Reference(_Part):
    """What the model gave for pictures like those that it was made for, to tell by it when the world has changed:
    shares of each verdict among those read, shares of each refusal among all, and the deciles of the novelty."""

    pictures: int = Field(ge=1)
    measured_on: str
    verdicts: dict[str, float]
    refusals: dict[str, float]
    novelty: tuple[float, ...] = Field(min_length=9, max_length=9)


class DataSource(_Part):
    name: str
    source: str
    licence: str
    pictures: int = Field(ge=1)
    split: str


class Figure(_Part):
    """A measured figure with its 95 % interval and the command that printed it."""

    name: str
    value: float
    low: float
    high: float
    fold: str
    pictures: int = Field(ge=1)
    command: str


class ModelCard(_Part):
    schema_version: Literal[1] = 1
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    created: date
    framework: str
    modality: Modality
    files: tuple[WeightsFile, ...] = Field(min_length=1)
    input: InputSpec
    labels: tuple[Label, ...] = Field(min_length=2)
    thresholds: Thresholds
    calibration: Calibration
    novelty: Novelty
    quality: QualityLimits
    conformal: Conformal | None = None
    reference: Reference | None = None
    reliability: Reliability | None = None
    parity: tuple[Parity, ...] = ()
    data: tuple[DataSource, ...] = Field(min_length=1)
    figures: tuple[Figure, ...] = ()
    intended_use: str
    limits: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        codes = [label.code for label in self.labels]
        if len(set(codes)) != len(codes):
            raise ValueError("label codes must be unique")
        unknown = set(self.thresholds.positive) - set(codes)
        if unknown:
            raise ValueError(f"thresholds.positive names unknown labels: {sorted(unknown)}")
        waved_through = {label.code for label in self.labels if label.risk is Risk.HIGH} - set(self.thresholds.positive)
        if waved_through:
            raise ValueError(f"thresholds.positive leaves out labels of high risk: {sorted(waved_through)}")
        if self.conformal and set(self.conformal.cuts) != set(codes):
            raise ValueError("conformal.cuts must have one cut for each label")
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """Label codes in the order of the ``probabilities`` output."""
        return tuple(label.code for label in self.labels)

    @property
    def weights_hash(self) -> str:
        """The SHA-256 of the only weights file, or of the joined hexadecimal hashes of several."""
        hashes = [file.sha256 for file in self.files]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()

    def allows(self, precision: Precision) -> bool:
        """Whether the model may be run in ``precision``: in another than float32 where that was measured with these
        weights on the held-out pictures, and kept its limits on every fold that it was measured on."""
        if precision is Precision.F32:
            return True
        records = [
            record
            for record in self.parity
            if record.precision is precision and record.weights_hash == self.weights_hash
        ]
        return any(record.fold == HELD_OUT for record in records) and not any(record.faults() for record in records)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The card in ``path``. Raises ``OSError`` or ``pydantic.ValidationError``."""
        return cls.model_validate_json(path.read_bytes())

    def write(self, path: Path) -> None:
        """The card as indented JSON."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

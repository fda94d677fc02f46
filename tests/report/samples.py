"""Diagnoses and cards made by code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from conversion import Picture, QualityLimits, SourceFormat
from models.card import (
    Calibration,
    DataSource,
    InputSpec,
    Label,
    Modality,
    ModelCard,
    Novelty,
    Risk,
    Thresholds,
    WeightsFile,
)
from models.diagnosis import Diagnosis, Finding, Timings, Verdict
from report.findings import KNOWN_LABELS
from report.labels_dermnet import DERMNET

DERMNET_SKIN = "skin on Dermnet"
"""The model ``skin`` as a person with Dermnet's pictures has it."""

LABELS: Mapping[str, tuple[str, ...]] = {
    "melanoma": ("malignant", "benign"),
    "pneumonia": ("pneumonia", "normal"),
    "skin": ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"),
    DERMNET_SKIN: tuple(DERMNET),
}
POSITIVE: Mapping[str, tuple[str, ...]] = {
    "melanoma": ("malignant",),
    "pneumonia": ("pneumonia",),
    "skin": ("akiec", "bcc", "mel"),
    DERMNET_SKIN: tuple(code for code, words in DERMNET.items() if words.risk is Risk.HIGH),
}
MODALITIES = {"pneumonia": Modality.CHEST_XRAY, DERMNET_SKIN: Modality.SKIN_PHOTO}
GREY = 128


def blob(row: float, column: float, spread: float = 1.0, cells: int = 7) -> NDArray[np.float32]:
    """A heat map ``[cells, cells]`` with one round peak of 1."""
    down, across = np.mgrid[0:cells, 0:cells]
    heat: NDArray[np.float32] = np.exp(-((down - row) ** 2 + (across - column) ** 2) / (2 * spread**2)).astype(
        np.float32
    )
    return heat


def diagnosis(
    probabilities: Mapping[str, float],
    verdict: Verdict = Verdict.SUSPICIOUS,
    *,
    model: str = "melanoma",
    heatmap: NDArray[np.float32] | None = None,
    size: tuple[int, int] = (320, 240),
    region: tuple[int, int, int, int] | None = None,
    pixels: NDArray[np.uint8] | None = None,
) -> Diagnosis:
    """A diagnosis of a grey picture of ``size`` (width, height), or of ``pixels``."""
    if pixels is None:
        pixels = np.full((size[1], size[0], 3), GREY, np.uint8)
    pixels.setflags(write=False)
    findings = sorted((Finding(*item) for item in probabilities.items()), key=lambda finding: -finding.probability)
    return Diagnosis(
        model=model.split(maxsplit=1)[0],
        version="1.0.0",
        weights_hash="0" * 64,
        engine="test",
        verdict=verdict,
        findings=tuple(findings),
        heatmap=blob(3, 3) if heatmap is None else heatmap,
        region=region or (0, 0, pixels.shape[1], pixels.shape[0]),
        novelty=1.0,
        picture=Picture(pixels, SourceFormat.JPEG),
        timings=Timings(1.0, 1.0),
    )


def spread(model: str, lead: str, probability: float) -> dict[str, float]:
    """``probability`` for ``lead``, the rest shared by the model's other labels."""
    others = [label for label in LABELS[model] if label != lead]
    return {lead: probability} | {label: (1 - probability) / len(others) for label in others}


def card(model: str, risks: Mapping[str, Risk] | None = None) -> ModelCard:
    """A card of ``model`` with the labels above, or with those of ``risks``; positive are then the risky ones."""
    labels = dict(risks or {label: KNOWN_LABELS[label] for label in LABELS[model]})
    risky = tuple(code for code, risk in labels.items() if risk is not Risk.NONE)
    return ModelCard(
        name=model.split(maxsplit=1)[0],
        version="1.0.0",
        created=date(2026, 11, 1),
        framework="none",
        modality=MODALITIES.get(model, Modality.DERMOSCOPY),
        files=(WeightsFile(path="model.onnx", sha256="0" * 64, architecture="none"),),
        input=InputSpec(height=224, width=224),
        labels=tuple(Label(code=code, risk=risk) for code, risk in labels.items()),
        thresholds=Thresholds(
            positive=risky if risks else POSITIVE[model],
            unsuspicious_below=0.1,
            suspicious_from=0.3,
            chosen_on="made up",
            rule="made up",
        ),
        calibration=Calibration(temperature=1.0, chosen_on="made up"),
        novelty=Novelty(method="none", threshold=1.0, quantile=0.99, chosen_on="made up"),
        quality=QualityLimits(),
        data=(DataSource(name="none", source="none", licence="none", pictures=1, split="none"),),
        intended_use="tests",
        limits=("tests",),
    )

"""``metrics.json``: every figure with its interval, what was measured, and the command."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from conversion import check_quality, open_picture
from models.engines.base import EngineOutput
from training.data import Sample, load_pictures
from training.evaluation.bootstrap import intervals
from training.evaluation.metrics import ECE_BINS, figures, score
from training.evaluation.served import ServedModel
from training.evaluation.shifts import SHIFTS, load_shifted


@dataclass(frozen=True)
class Question:
    """What is to be measured: ``samples`` of ``fold``, under simulated shifts too when ``shift``."""

    samples: Sequence[Sample]
    fold: str
    shift: bool
    resamples: int
    command: str
    cache: Path | None = None


def measure(served: ServedModel, question: Question) -> dict[str, Any]:
    """All figures of ``served`` for ``question``, as they stand in ``metrics.json``."""
    spec = served.card.input
    loaded = load_pictures(question.samples, spec.height, spec.width, spec.fit, question.cache)
    output = served.infer(loaded.pixels)
    quality = sum(
        check_quality(open_picture(sample.path.read_bytes()), served.card.quality) is not None
        for sample in loaded.samples
    )
    report: dict[str, Any] = {
        "model": served.card.name,
        "version": served.card.version,
        "weights_sha256": served.weights_hash,
        "engine": served.ensemble.describe(),
        "command": question.command,
        "fold": question.fold,
        "pictures": {code: sum(s.label == i for s in loaded.samples) for i, code in enumerate(served.card.codes)},
        "groups": len({sample.group for sample in loaded.samples}),
        "unreadable": len(loaded.skipped),
        "refused": {
            "quality": quality / len(loaded.samples),
            "unlike_training": float(np.mean(output.novelty > served.card.novelty.threshold)),
        },
        "thresholds": served.card.thresholds.model_dump(include={"unsuspicious_below", "suspicious_from"}),
        "method": f"95 % percentile bootstrap, {question.resamples} resamples of whole groups; "
        f"ECE: {ECE_BINS} bins of equal width over the top class's probability",
        "figures": _figures(served, loaded.samples, output, question.resamples),
    }
    if question.shift:
        report["shifted"] = {name: _shifted(served, loaded.samples, name, question.resamples) for name in SHIFTS}
    return report


def _shifted(served: ServedModel, samples: Sequence[Sample], shift: str, resamples: int) -> dict[str, Any]:
    spec = served.card.input
    output = served.infer(load_shifted(samples, spec.height, spec.width, spec.fit, shift))
    refused = float(np.mean(output.novelty > served.card.novelty.threshold))
    return _figures(served, samples, output, resamples) | {"unlike_training": refused}


def _figures(served: ServedModel, samples: Sequence[Sample], output: EngineOutput, resamples: int) -> dict[str, Any]:
    labels = np.array([sample.label for sample in samples])
    scored = score(output.probabilities, labels, served.positive_labels())
    cuts = served.card.thresholds.unsuspicious_below, served.card.thresholds.suspicious_from
    values = figures(scored, *cuts)
    groups = np.array([sample.group for sample in samples])
    spans = intervals(lambda rows: figures(scored.take(rows), *cuts), groups, resamples)
    return {name: _figure(value, *spans[name]) for name, value in values.items()}


def _figure(value: float, low: float, high: float) -> dict[str, float | None]:
    numbers = {"value": value, "low": low, "high": high}
    return {name: None if math.isnan(number) else round(number, 5) for name, number in numbers.items()}


def write(report: dict[str, Any], path: Path) -> None:
    """``report`` as indented JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")

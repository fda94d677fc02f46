"""``metrics.json``: every figure with its interval, what was measured, and the command; plots lie beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conversion import check_quality, open_picture
from models.card import ModelCard
from models.engines.base import EngineOutput
from models.interpretation import findings_of, label_set_of
from training.data import Sample, load_pictures
from training.evaluation.bootstrap import intervals
from training.evaluation.metrics import (
    ECE_BINS,
    Scored,
    class_table,
    confusion,
    expected_calibration_error,
    figures,
    reliability,
    score,
    undo_temperature,
)
from training.evaluation.plots import write_plots
from training.evaluation.ranking import Floats
from training.evaluation.served import ServedModel
from training.evaluation.shifts import SHIFTS, load_shifted
from training.evaluation.team import LEAD, member, team_figures

WORST_OF_SHIFTS = ("sensitivity", "specificity", "sensitivity_suspicious", "specificity_suspicious")


@dataclass(frozen=True)
class Question:
    """What is to be measured: ``samples`` of ``fold``, under simulated shifts too when ``shift``."""

    samples: Sequence[Sample]
    fold: str
    shift: bool
    resamples: int
    command: str
    cache: Path | None = None


@dataclass(frozen=True)
class Measurement:
    """``report``, as it stands in ``metrics.json``, ``scored``, the answers that it is about, and their probabilities
    ``before`` calibration."""

    report: dict[str, Any]
    scored: Scored
    before: Floats
    codes: tuple[str, ...]

    def write(self, path: Path) -> list[Path]:
        """The report as JSON in ``path``, and beside it ``STEM-reliability.png``, ``STEM-confusion.png`` and
        ``STEM-roc.png``. Returns all of them."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.report, indent=2) + "\n", encoding="utf-8")
        cuts = self.report["thresholds"]["unsuspicious_below"], self.report["thresholds"]["suspicious_from"]
        return [path, *write_plots(self.scored, self.before, self.codes, cuts, path)]


def measure(served: ServedModel, question: Question) -> Measurement:
    """All figures of ``served`` for ``question``."""
    card = served.card
    spec = card.input
    loaded = load_pictures(question.samples, spec.height, spec.width, spec.fit, question.cache)
    output, members = served.infer_with_members(loaded.pixels)
    counted = _Counted.of(loaded.samples, question.resamples)
    scored = _scored(served, loaded.samples, output)
    quality = sum(
        check_quality(open_picture(sample.path.read_bytes()), card.quality) is not None for sample in loaded.samples
    )
    matrix = confusion(scored, scored.once).astype(int)
    before = np.mean([undo_temperature(found, card.calibration.temperature) for found in members], axis=0)
    sets = _label_sets(card, output)
    report: dict[str, Any] = {
        "model": card.name,
        "version": card.version,
        "weights_sha256": served.weights_hash,
        "engine": served.ensemble.describe(),
        "command": question.command,
        "fold": question.fold,
        "pictures": dict(zip(card.codes, matrix.sum(axis=1).tolist(), strict=True)),
        "groups": len({sample.group for sample in loaded.samples}),
        "unreadable": len(loaded.skipped),
        "refused": {
            "quality": quality / len(loaded.samples),
            "unlike_training": float(np.mean(output.novelty > card.novelty.threshold)),
        },
        "thresholds": card.thresholds.model_dump(include={"unsuspicious_below", "suspicious_from"}),
        "method": f"95 % percentile bootstrap, {question.resamples} resamples of whole groups; "
        f"ECE: {ECE_BINS} bins of equal width over the top class's probability",
        "figures": _figures(
            served, scored, counted, _ece_before(before, scored.labels), *_set_figures(card, scored, sets)
        ),
        "reliability": {
            "before": reliability(before, scored.labels),
            "after": reliability(scored.probabilities, scored.labels),
        },
        "classes": _classes(scored, card.codes, counted),
        "confusion": {"rows": "true class", "columns": "most probable class", "counts": matrix.tolist()},
    }
    if len(members) > 1:
        alone = [score(found, scored.labels, served.positive_labels()) for found in members]
        found = counted.figures(team_figures(scored, alone))
        report["members"] = [
            {"architecture": file.architecture, "path": file.path, "figures": _part(found, member(row))}
            for row, file in enumerate(card.files)
        ]
        report["ensemble_minus_best_member"] = _part(found, LEAD)
    if question.shift:
        shifted = {name: _shifted(served, loaded.samples, name, counted) for name in SHIFTS}
        report |= {"shifted": shifted, "worst_shift": _worst(shifted)}
    return Measurement(report, scored, before, card.codes)


@dataclass(frozen=True)
class _Counted:
    """Whose pictures they are, and how many times these are drawn again."""

    groups: NDArray[np.str_]
    resamples: int

    @classmethod
    def of(cls, samples: Sequence[Sample], resamples: int) -> _Counted:
        return cls(np.array([sample.group for sample in samples]), resamples)

    def figures(self, measure: Callable[[Floats], Mapping[str, float]]) -> dict[str, dict[str, float | None]]:
        """Each figure of ``measure`` with its interval; what is not a number becomes None."""
        values = measure(np.ones(len(self.groups)))
        spans = intervals(measure, self.groups, self.resamples)
        return {
            name: {
                key: None if math.isnan(number) else round(number, 5)
                for key, number in zip(("value", "low", "high"), (value, *spans[name]), strict=True)
            }
            for name, value in values.items()
        }


def _scored(served: ServedModel, samples: Sequence[Sample], output: EngineOutput) -> Scored:
    labels = np.array([sample.label for sample in samples])
    sets = _label_sets(served.card, output)
    unnamed = np.array([not labels for labels in sets]) if sets else None
    return score(output.probabilities, labels, served.positive_labels(), unnamed)


def _label_sets(card: ModelCard, output: EngineOutput) -> list[tuple[str, ...]] | None:
    """For each picture the labels that may be meant, none where they are too many; None when the card has no sets."""
    if card.conformal is None:
        return None
    return [label_set_of(findings_of(card, row), card) or () for row in output.probabilities]


def _set_figures(
    card: ModelCard, scored: Scored, sets: Sequence[tuple[str, ...]] | None
) -> Iterator[Callable[[Floats], dict[str, float]]]:
    """Of the sets small enough to be named: how many labels they have, and how often the true one is among them; and
    how many are not. Nothing where there are no sets."""
    if sets is None:
        return
    right = np.array([card.codes[label] in labels for labels, label in zip(sets, scored.labels, strict=True)])
    sizes = np.array([len(labels) for labels in sets], np.float64)

    def measure(counts: Floats) -> dict[str, float]:
        named = np.where(scored.unnamed, 0.0, counts)
        return {
            "set_coverage": float(right @ named / named.sum()),
            "set_size": float(sizes @ named / named.sum()),
            "set_too_large": float(scored.unnamed @ counts / counts.sum()),
        }

    yield measure


def _ece_before(before: Floats, labels: NDArray[np.intp]) -> Callable[[Floats], dict[str, float]]:
    confidence, correct = before.max(axis=1), before.argmax(axis=1) == labels
    return lambda counts: {"ece_before": expected_calibration_error(confidence, correct, counts)}


def _figures(
    served: ServedModel, scored: Scored, counted: _Counted, *more: Callable[[Floats], dict[str, float]]
) -> dict[str, Any]:
    """The figures of the verdict and of the classes, and those of each of ``more``, by the same resamples."""
    cuts = served.card.thresholds.unsuspicious_below, served.card.thresholds.suspicious_from

    def measure(counts: Floats) -> dict[str, float]:
        found = figures(scored, cuts, counts)
        for other in more:
            found |= other(counts)
        return found

    return counted.figures(measure)


def _classes(scored: Scored, codes: Sequence[str], counted: _Counted) -> dict[str, Any]:
    """For each class how many pictures are of it, and its recall, precision, F1 and AUC against the rest."""

    def flat(counts: Floats) -> dict[str, float]:
        table = class_table(scored, counts)
        return {f"{row} {name}": float(values[row]) for row in range(len(codes)) for name, values in table.items()}

    found, support = counted.figures(flat), np.bincount(scored.labels, minlength=len(codes))
    return {code: {"support": int(support[row])} | _part(found, f"{row} ") for row, code in enumerate(codes)}


def _shifted(served: ServedModel, samples: Sequence[Sample], shift: str, counted: _Counted) -> dict[str, Any]:
    spec = served.card.input
    output = served.infer(load_shifted(samples, spec.height, spec.width, spec.fit, shift))
    refused = float(np.mean(output.novelty > served.card.novelty.threshold))
    return _figures(served, _scored(served, samples, output), counted) | {"unlike_training": refused}


def _worst(shifted: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The lowest sensitivity and specificity at each cut, with the shift's name."""
    worst = {}
    for name in WORST_OF_SHIFTS:
        defined = [shift for shift in shifted if shifted[shift][name]["value"] is not None]
        if defined:
            lowest = min(defined, key=lambda shift: shifted[shift][name]["value"])
            worst[name] = {"shift": lowest} | shifted[lowest][name]
    return worst


def _part(found: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Those of ``found`` whose names begin with ``prefix``, without it."""
    return {name.removeprefix(prefix): figure for name, figure in found.items() if name.startswith(prefix)}

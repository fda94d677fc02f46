"""From probabilities to what is said: findings, the set of labels that may be meant, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard, Thresholds
from models.diagnosis import Finding, Verdict


def findings_of(card: ModelCard, probabilities: NDArray[np.floating]) -> tuple[Finding, ...]:
    """``probabilities`` ``[C]`` in the order of the card's labels, most probable first."""
    found = [Finding(code, float(value)) for code, value in zip(card.codes, probabilities, strict=True)]
    return tuple(sorted(found, key=lambda finding: -finding.probability))


def label_set_of(findings: Sequence[Finding], card: ModelCard) -> tuple[str, ...] | None:
    """The labels of the card's conformal set, most probable first, the most probable of all always among them; empty
    when they are more than may be named; None when the card has no cuts for them."""
    if card.conformal is None:
        return None
    cuts = card.conformal.cuts
    labels = tuple(
        finding.label
        for rank, finding in enumerate(findings)
        if rank == 0 or finding.probability >= cuts[finding.label]
    )
    return labels if len(labels) <= card.conformal.most else ()


def verdict_of(
    findings: Sequence[Finding], thresholds: Thresholds, label_set: tuple[str, ...] | None = None
) -> Verdict:
    """The band that the summed probability of the positive labels falls into; ``label_set`` as ``label_set_of`` has it.

    It is never unsuspicious when the most probable label is one of them, which among many labels may have less than the
    cut, nor when the set of labels that may be meant is too large to be named.
    """
    leading = max(findings, key=lambda finding: finding.probability)
    positive = sum(finding.probability for finding in findings if finding.label in thresholds.positive)
    if positive >= thresholds.suspicious_from:
        return Verdict.SUSPICIOUS
    if positive < thresholds.unsuspicious_below and leading.label not in thresholds.positive and label_set != ():
        return Verdict.UNSUSPICIOUS
    return Verdict.UNCLEAR

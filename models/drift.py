"""Whether the pictures of late are still like those that a model's card was measured on."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from models.card import ModelCard, Reference

FEWEST = 50
"""Of so few pictures the shares are mostly chance."""
NOTABLE, LARGE = 0.1, 0.25
"""What is usually called a moderate and a large population stability index (Siddiqi 2006)."""
READ = "read"


class Outcome(Protocol):
    """What the journal keeps of a picture."""

    @property
    def model(self) -> str | None: ...
    @property
    def version(self) -> str | None: ...
    @property
    def verdict(self) -> str | None: ...
    @property
    def refusal(self) -> str | None: ...
    @property
    def novelty(self) -> float | None: ...


class Change(StrEnum):
    """How far the pictures of late have moved from the card's reference."""

    NONE = "stable"
    NOTABLE = "changed a little"
    LARGE = "changed a lot"
    UNKNOWN = "too few pictures"


@dataclass(frozen=True)
class Drift:
    """The population stability index of one ``subject`` (``verdicts``, ``novelty`` or ``refusals``): ``index`` over
    ``pictures`` pictures, with the shares ``expected`` by the card and ``found`` of late."""

    subject: str
    pictures: int
    index: float
    expected: Mapping[str, float]
    found: Mapping[str, float]

    @property
    def change(self) -> Change:
        if self.pictures < FEWEST:
            return Change.UNKNOWN
        return Change.LARGE if self.index >= LARGE else Change.NOTABLE if self.index >= NOTABLE else Change.NONE

    @property
    def largest(self) -> str:
        """What has moved most."""
        return max(self.expected, key=lambda name: abs(self.found[name] - self.expected[name]))


def drift_of(card: ModelCard, outcomes: Iterable[Outcome]) -> list[Drift]:
    """Each thing that ``card`` has a reference for, against ``outcomes``, those of other models left out; nothing when
    the card has no reference. Verdicts and novelty are those of the card's own version."""
    if card.reference is None:
        return []
    own = [outcome for outcome in outcomes if outcome.model == card.name]
    read = [outcome for outcome in own if outcome.verdict and outcome.version == card.version]
    reference = card.reference
    return [
        _drift("verdicts", reference.verdicts, Counter(str(outcome.verdict) for outcome in read)),
        _drift("novelty", _equal_shares(reference), _in_bins(reference, [outcome.novelty for outcome in own])),
        _drift("refusals", _with_read(reference), Counter(outcome.refusal or READ for outcome in own)),
    ]


def stability_index(expected: Sequence[float], found: Sequence[int]) -> float:
    """The population stability index of the counts ``found`` against the shares ``expected``: the sum over the cells of
    (f - e) ln(f / e), which is 0 for equal shares (Siddiqi 2006). A cell counts as half a picture at least."""
    total = max(sum(found), 1)
    least = 0.5 / total
    shares = [(max(share, least), max(count / total, least)) for share, count in zip(expected, found, strict=True)]
    return sum((now - then) * math.log(now / then) for then, now in shares)


def _drift(subject: str, expected: Mapping[str, float], counts: Mapping[str, int]) -> Drift:
    names = [*expected, *sorted(set(counts) - set(expected))]
    before, now = [expected.get(name, 0.0) for name in names], [counts.get(name, 0) for name in names]
    total = max(sum(now), 1)
    return Drift(
        subject=subject,
        pictures=sum(now),
        index=stability_index(before, now),
        expected=dict(zip(names, before, strict=True)),
        found={name: count / total for name, count in zip(names, now, strict=True)},
    )


def _with_read(reference: Reference) -> dict[str, float]:
    return {READ: 1 - sum(reference.refusals.values()), **reference.refusals}


def _equal_shares(reference: Reference) -> dict[str, float]:
    cells = len(reference.novelty) + 1
    return {_cell(cell): 1 / cells for cell in range(cells)}


def _in_bins(reference: Reference, values: Iterable[float | None]) -> Counter[str]:
    return Counter(_cell(bisect_right(reference.novelty, value)) for value in values if value is not None)


def _cell(number: int) -> str:
    return f"tenth {number + 1}"

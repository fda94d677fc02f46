"""``python -m models drift``: the journal of the last days against the cards' references, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from journal import JournalUnavailable, Outcome, open_journal
from models.catalog import Catalog
from models.drift import FEWEST, Change, Drift, drift_of
from models.errors import ModelsError

_MEANING = {
    Change.NONE: "as in the reference",
    Change.NOTABLE: "look at some of these requests",
    Change.LARGE: "measure the model anew on such pictures before relying on it",
}


async def watch(catalog: Catalog, journal_url: str, days: float) -> Iterator[str]:
    """Lines that say for every model what has changed in the last ``days``. Raises ``ModelsError``."""
    try:
        journal = await open_journal(journal_url, create=False)
        try:
            outcomes = await journal.outcomes(datetime.now(UTC) - timedelta(days=days))
        finally:
            await journal.close()
    except JournalUnavailable as problem:
        raise ModelsError(str(problem)) from problem
    return lines(catalog, outcomes, days)


def lines(catalog: Catalog, outcomes: Sequence[Outcome], days: float) -> Iterator[str]:
    """What ``outcomes`` of the last ``days`` say of each model of ``catalog``."""
    for name in catalog.names:
        card = catalog.card(name)
        if card.reference is None:
            yield f"{name} {card.version}: its card has no reference; python -m training.remeasure writes one"
            continue
        yield f"{name} {card.version}, the last {days:g} days against {card.reference.pictures} pictures of its card:"
        yield from (f"  {_line(drift)}" for drift in drift_of(card, outcomes))
    nowhere = [outcome for outcome in outcomes if outcome.model is None]
    if nowhere:
        yield f"refused before a model was found: {len(nowhere)} of {len(outcomes)}"


def _line(drift: Drift) -> str:
    if drift.change is Change.UNKNOWN:
        return f"{drift.subject}: {drift.pictures} pictures, too few to tell ({FEWEST} are needed)"
    told = f"{drift.subject}: {drift.change} (stability index {drift.index:.2f}, {drift.pictures} pictures)"
    if drift.change is Change.NONE:
        return f"{told}: {_MEANING[drift.change]}"
    name = drift.largest
    return f"{told}: {name} {drift.expected[name]:.0%} -> {drift.found[name]:.0%}; {_MEANING[drift.change]}"

"""What an ensemble's members are worth alone, and what the ensemble adds to the best of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from training.evaluation.metrics import Scored, class_figures
from training.evaluation.ranking import Floats

COMPARED = ("auc", "macro_auc", "balanced_accuracy_argmax", "macro_f1")
LEAD = "lead "


def member(row: int) -> str:
    """How the names of a member's figures begin."""
    return f"{row} "


def team_figures(ensemble: Scored, members: Sequence[Scored]) -> Callable[[Floats], dict[str, float]]:
    """A measure of figures that need no thresholds (which are the ensemble's own): each member's, under ``member(row)``
    and the figure's name, and under ``LEAD`` and its name by how much the ensemble exceeds its best member.

    Which member is the best is chosen on the very pictures that it is measured on, which is to its favour.
    """
    alone = [_figures(scored, scored.once) for scored in members]
    names = [name for name in COMPARED if name in alone[0]]
    best = {name: max(range(len(alone)), key=lambda row: alone[row][name]) for name in names}

    def measure(counts: Floats) -> dict[str, float]:
        whole, parts = _figures(ensemble, counts), [_figures(scored, counts) for scored in members]
        found = {f"{member(row)}{name}": value for row, part in enumerate(parts) for name, value in part.items()}
        return found | {f"{LEAD}{name}": whole[name] - parts[row][name] for name, row in best.items()}

    return measure


def _figures(scored: Scored, counts: Floats) -> dict[str, float]:
    return {"auc": scored.ranking.auc(counts)} | class_figures(scored, counts)

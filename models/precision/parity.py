"""What a lower precision changes in a model's answers: measured on real pictures, kept in its card, held to limits."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from models.engines.base import Precision

HELD_OUT = "test"
LARGEST_PROBABILITY = 0.02
MOST_VERDICTS = 0.002
LARGEST_AUC = 0.002
MOST_REFUSALS = 0.005


class Parity(BaseModel):
    """Answers in ``precision`` beside those in float32, of the ``pictures`` of ``fold``.

    ``probability_*`` are absolute differences of any label's probability. ``verdicts_changed`` and ``refusals_changed``
    are shares of the pictures: of another verdict (of the router: another kind), and refused as unlike the training
    data in one precision alone. ``auc`` is the ROC AUC of the positive labels in ``precision``, ``auc_difference`` that
    less float32's. ``heatmap_largest`` is the largest difference of a cell, ``heatmap_p99`` what 99 % of the pictures
    stay within; ``novelty_largest`` is in units of the card's threshold. ``engine`` and ``processor`` computed it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    precision: Precision
    weights_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    fold: str
    pictures: int = Field(ge=1)
    probability_largest: float = Field(ge=0, le=1)
    probability_mean: float = Field(ge=0, le=1)
    verdicts_changed: float = Field(ge=0, le=1)
    refusals_changed: float = Field(ge=0, le=1)
    auc: float = Field(ge=0, le=1)
    auc_difference: float = Field(ge=-1, le=1)
    heatmap_largest: float = Field(ge=0, le=1)
    heatmap_p99: float = Field(ge=0, le=1)
    novelty_largest: float = Field(ge=0)
    engine: str
    processor: str
    command: str

    def faults(self) -> tuple[str, ...]:
        """What is beyond its limit, in words; none where the precision may be used."""
        return tuple(self._faults())

    def _faults(self) -> Iterator[str]:
        for name, found, limit in (
            ("a probability differs by", self.probability_largest, LARGEST_PROBABILITY),
            ("the share of verdicts that change is", self.verdicts_changed, MOST_VERDICTS),
            ("the share of refusals that change is", self.refusals_changed, MOST_REFUSALS),
            ("the AUC differs by", abs(self.auc_difference), LARGEST_AUC),
        ):
            if found > limit:
                yield f"{name} {found:.4f}, more than {limit:g}"

"""Where the model looked, in words: for who cannot see the colours, or reads the answer without the picture."""

from __future__ import annotations

import gettext
from typing import Final

import numpy as np

from models.diagnosis import Diagnosis
from report.language import mark

_FAINTEST: Final = 0.05
_WIDE_SHARE: Final = 0.6

# By row (top, middle, bottom) and column (left, middle, right) of the picture as it is seen.
_PLACES: Final = (
    (mark("the upper left part"), mark("the upper part"), mark("the upper right part")),
    (mark("the left part"), mark("the centre"), mark("the right part")),
    (mark("the lower left part"), mark("the lower part"), mark("the lower right part")),
)


def describe_attention(
    diagnosis: Diagnosis, translations: gettext.NullTranslations, likeness: str | None = None
) -> str:
    """Up to three sentences: the third of the picture, across and down, in which the heat map has its peak.

    The heat map is of the most probable class; ``likeness`` is what that looks like where the answer speaks of another.
    Nothing is said where the heat map is empty: of an earlier reading it is not kept.
    """
    _ = translations.gettext
    heat = diagnosis.heatmap
    if not heat.size:
        return ""
    peak = float(heat.max())
    if peak < _FAINTEST:
        return _("The model did not dwell on any part of the picture.")
    if float((heat >= peak / 2).mean()) > _WIDE_SHARE:
        looked = _("The model looked at most of the picture, shown in colour.")
    else:
        looked = _("The model looked most at {place} of the picture, shown in colour.").format(
            place=_(_place(diagnosis))
        )
    sentences = [looked, _("This is where it looked, not where the disease is.")]
    if likeness is not None:
        sentences.append(_("In colour is what looks to it like {likeness}.").format(likeness=likeness))
    return " ".join(sentences)


def _place(diagnosis: Diagnosis) -> str:
    """The place of the peak; of several equal ones the place between them."""
    heat = diagnosis.heatmap
    rows, columns = np.nonzero(heat >= heat.max())
    left, top, right, bottom = diagnosis.region
    across = left + (columns.mean() + 0.5) / heat.shape[1] * (right - left)
    down = top + (rows.mean() + 0.5) / heat.shape[0] * (bottom - top)
    return _PLACES[_third(down / diagnosis.picture.height)][_third(across / diagnosis.picture.width)]


def _third(share: float) -> int:
    return min(2, max(0, int(share * 3)))

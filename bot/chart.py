"""The figures as a picture, for a phone held upright."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from babel.dates import format_datetime
from babel.numbers import format_decimal

from bot.operator_texts import Period
from bot.texts import Gettext, translator
from journal import Figures
from models import Verdict
from report.language import mark
from report.words import name_verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE: Final = (1080, 1290)
"""Pixels, across and down."""

_DPI: Final = 120
# Dark as the strip below an overlay: it sits well in a light chat and in a dark one.
_BACKGROUND: Final = "#16181d"
_PANEL: Final = "#1d2027"
_BRIGHT: Final = "#eceef2"
_DIM: Final = "#a0a6b2"
_LINE: Final = "#333843"
_ACCENT: Final = "#56b4e9"
_SLOW: Final = "#b59cf2"

# The verdicts in the colours of their signs, shades that also differ for who cannot tell red from green; from the
# bottom of a bar to its top.
_COLOURS: Final[Mapping[str, str]] = {
    "unsuspicious": "#2fae8a",
    "unclear": "#f0c34a",
    "suspicious": "#e5573f",
    "refused": "#8b93a3",
    "failed": "#cc79a7",
    "cancelled": "#565d6b",
    "received": "#eceef2",
}
_STATES: Final[Mapping[str, str]] = {
    "refused": mark("Refused"),
    "failed": mark("Failed"),
    "cancelled": mark("Taken back"),
    "received": mark("Waiting"),
}
_MOST_BARS: Final = 5
_LONGEST_NAME: Final = 18


def draw(figures: Figures, period: Period, language: str) -> bytes:
    """A PNG of ``SIZE`` pixels: pictures over time by what became of them, the time to the answer, models, refusals."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that a start of the bot need not take

    _ = translator(language)
    figure = Figure(figsize=(SIZE[0] / _DPI, SIZE[1] / _DPI), dpi=_DPI, facecolor=_BACKGROUND)
    grid = figure.add_gridspec(
        3, 2, height_ratios=(5, 3.4, 2.8), left=0.075, right=0.965, top=0.955, bottom=0.035, hspace=0.36, wspace=0.12
    )
    ticks = _ticks(figures, period, language)
    _outcomes(_panel(figure.add_subplot(grid[0, :]), _("Pictures by outcome")), figures, ticks, language)
    _times(_panel(figure.add_subplot(grid[1, :]), _("Seconds to the answer")), figures, ticks, language)
    _bars(_panel(figure.add_subplot(grid[2, 0]), _("Models")), figures.models, _ACCENT, _)
    _bars(_panel(figure.add_subplot(grid[2, 1]), _("Refusals")), figures.refusals, _COLOURS["refused"], _)
    file = BytesIO()
    figure.savefig(file, format="png", facecolor=_BACKGROUND)
    return file.getvalue()


def _panel(axes: Axes, title: str) -> Axes:
    axes.set_title(title, loc="left", color=_BRIGHT, fontsize=13, fontweight="bold", pad=10)
    axes.set_facecolor(_PANEL)
    axes.tick_params(colors=_DIM, labelsize=10, length=0, pad=6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _outcomes(axes: Axes, figures: Figures, ticks: Sequence[tuple[int, str]], language: str) -> None:
    base = [0] * figures.spans
    for name in (*_COLOURS, *sorted(set(figures.outcomes) - set(_COLOURS))):
        counts = figures.outcomes.get(name)
        if counts is None:
            continue
        label = f"{_outcome(name, language)} {sum(counts)}"
        axes.bar(range(figures.spans), counts, 0.8, base, color=_COLOURS.get(name, _DIM), label=label, zorder=2)
        base = [below + count for below, count in zip(base, counts, strict=True)]
    _over_time(axes, figures, ticks)
    axes.set_ylim(0, max(4.0, 1.22 * max(base)))
    axes.locator_params(axis="y", integer=True)
    if figures.outcomes:
        _legend(axes, columns=4)
    else:
        _nothing(axes, translator(language))


def _times(axes: Axes, figures: Figures, ticks: Sequence[tuple[int, str]], language: str) -> None:
    _ = translator(language)
    spans = sorted(figures.seconds)
    half, most = [figures.seconds[span].half for span in spans], [figures.seconds[span].most for span in spans]
    _over_time(axes, figures, ticks)
    axes.set_ylim(0, max(1.0, 1.3 * max(most, default=0.0)))
    axes.locator_params(axis="y", nbins=5, steps=[1, 2, 5, 10])
    axes.yaxis.set_major_formatter(lambda value, _place: format_decimal(value, "#,##0.##", locale=language))
    if not spans:
        _nothing(axes, _)
        return
    for values, colour, name in ((most, _SLOW, _("95% within")), (half, _ACCENT, _("half within"))):
        axes.plot(spans, values, color=colour, linewidth=2.2, marker="o", markersize=5, label=name, zorder=3)
    _legend(axes, columns=2)


def _bars(axes: Axes, counts: Mapping[str, int], colour: str, _: Gettext) -> None:
    """A bar for each of the most frequent, with its name above it and its count at its end."""
    shown = list(counts.items())[:_MOST_BARS]
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_ylim(_MOST_BARS - 0.4, -0.6)
    axes.set_xlim(0, 1)
    if not shown:
        _nothing(axes, _)
        return
    most = shown[0][1]
    for place, (name, count) in enumerate(shown):
        axes.barh(place, 0.36 * count / most, 0.5, left=0.5, color=colour)
        short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        axes.text(0.03, place, short, color=_BRIGHT, fontsize=10.5, va="center")
        axes.text(0.52 + 0.36 * count / most, place, str(count), color=_DIM, fontsize=10.5, va="center")


def _over_time(axes: Axes, figures: Figures, ticks: Sequence[tuple[int, str]]) -> None:
    axes.set_xlim(-0.7, figures.spans - 0.3)
    axes.set_xticks([place for place, _ in ticks], [text for _, text in ticks])
    axes.yaxis.grid(visible=True, color=_LINE, linewidth=1, zorder=0)


def _legend(axes: Axes, columns: int) -> None:
    axes.legend(
        loc="upper left",
        ncols=columns,
        frameon=False,
        labelcolor=_BRIGHT,
        fontsize=10.5,
        handlelength=1,
        columnspacing=1,
    )


def _nothing(axes: Axes, _: Gettext) -> None:
    place: dict[str, Any] = {"transform": axes.transAxes, "ha": "center", "va": "center"}
    axes.text(0.5, 0.5, _("nothing yet"), **place, color=_DIM, fontsize=13, backgroundcolor=_PANEL)


def _outcome(name: str, language: str) -> str:
    if name in list(Verdict):
        # Without its sign, for which the font has no glyph.
        return name_verdict(Verdict(name), language).partition(" ")[2]
    return translator(language)(_STATES.get(name, name))


def _ticks(figures: Figures, period: Period, language: str) -> list[tuple[int, str]]:
    """About seven moments, each with the place of its span; the last one is always among them."""
    pattern: Callable[[datetime], str] = {
        Period.DAY: lambda when: format_datetime(when, "HH:mm", locale=language),
        Period.WEEK: lambda when: format_datetime(when, "E d", locale=language),
        Period.MONTH: lambda when: format_datetime(when, "d MMM", locale=language),
    }[period]
    every = max(1, figures.spans // 7)
    places = range((figures.spans - 1) % every, figures.spans, every)
    return [(place, pattern(figures.begin + place * figures.step)) for place in places]

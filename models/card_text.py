"""A model card for people, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from models.card import ModelCard
from models.precision.parity import Parity


def card_markdown(card: ModelCard) -> str:
    """All of ``card``: intended use, limits, figures with intervals and commands, data with licences, weights."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: ModelCard) -> Iterator[str]:
    yield f"# {card.name} {card.version}"
    yield ""
    yield card.intended_use
    yield ""
    yield "## Limits"
    yield ""
    yield from (f"- {limit}" for limit in card.limits)
    yield ""
    yield "## Figures"
    yield ""
    if card.figures:
        yield from _table(
            ("figure", "value", "95 % interval", "fold", "pictures", "command"),
            (
                (
                    figure.name,
                    f"{figure.value:.3f}",
                    f"{figure.low:.3f} to {figure.high:.3f}",
                    figure.fold,
                    str(figure.pictures),
                    f"`{figure.command}`",
                )
                for figure in card.figures
            ),
        )
    else:
        yield "None measured."
    yield ""
    yield "## Verdict"
    yield ""
    cuts = card.thresholds
    unless = ", unless the most probable label is one of these" if len(card.labels) > 2 else ""
    yield from _bullets(
        ("Positive", f"the probability of {' + '.join(cuts.positive)}"),
        ("Unsuspicious", f"below {cuts.unsuspicious_below:.4g}{unless}"),
        ("Suspicious", f"from {cuts.suspicious_from:.4g}"),
        ("Cuts chosen on", f"{cuts.chosen_on}: {cuts.rule}"),
        ("Calibration", f"temperature {card.calibration.temperature:.4g}, chosen on {card.calibration.chosen_on}"),
        *_label_set(card),
        (
            "Refused as unlike the training data",
            f"{card.novelty.method} above {card.novelty.threshold:.4g}, which {card.novelty.quantile:.1%} of "
            f"{card.novelty.chosen_on} stay below",
        ),
    )
    yield ""
    yield from _table(("label", "risk"), ((label.code, label.risk) for label in card.labels))
    yield ""
    yield from _reliability(card)
    yield from _reference(card)
    yield from _parity(card)
    yield "## Data"
    yield ""
    yield from _table(
        ("name", "source", "licence", "pictures", "split"),
        ((item.name, item.source, item.licence, str(item.pictures), item.split) for item in card.data),
    )
    yield ""
    yield "## Picture and weights"
    yield ""
    quality = card.quality
    yield from _bullets(
        ("Modality", card.modality),
        ("Input", f"{card.input.width} x {card.input.height} pixels, {card.input.fit}"),
        ("Shorter side", f"from {quality.min_side} pixels"),
        ("Sharpness", f"from {quality.min_sharpness:g}"),
        ("Brightness", f"{quality.min_brightness:g} to {quality.max_brightness:g} of 255"),
        ("Colourfulness", f"from {quality.min_colourfulness:g} of 255"),
        ("Border", f"up to {quality.max_border:.0%} of the picture"),
        ("Plainness", f"up to {quality.max_plainness:.0%} of the picture in three levels of luma"),
        ("Made", f"{card.created.isoformat()} with {card.framework}"),
        *((("Ensemble", f"the mean of these {len(card.files)} networks"),) if len(card.files) > 1 else ()),
        *((file.path, f"{file.architecture}, SHA-256 `{file.sha256}`") for file in card.files),
    )


def _label_set(card: ModelCard) -> list[tuple[str, str]]:
    if card.conformal is None:
        return []
    cuts = ", ".join(f"{code} {cut:.4g}" for code, cut in card.conformal.cuts.items())
    text = (
        f"those whose probability reaches their cut ({cuts}), the true one among them in {card.conformal.coverage:.0%} "
        f"of the pictures of each label; more than {card.conformal.most} and the reading is unclear; cuts chosen on "
        f"{card.conformal.chosen_on}"
    )
    return [("Labels that may be meant", text)]


def _reliability(card: ModelCard) -> Iterator[str]:
    if card.reliability is None:
        return
    yield "## Calibration"
    yield ""
    yield (
        "The probability of the most probable label as the model tells it, and how often that label is right, before "
        f"and after the temperature ({card.reliability.fold} fold)."
    )
    yield ""
    for name, bins in (("before", card.reliability.before), ("after", card.reliability.after)):
        rows = ((f"{found.told:.3f}", f"{found.right:.3f}", str(found.pictures)) for found in bins)
        yield from _table((f"told, {name}", "right", "pictures"), rows)
        yield ""


def _reference(card: ModelCard) -> Iterator[str]:
    if card.reference is None:
        return
    found = card.reference
    verdicts = ", ".join(f"{name} {share:.1%}" for name, share in found.verdicts.items())
    refusals = ", ".join(f"{code} {share:.1%}" for code, share in found.refusals.items()) or "none"
    yield "## Reference"
    yield ""
    yield f"What `python -m models drift` compares with: {found.pictures} pictures, {found.measured_on}."
    yield ""
    yield from _bullets(
        ("Verdicts", verdicts),
        ("Refused", refusals),
        ("Novelty", f"a tenth each up to {', '.join(f'{value:.3g}' for value in found.novelty)} and beyond"),
    )
    yield ""


def _parity(card: ModelCard) -> Iterator[str]:
    if not card.parity:
        return
    yield "## Precision"
    yield ""
    for precision in dict.fromkeys(record.precision for record in card.parity):
        records = [record for record in card.parity if record.precision is precision]
        use = "may be used" if card.allows(precision) else "is not used"
        yield f"What changes where the networks are computed in {precision} instead of f32. It {use}."
        yield ""
        yield from _table(
            ("fold", "pictures", "probability, largest and mean", "verdicts", "refusals", "AUC", "heat map, largest "
             "and 99 %", "novelty over limit", "beyond limits", "computed by", "command"),
            (_parity_row(record) for record in records),
        )  # fmt: skip
        yield ""


def _parity_row(record: Parity) -> tuple[str, ...]:
    return (
        record.fold,
        str(record.pictures),
        f"{record.probability_largest:.4f}, {record.probability_mean:.5f}",
        f"{record.verdicts_changed:.2%}",
        f"{record.refusals_changed:.2%}",
        f"{record.auc:.4f} ({record.auc_difference:+.5f})",
        f"{record.heatmap_largest:.3f}, {record.heatmap_p99:.3f}",
        f"{record.novelty_largest:.3f}",
        "; ".join(record.faults()) or "nothing",
        f"{record.engine}; {record.processor}",
        f"`{record.command}`",
    )


def _bullets(*pairs: tuple[str, str]) -> Iterator[str]:
    return (f"- {name}: {text}" for name, text in pairs)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from (_row(row) for row in rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

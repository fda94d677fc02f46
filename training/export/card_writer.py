"""A model's folder is written so that whoever reads it at any moment finds a card and the weights it names."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.card import Figure, ModelCard, Reliability, WeightsFile
from models.catalog import CARD
from models.engines.base import EngineOutput, sha256_of
from models.golden import GOLDEN

CARD_FIGURES: Mapping[str, str] = {
    "auc": "ROC AUC",
    "macro_auc": "macro ROC AUC (each class against the rest)",
    "balanced_accuracy_argmax": "balanced accuracy (most probable class)",
    "macro_f1": "macro F1 (most probable class)",
    "accuracy": "accuracy (most probable class)",
    "pr_auc": "PR AUC",
    "sensitivity": "sensitivity (not called unsuspicious)",
    "specificity": "specificity (called unsuspicious)",
    "sensitivity_suspicious": "sensitivity (called suspicious)",
    "specificity_suspicious": "specificity (not called suspicious)",
    "balanced_accuracy": "balanced accuracy (called unsuspicious or not)",
    "brier": "Brier score",
    "ece": "ECE",
    "ece_before": "ECE before calibration",
    "unclear_share": "share called unclear",
    "missed_share": "share of positives among those called unsuspicious",
    "precision_suspicious": "share of positives among those called suspicious",
    "set_coverage": "share of named conformal sets with the true label",
    "set_size": "labels in a named conformal set, on average",
    "set_too_large": "share with a conformal set that is too large to name",
}
"""Which figures of ``metrics.json`` go into a card, and what they are called there."""
OF_MANY_CLASSES = frozenset({"macro_auc", "balanced_accuracy_argmax", "macro_f1"})
"""Of two classes they say hardly more than the figures beside them."""
OF_MEMBERS = ("auc", "macro_auc", "balanced_accuracy_argmax")


@dataclass(frozen=True)
class Exported:
    """A network's ONNX file at ``path``, and what its framework computed for the pictures of the parity check."""

    path: Path
    architecture: str
    reference: EngineOutput


def weights_file(path: Path, architecture: str) -> WeightsFile:
    """The card's entry of the network in the file at ``path``, which is named after its content."""
    sha256 = sha256_of(path)
    return WeightsFile(path=f"{architecture}-{sha256[:8]}.onnx", sha256=sha256, architecture=architecture)


def next_patch(version: str) -> str:
    """The version after ``version`` of the same network: "0.1.0" becomes "0.1.1"."""
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def card_figures(report: Mapping[str, Any], only: Sequence[str] = ()) -> tuple[Figure, ...]:
    """The card's figures out of a report as ``metrics.json`` holds it, of ``only`` these where it names any: of the
    model, of the worst simulated shift, and of each member of an ensemble. What is not defined is left out."""
    many = len(report["pictures"]) > 2
    figures = report["figures"]
    found = [
        (CARD_FIGURES[name], figures.get(name))
        for name in only or CARD_FIGURES
        if many or name in only or name not in OF_MANY_CLASSES
    ]
    if not only:
        found += [
            (f"{CARD_FIGURES[name]} under the worst simulated shift: {figure['shift']}", figure)
            for name, figure in report.get("worst_shift", {}).items()
        ]
        found += [
            (f"{CARD_FIGURES[name]} of {member['architecture']} alone", member["figures"].get(name))
            for member in report.get("members", ())
            for name in OF_MEMBERS
            if many or name not in OF_MANY_CLASSES
        ]
    return tuple(_figure(name, figure, report) for name, figure in found if figure and None not in figure.values())


def card_reliability(report: Mapping[str, Any]) -> Reliability:
    """The card's reliability out of a report as ``metrics.json`` holds it."""
    return Reliability.model_validate({"fold": report["fold"]} | report["reliability"])


def _figure(name: str, figure: Mapping[str, Any], report: Mapping[str, Any]) -> Figure:
    return Figure(
        name=name,
        value=round(figure["value"], 4),
        low=round(figure["low"], 4),
        high=round(figure["high"], 4),
        fold=report["fold"],
        pictures=sum(report["pictures"].values()),
        command=report["command"],
    )


def stage(folder: Path, card: ModelCard, weights: Sequence[Path]) -> None:
    """``folder`` becomes a model's folder with ``card`` and the files that it names, copies of ``weights`` in order."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for entry, path in zip(card.files, weights, strict=True):
        shutil.copyfile(path, folder / entry.path)
    card.write(folder / CARD)


def replace_card(folder: Path, card: ModelCard) -> None:
    """``card`` takes the place of the one in the model's ``folder``, in one step."""
    partial = folder / f".{CARD}.partial"
    card.write(partial)
    partial.replace(folder / CARD)


def place(staged: Path, weights_dir: Path) -> Path:
    """Puts the model of the folder ``staged`` into ``weights_dir``, replacing one of its name. Returns its folder.

    Golden outputs go with card and weights. Weights are named after their content, so the new ones lie beside the old
    until the card, replaced in one step, names them; then what no card names is removed.
    """
    card = ModelCard.read(staged / CARD)
    target = weights_dir / card.name
    target.mkdir(parents=True, exist_ok=True)
    for name in [*(file.path for file in card.files), GOLDEN, CARD]:
        partial = target / f".{name}.partial"
        shutil.copyfile(staged / name, partial)
        partial.replace(target / name)
    named = {file.path for file in card.files}
    for path in target.glob("*.onnx"):
        if path.name not in named:
            path.unlink()
    return target

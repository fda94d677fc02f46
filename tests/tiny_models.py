"""Whole model folders in milliseconds: tiny ONNX networks of the one contract, with cards, for every package's tests.

The networks are arithmetic, so a test can say beforehand what comes out. With all colours in 0..1 and means taken over
the model's input:

- ``probabilities``: the positive labels share the mean of red (times the network's ``gain``), the others the rest.
  A picture whose red is 204 of 255 everywhere is ``malignant`` with 0.8.
- ``novelty``: ``2 * |mean blue - 0.5|``: blue 128 is familiar (0.004), blue 0 or 255 is as novel as can be (1.0).
  The card's threshold is 0.9, so a grey picture is refused when it is nearly black or nearly white.
- ``heatmap``: the mean brightness (of R, G and B alike) of each cell of an 8 x 8 grid.

The tiny router tells kinds by the strongest colour: red is dermoscopy, green a child's chest X-ray, blue an adult's;
what is dark in all three, or nearly white, is something else.

``write_tiny_weights(folder)`` gives what a bot needs, ``write_tiny_skin(folder)`` adds an ensemble of many classes;
``flat_png(red=204)`` is a picture whose answer is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from conversion import Fit, QualityLimits
from models.card import (
    Calibration,
    DataSource,
    Figure,
    InputSpec,
    Label,
    Modality,
    ModelCard,
    Novelty,
    Risk,
    Thresholds,
    WeightsFile,
)
from models.engines.base import Precision
from models.precision.parity import Parity
from models.routing import Kind

SIDE = 64
ROUTER_SIDE = 32
NOVELTY_THRESHOLD = 0.9
UNSUSPICIOUS_BELOW = 0.3
SUSPICIOUS_FROM = 0.7


@dataclass(frozen=True)
class TinyNetwork:
    """One network of a tiny model; several make an ensemble. ``gain`` scales red, ``heat_side`` is the heat map's."""

    gain: float = 1.0
    heat_side: int = 8


def write_tiny_weights(folder: Path) -> Path:
    """``folder`` with the tiny models ``melanoma`` (benign, malignant) and ``pneumonia`` (normal, pneumonia)."""
    write_tiny_model(folder, "melanoma")
    write_tiny_model(
        folder, "pneumonia", labels=("normal", "pneumonia"), positive=("pneumonia",), modality=Modality.CHEST_XRAY
    )
    return folder


def write_tiny_skin(folder: Path) -> ModelCard:
    """The tiny model ``skin`` in ``folder``: HAM10000's seven classes, an ensemble of two networks, the second of which
    halves red. ``akiec``, ``bcc`` and ``mel`` share three quarters of the mean of red, the others the rest."""
    return write_tiny_model(
        folder,
        "skin",
        labels=("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"),
        positive=("akiec", "bcc", "mel"),
        networks=(TinyNetwork(), TinyNetwork(gain=0.5, heat_side=4)),
    )


def write_tiny_router(folder: Path) -> ModelCard:
    """The tiny model ``router`` in ``folder``."""
    card = write_tiny_model(
        folder, "router", labels=tuple(Kind), positive=(Kind.OTHER,), modality=Modality.ANY, side=ROUTER_SIDE
    )
    data = tiny_router_network().SerializeToString()
    entry = card.files[0].model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})
    (folder / "router" / entry.path).write_bytes(data)
    card = card.model_copy(update={"files": (entry,)})
    card.write(folder / "router" / "card.json")
    return card


def write_tiny_model(
    folder: Path,
    name: str = "melanoma",
    *,
    labels: Sequence[str] = ("benign", "malignant"),
    positive: Sequence[str] = ("malignant",),
    networks: Sequence[TinyNetwork] = (TinyNetwork(),),
    modality: Modality = Modality.DERMOSCOPY,
    quality: QualityLimits | None = None,
    fit: Fit = Fit.STRETCH,
    version: str = "0.1.0",
    side: int = SIDE,
) -> ModelCard:
    """Writes ``folder/name/card.json`` and its ``.onnx`` files (``model0.onnx``...) and gives the card back.

    Without ``quality`` every picture of 64 px and more is good enough, flat ones too.
    """
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    files = []
    for number, network in enumerate(networks):
        data = tiny_network(labels, positive, network, side).SerializeToString()
        path = target / f"model{number}.onnx"
        path.write_bytes(data)
        files.append(WeightsFile(path=path.name, sha256=hashlib.sha256(data).hexdigest(), architecture="arithmetic"))
    card = ModelCard(
        name=name,
        version=version,
        created=date(2026, 1, 31),
        framework="onnx",
        modality=modality,
        files=tuple(files),
        input=InputSpec(height=side, width=side, fit=fit),
        labels=tuple(Label(code=code, risk=Risk.HIGH if code in positive else Risk.NONE) for code in labels),
        thresholds=Thresholds(
            positive=tuple(positive),
            unsuspicious_below=UNSUSPICIOUS_BELOW,
            suspicious_from=SUSPICIOUS_FROM,
            chosen_on="nothing",
            rule="round numbers",
        ),
        calibration=Calibration(temperature=1.0, chosen_on="nothing"),
        novelty=Novelty(method="blue", threshold=NOVELTY_THRESHOLD, quantile=0.99, chosen_on="nothing"),
        quality=quality or QualityLimits(),
        data=(DataSource(name="none", source="made by code", licence="CC0", pictures=1, split="none"),),
        figures=(Figure(name="AUC", value=0.9, low=0.85, high=0.94, fold="test", pictures=100, command="python -V"),),
        intended_use="Tests of the code around models.",
        limits=("It looks at the mean of red and at nothing else.",),
    )
    card.write(target / "card.json")
    return card


def tiny_parity(card: ModelCard, **changes: Any) -> Parity:
    """A record by which ``card`` may be computed in bfloat16, with ``changes``."""
    unchanged: dict[str, Any] = dict.fromkeys(
        (
            "probability_largest", "probability_mean", "verdicts_changed", "refusals_changed", "auc_difference",
            "heatmap_largest", "heatmap_p99", "novelty_largest",
        ),
        0.0,
    )  # fmt: skip
    told = {"fold": "test", "pictures": 1000, "auc": 0.9, "engine": "none", "processor": "none", "command": "python -V"}
    return Parity(**{**unchanged, **told, "precision": Precision.BF16, "weights_hash": card.weights_hash, **changes})


def allow_bf16(folder: Path, name: str = "melanoma", **changes: Any) -> ModelCard:
    """The card of the tiny model ``name`` in ``folder``, now with a record as ``tiny_parity`` makes it."""
    path = folder / name / "card.json"
    card = ModelCard.read(path)
    card = card.model_copy(update={"parity": (tiny_parity(card, **changes),)})
    card.write(path)
    return card


def tiny_network(
    labels: Sequence[str] = ("benign", "malignant"),
    positive: Sequence[str] = ("malignant",),
    network: TinyNetwork = TinyNetwork(),
    side: int = SIDE,
) -> onnx.ModelProto:
    """The graph described at the top of this file, for ``image`` uint8 ``[N, side, side, 3]``."""
    share = {code in positive: sum((other in positive) == (code in positive) for other in labels) for code in labels}
    slope = [network.gain / share[True] if code in positive else -network.gain / share[False] for code in labels]
    rest = [0.0 if code in positive else 1 / share[False] for code in labels]
    stride = side // network.heat_side
    constants = {
        "white": np.float32(255),
        "half": np.float32(0.5),
        "two": np.float32(2),
        "slope": np.array([slope], np.float32),
        "rest": np.array(rest, np.float32),
        "channel": np.array([1], np.int64),
        "red_from": np.array([0], np.int64),
        "red_to": np.array([1], np.int64),
        "blue": np.array(2, np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["number"], ["grey_level"], axes=[1, 2], keepdims=0),
        helper.make_node("Div", ["grey_level", "white"], ["mean"]),
        helper.make_node("Slice", ["mean", "red_from", "red_to", "channel"], ["mean_red"]),
        helper.make_node("MatMul", ["mean_red", "slope"], ["scaled"]),
        helper.make_node("Add", ["scaled", "rest"], ["probabilities"]),
        helper.make_node("Gather", ["mean", "blue"], ["mean_blue"], axis=1),
        helper.make_node("Sub", ["mean_blue", "half"], ["offset"]),
        helper.make_node("Abs", ["offset"], ["distance"]),
        helper.make_node("Mul", ["distance", "two"], ["novelty"]),
        helper.make_node("Div", ["number", "white"], ["colour"]),
        helper.make_node("ReduceMean", ["colour"], ["brightness"], axes=[3], keepdims=0),
        helper.make_node("Unsqueeze", ["brightness", "channel"], ["plane"]),
        helper.make_node("AveragePool", ["plane"], ["cells"], kernel_shape=[stride, stride], strides=[stride, stride]),
        helper.make_node("Squeeze", ["cells", "channel"], ["heatmap"]),
    ]
    return _of_the_contract(nodes, constants, side, len(labels), side // stride)


def tiny_router_network() -> onnx.ModelProto:
    """softmax(20 * (mean colour - 0.5), 0); the novelty is ``2 * |mean brightness - 0.5|``."""
    constants = {
        "white": np.float32(255),
        "half": np.float32(0.5),
        "two": np.float32(2),
        "steep": np.float32(20),
        "room": np.array([0, 0, 0, 1], np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["number"], ["grey_level"], axes=[1, 2], keepdims=0),
        helper.make_node("Div", ["grey_level", "white"], ["mean"]),
        helper.make_node("Sub", ["mean", "half"], ["above"]),
        helper.make_node("Mul", ["above", "steep"], ["scaled"]),
        helper.make_node("Pad", ["scaled", "room"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        helper.make_node("ReduceMean", ["above"], ["offset"], axes=[1], keepdims=0),
        helper.make_node("Abs", ["offset"], ["distance"]),
        helper.make_node("Mul", ["distance", "two"], ["novelty"]),
        helper.make_node("Div", ["number", "white"], ["colour"]),
        helper.make_node("ReduceMean", ["colour"], ["heatmap"], axes=[3], keepdims=0),
    ]
    return _of_the_contract(nodes, constants, ROUTER_SIDE, len(Kind), ROUTER_SIDE)


def _of_the_contract(
    nodes: Sequence[onnx.NodeProto], constants: Mapping[str, object], side: int, classes: int, heat: int
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", side, side, 3])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", classes]),
            helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, ["N", heat, heat]),
            helper.make_tensor_value_info("novelty", TensorProto.FLOAT, ["N"]),
        ],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model


def flat_png(red: int = 128, green: int = 128, blue: int = 128, *, width: int = 96, height: int = 96) -> bytes:
    """A PNG of one colour (0..255 each): the mean survives every resize, so a tiny model's answer is known exactly."""
    pixels = np.full((height, width, 3), (red, green, blue), np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()

"""Heat maps depend on what the network has learnt: the parameter randomisation of Adebayo et al. 2018, "Sanity checks
for saliency maps". An edge detector would pass none of this."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from scipy.stats import spearmanr

from models import Catalog
from models.card import Modality
from models.settings import WEIGHTS

SEED = 7
LAYERS = {"Conv", "MatMul", "Gemm"}
UNPACKING = {"DequantizeLinear", "Cast", "Mul", "Transpose", "Reshape"}
NETWORKS = [
    pytest.param(WEIGHTS / name / file.path, id=f"{name}-{file.architecture}")
    for name, card in Catalog.load(WEIGHTS).cards.items()
    if card.modality is not Modality.ANY
    for file in card.files
]


def spots(count: int, side: int) -> NDArray[np.uint8]:
    """Pictures uint8 ``[count, side, side, 3]``: a dark spot somewhere on a rough ground, each of another colour."""
    generator = np.random.default_rng(SEED)
    down, across = np.indices((side, side)) / side
    pictures = []
    for _ in range(count):
        y, x, size = generator.uniform((0.2, 0.2, 0.05), (0.8, 0.8, 0.25))
        spot = np.exp(-((down - y) ** 2 + (across - x) ** 2) / size**2)[..., None]
        ground, ink = generator.uniform(130, 220, 3), generator.uniform(20, 110, 3)
        pictures.append(ground + (ink - ground) * spot + generator.normal(0, 8, (side, side, 3)))
    return np.clip(np.stack(pictures), 0, 255).astype(np.uint8)


def heatmaps(model: onnx.ModelProto, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(["heatmap"], {"image": pixels})
    return np.asarray(found)


def randomised(path: Path, share: float) -> onnx.ModelProto:
    """The network with the last ``share`` of its kernels, counted from the answer backwards, each in random order:
    their distribution stays, what they have learnt is lost."""
    model = onnx.load(path)
    generator = np.random.default_rng(SEED)
    place = _places(model.graph)
    kernels = sorted(
        (constant for constant in model.graph.initializer if len(constant.dims) in (2, 4) and constant.name in place),
        key=lambda constant: -place[constant.name],
    )
    for constant in kernels[: max(1, round(share * len(kernels)))]:
        values = numpy_helper.to_array(constant)
        shuffled = generator.permutation(values.ravel()).reshape(values.shape)
        constant.CopyFrom(numpy_helper.from_array(shuffled, constant.name))
    return model


def _places(graph: onnx.GraphProto) -> dict[str, int]:
    """Where in the graph the layer lies that a constant is a kernel of, by way of the operations that unpack it."""
    place: dict[str, int] = {}
    for number, node in reversed(list(enumerate(graph.node))):
        for name in node.input:
            if node.op_type in LAYERS:
                place[name] = number
            elif place.get(node.output[0]) is not None and node.op_type in UNPACKING:
                place[name] = place[node.output[0]]
    return place


def likeness(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Mean rank correlation of the heat maps that show anything at all."""
    pairs = zip(first.reshape(len(first), -1), second.reshape(len(second), -1), strict=True)
    found = [spearmanr(a, b).statistic if np.ptp(a) and np.ptp(b) else 0.0 for a, b in pairs]
    return float(np.mean(found))


@pytest.mark.parametrize("path", NETWORKS)
def test_random_kernels_give_other_heat_maps(path: Path) -> None:
    model = onnx.load(path)
    side = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    pixels = spots(24, side)
    learnt = heatmaps(model, pixels)
    assert np.ptp(learnt, axis=(1, 2)).max() > 0.5
    np.testing.assert_allclose(heatmaps(onnx.load(path), pixels), learnt, atol=1e-3)
    found = {share: likeness(learnt, heatmaps(randomised(path, share), pixels)) for share in (0.1, 0.5, 1.0)}
    # With the features of the early layers left, a spot on a plain ground still stands out; without them nothing does.
    assert found[0.1] < 0.9, found
    assert found[0.5] < 0.7, found
    assert abs(found[1.0]) < 0.3, found

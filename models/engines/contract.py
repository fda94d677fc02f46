"""The one contract of every network, checked when an engine loads it and on whatever it computes.

Input ``image`` uint8 ``[N, H, W, 3]``; outputs ``probabilities`` float32 ``[N, C]``, ``heatmap`` float32 ``[N, h, w]``
and ``novelty`` float32 ``[N]``; N is free. The file is whole, no tensor being kept in another, and is made of nothing
but what ``permitted`` lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.engines.base import Engine, EngineOutput, NetworkFile, TensorSpec
from models.engines.onnx_file import read_onnx
from models.engines.permitted import check_permitted
from models.errors import ContractViolation

IMAGE = "image"
OUTPUTS = ("probabilities", "heatmap", "novelty")
MAX_BYTES = 1 << 28
"""The largest network that training writes has 40 million weights, 160 MB in float32."""
ROUNDING = 1e-3


def check_file(network: NetworkFile) -> None:
    """Before an engine reads the file: raises ``ContractViolation`` when it is too large, is no ONNX file, holds what
    no network of ours does, points at other files, or says itself that its inputs or outputs are not the contract's.
    """
    path = network.path
    if path.stat().st_size > MAX_BYTES:
        raise ContractViolation(f"{path.name}: larger than {MAX_BYTES >> 20} MB")
    try:
        found = read_onnx(path)
    except ValueError as error:
        raise ContractViolation(f"{path.name}: not an ONNX file ({error})") from error
    try:
        check_permitted(found)
    except ValueError as error:
        raise ContractViolation(f"{path.name}: {error}; it is not loaded") from error
    check_signature(network, found.inputs, found.outputs)


def check_signature(network: NetworkFile, inputs: Mapping[str, TensorSpec], outputs: Mapping[str, TensorSpec]) -> None:
    """Raises ``ContractViolation`` when names, types or shapes are not the contract's; dimensions that the file leaves
    open are left to ``check_output``."""
    expected_inputs = {IMAGE: TensorSpec("uint8", (None, network.height, network.width, 3))}
    expected_outputs = {
        "probabilities": TensorSpec("float32", (None, network.classes)),
        "heatmap": TensorSpec("float32", (None, None, None)),
        "novelty": TensorSpec("float32", (None,)),
    }
    for kind, found, expected in (("inputs", inputs, expected_inputs), ("outputs", outputs, expected_outputs)):
        if set(found) != set(expected):
            raise ContractViolation(
                f"{network.path.name}: its {kind} are {_names(found)}, the contract's are {_names(expected)}"
            )
        for name, spec in expected.items():
            _check_tensor(f"{network.path.name}: {name}", found[name], spec)


def _check_tensor(title: str, found: TensorSpec, expected: TensorSpec) -> None:
    if found.dtype != expected.dtype:
        raise ContractViolation(f"{title} is {found.dtype}, the contract's is {expected.dtype}")
    if found.shape is None or expected.shape is None:
        return
    fits = len(found.shape) == len(expected.shape) and all(
        size is None or wanted is None or size == wanted
        for size, wanted in zip(found.shape, expected.shape, strict=True)
    )
    if not fits:
        raise ContractViolation(f"{title} is {_shape(found.shape)}, the card says {_shape(expected.shape)}")
    if found.shape[0] is not None:
        raise ContractViolation(f"{title} takes {found.shape[0]} pictures at a time; the contract leaves that open")


def check_images(network: NetworkFile, images: NDArray[np.uint8]) -> None:
    """Raises ``ValueError`` when ``images`` are not what the network's input takes."""
    if images.dtype != np.uint8 or images.shape[1:] != (network.height, network.width, 3) or not len(images):
        wanted = _shape((None, network.height, network.width, 3))
        raise ValueError(f"images are {images.dtype} {_shape(images.shape)}, not uint8 {wanted}")


def check_output(network: NetworkFile, pictures: int, arrays: Sequence[NDArray[np.float32]]) -> EngineOutput:
    """``arrays`` in the order of ``OUTPUTS``, once they are what the contract promises for so many ``pictures``.

    Raises ``ContractViolation`` for another shape, a number that is not finite, or one out of its range.
    """
    title = network.path.name
    for name, array, rank in zip(OUTPUTS, arrays, (2, 3, 1), strict=True):
        if array.dtype != np.float32 or array.ndim != rank or len(array) != pictures or not array.size:
            raise ContractViolation(f"{title}: {name} of {pictures} pictures is {array.dtype} {_shape(array.shape)}")
        if not np.isfinite(array).all():
            raise ContractViolation(f"{title}: {name} holds numbers that are not finite")
    probabilities, heatmap, novelty = arrays
    if probabilities.shape[1] != network.classes:
        raise ContractViolation(
            f"{title}: {probabilities.shape[1]} probabilities, the card has {network.classes} labels"
        )
    for name, array in (("probabilities", probabilities), ("heatmap", heatmap)):
        if array.min() < -ROUNDING or array.max() > 1 + ROUNDING:
            raise ContractViolation(f"{title}: {name} leave 0..1: {array.min():.4g}..{array.max():.4g}")
    if np.abs(probabilities.sum(axis=1) - 1).max() > ROUNDING:
        raise ContractViolation(f"{title}: probabilities do not sum to 1")
    return EngineOutput(np.clip(probabilities, 0, 1), np.clip(heatmap, 0, 1), novelty)


def try_out(engine: Engine, network: NetworkFile) -> None:
    """Runs two grey pictures, which also makes the first real one quick. Raises ``ContractViolation``."""
    engine.infer(np.full((2, network.height, network.width, 3), 128, np.uint8))


def _names(tensors: Mapping[str, TensorSpec]) -> str:
    return ", ".join(sorted(tensors)) or "none"


def _shape(shape: Sequence[int | None]) -> str:
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"

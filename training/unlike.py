"""``python -m training.unlike model=NAME data.root=DIR others=DIR``: how well several measures of novelty tell pictures
of ``others`` from the model's own, which took no part in its training. What is best there belongs in the graph.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import hydra
import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from omegaconf import DictConfig
from sklearn.covariance import LedoitWolf
from sklearn.neighbors import NearestNeighbors

from models.catalog import Catalog
from training.command import refusing_clearly
from training.data import DataError, Sample, load_pictures
from training.data.samples import SUFFIXES
from training.evaluation.bootstrap import intervals
from training.evaluation.datasets import configuration, data_settings, prepare_folds
from training.evaluation.metrics import roc_auc
from training.evaluation.ranking import Ranking
from training.export.card_builder import fold_samples
from training.novelty import FeatureSpace

Floats = NDArray[np.float64]
BATCH = 16
FEWEST_FEATURES = 128


@dataclass(frozen=True)
class Seen:
    """What a network makes of N pictures: pooled ``features`` ``[N, D]``, ``probabilities`` ``[N, C]`` and the
    ``novelty`` ``[N]`` that is in its graph."""

    features: Floats
    probabilities: Floats
    novelty: Floats


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="unlike")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        compare(config)


def compare(config: DictConfig) -> dict[str, dict[str, float]]:
    """Prints the AUROC of each measure with its 95 % bootstrap interval and writes them to ``config.out``. Raises
    ``DataError``."""
    catalog = Catalog.load(Path(config.weights_dir))
    if config.model not in catalog.cards:
        raise DataError(f"model={config.model}: no such model in {config.weights_dir}.")
    card = catalog.card(config.model)
    data = data_settings(config.model, config.data, card.codes)
    prepared = prepare_folds(data, configuration(config.model).seed)
    cache = Path(data.cache) if data.cache else None
    spec = card.input

    def pixels(samples: list[Sample]) -> NDArray[np.uint8]:
        return load_pictures(samples, spec.height, spec.width, spec.fit, cache).pixels

    train, own = (pixels(fold_samples(prepared, fold)) for fold in ("train", "calibration"))
    others = pixels(_pictures(Path(config.others)))
    found: dict[str, list[Floats]] = {}
    for network in catalog.networks(config.model):
        observe = Observer(network.path)
        seen = [observe(part) for part in (train, own, others)]
        for name, distances in _distances(*seen).items():
            found.setdefault(name, []).append(distances)
    unlike = np.arange(len(own) + len(others)) >= len(own)
    report = {name: _auroc(np.mean(each, axis=0), unlike, config.resamples) for name, each in found.items()}
    sys.stdout.write(f"{config.model}: {len(own)} of its own pictures, {len(others)} others\n")
    for name, figure in sorted(report.items(), key=lambda item: -item[1]["value"]):
        sys.stdout.write(f"{name:52} {figure['value']:.4f}  ({figure['low']:.4f} to {figure['high']:.4f})\n")
    Path(config.out).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def _pictures(folder: Path) -> list[Sample]:
    found = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file()]
    if not found:
        raise DataError(f"others={folder}: no pictures there.")
    return [Sample(path, 0, path.stem) for path in found]


def _distances(train: Seen, own: Seen, others: Seen) -> Mapping[str, Floats]:
    """Each measure, larger for what is less alike, of ``own`` and then ``others``."""
    features, both = train.features, np.concatenate([own.features, others.features])
    probabilities = np.concatenate([own.probabilities, others.probabilities])
    space = FeatureSpace.fit(features.astype(np.float32), 64)
    shrunk = LedoitWolf().fit(features)
    return {
        "in the graph (Mahalanobis under probabilistic PCA)": np.concatenate([own.novelty, others.novelty]),
        "distance from the principal subspace": _residual(space, both),
        "Mahalanobis, shrunk covariance": np.sqrt(shrunk.mahalanobis(both)),
        "10th nearest neighbour, normalised": _neighbour(_unit(features), _unit(both)),
        "10th nearest neighbour": _neighbour(features, both),
        "1 - largest probability": 1 - probabilities.max(axis=1),
    }


def _residual(space: FeatureSpace, features: Floats) -> Floats:
    centred = features - space.mean
    residual: Floats = np.linalg.norm(centred - (centred @ space.axes) @ space.axes.T, axis=1)
    return residual


def _neighbour(bank: Floats, features: Floats) -> Floats:
    """The distance from the 10th nearest of ``bank`` (Sun et al. 2022)."""
    distances, _ = NearestNeighbors(n_neighbors=10).fit(bank).kneighbors(features)
    farthest: Floats = distances[:, -1]
    return farthest


def _unit(features: Floats) -> Floats:
    lengths: Floats = np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return features / lengths


def _auroc(distances: Floats, unlike: NDArray[np.bool_], resamples: int) -> dict[str, float]:
    ranking = Ranking.of(distances, unlike)
    groups = np.arange(len(unlike)).astype(str)
    low, high = intervals(lambda counts: {"auroc": ranking.auc(counts)}, groups, resamples)["auroc"]
    return {"value": roc_auc(distances, unlike), "low": low, "high": high}


class Observer:
    """Runs a graph of the contract with one more output: the pooled features that its novelty is measured on."""

    def __init__(self, path: Path) -> None:
        model = onnx.load(path)
        self._features = _pooled(model.graph)
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(self._features))
        self._session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def __call__(self, pixels: NDArray[np.uint8]) -> Seen:
        names = [self._features, "probabilities", "novelty"]
        parts = [
            self._session.run(names, {"image": pixels[start : start + BATCH]}) for start in range(0, len(pixels), BATCH)
        ]
        features, probabilities, novelty = (
            np.concatenate(column).astype(np.float64) for column in zip(*parts, strict=True)
        )
        return Seen(features.reshape(len(pixels), -1), probabilities, novelty)


def _pooled(graph: onnx.GraphProto) -> str:
    """The tensor that the mean of the training features is subtracted from, on the way to ``novelty``."""
    made_by = {name: node for node in graph.node for name in node.output}
    sizes = {constant.name: int(np.prod(constant.dims)) for constant in graph.initializer}
    for name in _backwards(made_by, "novelty"):
        node = made_by[name]
        if node.op_type == "Sub" and sizes.get(node.input[1], 0) >= FEWEST_FEATURES:
            return str(node.input[0])
    raise DataError("the graph does not measure its novelty on pooled features.")


def _backwards(made_by: Mapping[str, onnx.NodeProto], start: str) -> Iterator[str]:
    """The names of computed tensors that ``start`` depends on, the nearest first."""
    queue, met = [start], {start}
    while queue:
        name = queue.pop(0)
        yield name
        for source in made_by[name].input:
            if source in made_by and source not in met:
                met.add(source)
                queue.append(source)


if __name__ == "__main__":
    main()

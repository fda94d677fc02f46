"""Run as a script, in a process without PyTorch: the served Keras network against Keras itself.

Writes to the file named on the command line what the test then compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from training.melanoma.export import export_onnx
from training.melanoma.framework import keras, set_up, tf
from training.melanoma.network import build_network
from training.melanoma.reference import load, save
from training.melanoma.served import (
    ServedNetwork,
    feature_extractor,
    for_serving,
    observer,
    run_served,
    with_dense_maps,
)
from training.novelty import FeatureSpace

SIZE, TEMPERATURE = 64, 1.7


def trained_looking_network(random: np.random.Generator) -> keras.Model:
    """Random weights whose batch normalisations are not the identity."""
    network = build_network("ResNet50", ["benign", "malignant"], pretrained="none", dense=64, dropout=0.5)
    inner = [layer for part in network.layers if isinstance(part, keras.Model) for layer in part.layers]
    for layer in [*network.layers, *inner]:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights([
                random.uniform(0.5, 1.5, gamma.shape), random.normal(0, 0.2, beta.shape),
                random.normal(0, 0.2, mean.shape), random.uniform(0.5, 2, variance.shape),
            ])  # fmt: skip
    return network


def grad_cam(network: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """Selvaraju et al. 2017, by a gradient tape through the head's own layers."""
    maps = feature_extractor(network)(pixels.astype(np.float32), training=False)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        hidden = maps
        names = [layer.name for layer in network.layers]
        for name in names[names.index("pooled") : names.index("probabilities")]:
            hidden = network.get_layer(name)(hidden, training=False)
        top = tf.reduce_max(hidden, axis=1)
    weights = tf.reduce_mean(tape.gradient(top, maps), axis=(1, 2))
    cam = tf.nn.relu(tf.einsum("nhwc,nc->nhw", maps, weights)).numpy()
    return cam / np.maximum(cam.max(axis=(1, 2), keepdims=True), 1e-12)


def main(out: Path) -> None:
    set_up(0, 2)
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (12, SIZE, SIZE, 3), dtype=np.uint8)
    strided = trained_looking_network(random)
    network = with_dense_maps(strided)
    coarse, fine = (feature_extractor(each)(pixels.astype(np.float32), training=False) for each in (strided, network))
    before = observer(network)(pixels)
    network = for_serving(network)
    features, logits = observer(network)(pixels)
    bias = network.get_layer("head_logits")
    bias.set_weights([bias.get_weights()[0], -np.median(logits, axis=0)])
    _, logits = observer(network)(pixels)
    served = ServedNetwork(network, TEMPERATURE, FeatureSpace.fit(features, 4))
    found = run_served(served, pixels)
    export_onnx(served, out.with_suffix(".onnx"), SIZE)
    save(served, out.parent, classes=["benign", "malignant"], dense=64)
    again = run_served(load(out.parent), pixels)
    np.savez(
        out, pixels=pixels, logits=logits, features=features, features_unfolded=before[0],
        maps_coarse=coarse, maps_fine=fine,
        probabilities=found.probabilities, heatmap=found.heatmap, novelty=found.novelty,
        probabilities_again=again.probabilities, novelty_again=again.novelty,
        tape=grad_cam(network, pixels), torch_was_imported="torch" in sys.modules,
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))

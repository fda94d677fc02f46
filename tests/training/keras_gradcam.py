"""Run as a script, in a process without PyTorch: the served Keras network against Keras itself.

Writes to the file named on the command line what the test then compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from training.melanoma.export import export_onnx
from training.melanoma.framework import keras, set_up, tf
from training.melanoma.network import PARTS, backbone_of, build_network, take_scaled_rgb, train_only
from training.melanoma.reference import load, save
from training.melanoma.served import (
    FLIPS,
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
    network = build_network("ResNet50", ["benign", "malignant"], dense=64, dropout=0.5)
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
    """Selvaraju et al. 2017, by a gradient tape through the head's own layers, for a picture and its mirror image."""
    names = [layer.name for layer in network.layers]
    head = names[names.index("pooled") : names.index("probabilities")]
    looked_at = [pixels, pixels[:, :, ::-1]]
    maps = [feature_extractor(network)(each.astype(np.float32), training=False) for each in looked_at]
    with tf.GradientTape() as tape:
        tape.watch(maps)
        found = []
        for each in maps:
            hidden = each
            for name in head:
                hidden = network.get_layer(name)(hidden, training=False)
            found.append(hidden)
        top = tf.reduce_max(sum(found), axis=1)
    weights = [tf.reduce_sum(gradient, axis=(1, 2)) for gradient in tape.gradient(top, maps)]
    cams = [tf.einsum("nhwc,nc->nhw", *pair).numpy() for pair in zip(maps, weights, strict=True)]
    cam = np.maximum(cams[0] + cams[1][:, :, ::-1], 0)
    return cam / np.maximum(cam.max(axis=(1, 2), keepdims=True), 1e-12)


def first_features(network: keras.Model, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the first convolution gives for ImageNet's weights: as Keras documents them (BGR less the mean), and as the
    network here does after ``take_scaled_rgb``."""
    backbone = backbone_of(network)

    def features(values: np.ndarray) -> np.ndarray:
        return keras.Model(backbone.input, backbone.get_layer("conv1_conv").output)(values, training=False).numpy()

    documented = features(keras.applications.resnet.preprocess_input(pixels.astype(np.float32)))
    take_scaled_rgb(backbone)
    return documented, features(network.get_layer("normalise")(pixels.astype(np.float32)).numpy())


def learning(network: keras.Model, part: str) -> list[str]:
    """Names of the layers with weights that change in training."""
    train_only(network, part)
    layers = [*backbone_of(network).layers, *network.layers[network.layers.index(backbone_of(network)) + 1 :]]
    return sorted({layer.name for layer in layers if layer.trainable_weights})


def main(out: Path) -> None:
    set_up(0, 2)
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (12, SIZE, SIZE, 3), dtype=np.uint8)
    strided = trained_looking_network(random)
    network = with_dense_maps(strided)
    strided_answers = strided.predict(pixels, verbose=0)
    coarse, fine = (feature_extractor(each)(pixels.astype(np.float32), training=False) for each in (strided, network))
    dense_answers = network.predict(pixels, verbose=0)
    before = observer(network, FLIPS[2])(pixels)
    network = for_serving(network)
    features, logits = observer(network, FLIPS[2])(pixels)
    bias = network.get_layer("head_logits")
    bias.set_weights([bias.get_weights()[0], -np.median(logits, axis=0)])
    _, logits = observer(network, FLIPS[2])(pixels)
    served = ServedNetwork(network, TEMPERATURE, FeatureSpace.fit(features, 4), FLIPS[2])
    found = run_served(served, pixels)
    export_onnx(served, out.with_suffix(".onnx"), SIZE)
    save(served, out.parent, classes=["benign", "malignant"], dense=64)
    again = run_served(load(out.parent), pixels)
    documented, own = first_features(strided, pixels)
    np.savez(
        out, strided_answers=strided_answers, dense_answers=dense_answers, documented=documented, own=own,
        **{f"learning_{part}": learning(strided, part) for part in PARTS},
        pixels=pixels, logits=logits, features=features, features_unfolded=before[0],
        maps_coarse=coarse, maps_fine=fine,
        probabilities=found.probabilities, heatmap=found.heatmap, novelty=found.novelty,
        probabilities_again=again.probabilities, novelty_again=again.novelty,
        tape=grad_cam(network, pixels), torch_was_imported="torch" in sys.modules,
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))

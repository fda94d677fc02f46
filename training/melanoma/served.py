"""The network as it is served: pictures in, probabilities, heat map and novelty out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.engines.base import EngineOutput
from training.export.narrow import to_eight_bit
from training.melanoma.framework import keras, tf
from training.melanoma.network import FEATURES, HEAD, backbone_of
from training.novelty import FeatureSpace

BATCH = 16
SMALLEST_PEAK = 1e-6

Views = tuple[tuple[int, ...], ...]
"""Axes of pictures ``[N, H, W, 3]`` that are reversed, for each view; turning a view twice gives the picture back."""
PLAIN: Views = ((),)
FLIPS: Mapping[int, Views] = {1: PLAIN, 2: ((), (2,)), 4: ((), (2,), (1,), (1, 2))}
"""By how many views there are: the picture, its mirror image, and both upside down."""

Observer = Callable[[NDArray[np.uint8]], tuple[NDArray[np.float32], NDArray[np.float32]]]


@dataclass(frozen=True)
class Head:
    """The layers behind pooling in inference: a batch normalisation is a scale and a shift.

    Arrays and not tensors, which would become inputs of the exported graph.
    ``logits = (relu((pooled * scale_1 + shift_1) @ kernel_1 + bias_1) * scale_2 + shift_2) @ kernel_2 + bias_2``.
    """

    scale_1: NDArray[np.float32]
    shift_1: NDArray[np.float32]
    kernel_1: NDArray[np.float32]
    bias_1: NDArray[np.float32]
    scale_2: NDArray[np.float32]
    shift_2: NDArray[np.float32]
    kernel_2: NDArray[np.float32]
    bias_2: NDArray[np.float32]

    @classmethod
    def of(cls, network: keras.Model) -> Head:
        bn_1, dense_1, bn_2, dense_2 = (network.get_layer(name) for name in HEAD)
        (kernel_1, bias_1), (kernel_2, bias_2) = dense_1.get_weights(), dense_2.get_weights()
        (scale_1, shift_1), (scale_2, shift_2) = _affine(bn_1), _affine(bn_2)
        return cls(scale_1, shift_1, kernel_1, bias_1, scale_2, shift_2, kernel_2, bias_2)

    def logits(self, pooled: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Logits ``[N, C]`` and the hidden layer before its relu ``[N, 64]``, of ``pooled`` ``[N, D]``."""
        hidden = (pooled * self.scale_1 + self.shift_1) @ self.kernel_1 + self.bias_1
        return (tf.nn.relu(hidden) * self.scale_2 + self.shift_2) @ self.kernel_2 + self.bias_2, hidden

    def gradient_of_top(self, logits: tf.Tensor, hidden: tf.Tensor) -> tf.Tensor:
        """d max(logits) / d pooled, ``[N, D]``, in closed form: a gradient tape cannot be exported."""
        top = tf.cast(tf.equal(logits, tf.reduce_max(logits, axis=1, keepdims=True)), tf.float32)
        at_hidden = tf.matmul(top, self.kernel_2, transpose_b=True) * self.scale_2 * tf.cast(hidden > 0, tf.float32)
        return tf.matmul(at_hidden, self.kernel_1, transpose_b=True) * self.scale_1


class ServedNetwork(tf.Module):  # type: ignore[misc]  # TensorFlow has no types
    """uint8 ``[N, H, W, 3]`` to ``probabilities`` ``[N, 2]`` (benign, malignant), ``heatmap`` ``[N, h, w]`` and
    ``novelty`` ``[N]``, all float32: the contract of every model.

    Each picture is looked at in the ``views``: logits and features are the means of what is seen in them.
    """

    def __init__(self, network: keras.Model, temperature: float, space: FeatureSpace, views: Views = PLAIN) -> None:
        super().__init__()
        self.network, self.temperature, self.space, self.views = network, temperature, space, views
        self.maps = feature_extractor(network)
        self.pool = network.get_layer("pooled")
        self.head = Head.of(network)

    def __call__(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures = tf.cast(image, tf.float32)
        maps = [self.maps(_turned(pictures, view), training=False) for view in self.views]
        pooled = [self.pool(each) for each in maps]
        found, hidden = zip(*[self.head.logits(each) for each in pooled], strict=True)
        logits = tf.add_n(found) / len(self.views)
        weights = [self.head.gradient_of_top(logits, each) for each in hidden]
        return {
            "probabilities": tf.nn.softmax(logits / self.temperature),
            "heatmap": _heatmap(maps, weights, self.views),
            "novelty": self.novelty(tf.add_n(pooled) / len(self.views)),
        }

    def novelty(self, pooled: tf.Tensor) -> tf.Tensor:
        """Root mean square of the distance in standard deviations over all directions of the feature space."""
        space = self.space
        centred = pooled - space.mean
        along = centred @ space.axes
        left_over = (centred - tf.matmul(along, space.axes, transpose_b=True)) / space.noise
        squares = tf.reduce_sum(tf.square(along / space.spread), 1) + tf.reduce_sum(tf.square(left_over), 1)
        return tf.sqrt(squares / float(len(space.mean)))


def feature_extractor(network: keras.Model) -> keras.Model:
    """From pixels to the last feature maps, float32 ``[N, h, w, D]``."""
    return keras.Model(network.input, network.get_layer(FEATURES).output)


def with_dense_maps(network: keras.Model) -> keras.Model:
    """A copy whose last stage dilates its kernels instead of striding (Chen et al. 2018, "DeepLab", 3.1): the same
    weights compute the same features at twice as many places along each side, for a heat map twice as fine. Only the
    places that the network had are pooled, so its probabilities stay what they were."""
    copy: keras.Model = keras.models.clone_model(network, clone_function=_copied)
    copy.set_weights(network.get_weights())
    return copy


def for_serving(network: keras.Model) -> keras.Model:
    """``network``, changed in place: batch normalisation is folded into the convolutions before it (and does nothing
    any more), and kernels are 8-bit integers times a scale per output channel, stored as float32."""
    for name in [layer.name for layer in backbone_of(network).layers]:
        if name.endswith("_conv"):
            _fold(backbone_of(network).get_layer(name), backbone_of(network).get_layer(f"{name[:-5]}_bn"))
    dense = network.get_layer(HEAD[1])
    kernel, bias = dense.get_weights()
    dense.set_weights([to_eight_bit(kernel, axis=1), bias])
    return network


def observer(network: keras.Model, views: Views = PLAIN) -> Observer:
    """A function from pictures uint8 ``[N, H, W, 3]`` to pooled features ``[N, D]`` and logits ``[N, C]``, as
    ``ServedNetwork`` takes them."""
    both = keras.Model(network.input, [network.get_layer("pooled").output, network.get_layer(HEAD[-1]).output])

    def observe(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        seen = [both.predict(np.flip(pixels, view), batch_size=BATCH, verbose=0) for view in views]
        features, logits = (np.stack(parts).mean(axis=0) for parts in zip(*seen, strict=True))
        return features, logits

    return observe


def run_served(served: ServedNetwork, pixels: NDArray[np.uint8]) -> EngineOutput:
    """What TensorFlow computes for pictures uint8 ``[N, H, W, 3]``."""
    parts = [served(tf.constant(pixels[start : start + BATCH])) for start in range(0, len(pixels), BATCH)]
    joined = {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}
    return EngineOutput(joined["probabilities"], joined["heatmap"], joined["novelty"])


def _turned(tensor: tf.Tensor, view: tuple[int, ...]) -> tf.Tensor:
    return tf.reverse(tensor, view) if view else tensor


def _heatmap(maps: Sequence[tf.Tensor], weights: Sequence[tf.Tensor], views: Views) -> tf.Tensor:
    """Grad-CAM (Selvaraju et al. 2017), 0..1: behind global average pooling its weights are d logit / d pooled. The
    views' maps are turned back and added up, as their logits are."""
    cams = [
        _turned(tf.reduce_sum(of_view * importance[:, tf.newaxis, tf.newaxis, :], axis=3), view)
        for of_view, importance, view in zip(maps, weights, views, strict=True)
    ]
    cam = tf.nn.relu(tf.add_n(cams))
    return cam / tf.maximum(tf.reduce_max(cam, axis=(1, 2), keepdims=True), SMALLEST_PEAK)


@keras.saving.register_keras_serializable("second_look")
class PoolOwnPlaces(keras.layers.GlobalAveragePooling2D):  # type: ignore[misc]  # Keras has no types
    """Averages every second place along each side: those that the network had when it was trained."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return super().call(inputs[:, ::2, ::2])


def _copied(layer: keras.layers.Layer) -> keras.layers.Layer:
    if isinstance(layer, keras.Model):
        return keras.models.clone_model(layer, clone_function=_copied)
    if layer.name == "pooled":
        return PoolOwnPlaces(name=layer.name)
    changes: dict[str, object] = {}
    if layer.name in ("conv5_block1_0_conv", "conv5_block1_1_conv"):
        changes = {"strides": (1, 1)}
    elif layer.name.startswith("conv5_") and layer.name.endswith("_2_conv"):
        changes = {"dilation_rate": (2, 2)}
    return layer.__class__.from_config(layer.get_config() | changes)


def _affine(normalisation: keras.layers.BatchNormalization) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    gamma, beta, mean, variance = (array.astype(np.float64) for array in normalisation.get_weights())
    scale = gamma / np.sqrt(variance + normalisation.epsilon)
    return scale.astype(np.float32), (beta - mean * scale).astype(np.float32)


def _fold(convolution: keras.layers.Conv2D, normalisation: keras.layers.BatchNormalization) -> None:
    kernel, bias = convolution.get_weights()
    scale, shift = _affine(normalisation)
    convolution.set_weights([to_eight_bit(kernel * scale, axis=3), bias * scale + shift])
    ones, zeros = np.ones_like(scale), np.zeros_like(scale)
    normalisation.set_weights([ones, zeros, zeros, ones - np.float32(normalisation.epsilon)])

"""ResNet-50 with a two-layer head, on pictures of any size, normalisation included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.data import DataError
from training.melanoma.framework import keras

BACKBONES = ("ResNet50", "ResNet101", "ResNet152")
FEATURES = "features"
"""Name of the layer whose output is the last feature map, float32 ``[N, h, w, 2048]``."""
HEAD = ("head_bn_1", "head_dense", "head_bn_2", "head_logits")
"""Names of the layers after pooling, in order; dropout is not among them, it does nothing after training."""
PARTS = ("all", "last", "head")
"""What is trained: everything, the last of the backbone's four stages with the head, or the head alone."""

_MEAN, _DEVIATION = (123.68, 116.78, 103.94), (58.4, 57.1, 57.4)
_BN_MOMENTUM = 0.9


def build_network(backbone: str, classes: Sequence[str], *, dense: int, dropout: float) -> keras.Model:
    """A model with random weights from pixels ``[N, H, W, 3]``, RGB 0..255, to float32 probabilities
    ``[N, len(classes)]``.

    Batch normalisation follows the data faster than by default (momentum .9): the training is short. Raises
    ``DataError`` for a backbone that is not offered.
    """
    if backbone not in BACKBONES:
        raise DataError(f"network.backbone={backbone}: choose one of {', '.join(BACKBONES)}.")
    layers = keras.layers
    pixels = keras.Input((None, None, 3), name="pixels")
    scaled = layers.Rescaling(
        [1 / deviation for deviation in _DEVIATION],
        [-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)],
        name="normalise",
        dtype="float32",
    )(pixels)
    feature_map = layers.Activation("linear", name=FEATURES)(_backbone(backbone)(scaled))
    pooled = layers.GlobalAveragePooling2D(name="pooled")(feature_map)
    hidden = layers.Dropout(dropout, name="head_dropout")(pooled)
    hidden = layers.BatchNormalization(momentum=_BN_MOMENTUM, name="head_bn_1")(hidden)
    hidden = layers.Dense(dense, activation="relu", name="head_dense")(hidden)
    hidden = layers.BatchNormalization(momentum=_BN_MOMENTUM, name="head_bn_2")(hidden)
    logits = layers.Dense(len(classes), name="head_logits")(hidden)
    return keras.Model(pixels, layers.Softmax(name="probabilities", dtype="float32")(logits), name=backbone)


def backbone_of(network: keras.Model) -> keras.Model:
    """The part of ``network`` from normalised pixels to the last feature map."""
    return next(layer for layer in network.layers if isinstance(layer, keras.Model))


def load_imagenet(network: keras.Model) -> None:
    """Gives the backbone Keras' own ImageNet weights, downloading them when they are not there yet.

    They expect BGR less the mean and not divided by the deviation; that goes into the first kernel, so that the network
    takes pictures as it always does. Raises ``DataError`` when they cannot be had.
    """
    try:
        source = getattr(keras.applications, network.name)(include_top=False, weights="imagenet")
    except Exception as problem:
        raise DataError(
            "The ImageNet weights cannot be downloaded. With a network try again; without one choose "
            "pretrained=dermoscopy, which pretrains on HAM10000 and ISIC 2017, or pretrained=none."
        ) from problem
    backbone_of(network).set_weights(source.get_weights())
    take_scaled_rgb(backbone_of(network))


def take_scaled_rgb(backbone: keras.Model) -> None:
    """Changes the first kernel from mean-free BGR to RGB that is divided by the deviation as well."""
    stem = backbone.get_layer("conv1_conv")
    kernel, bias = stem.get_weights()
    stem.set_weights([kernel[:, :, ::-1] * np.array(_DEVIATION, np.float32)[:, None], bias])


def train_only(network: keras.Model, part: str) -> None:
    """Freezes what is not ``part`` (one of ``PARTS``); a frozen batch normalisation uses and keeps its statistics.

    To be called before compiling. Raises ``DataError`` for an unknown part.
    """
    if part not in PARTS:
        raise DataError(f"stages: train={part}: choose one of {', '.join(PARTS)}.")
    backbone = backbone_of(network)
    backbone.trainable = part != "head"
    for layer in backbone.layers:
        layer.trainable = part == "all" or (part == "last" and layer.name.startswith("conv5_"))


def _backbone(name: str) -> keras.Model:
    backbone = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(None, None, 3))
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _BN_MOMENTUM
    return backbone

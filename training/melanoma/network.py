"""ResNet-50 with a two-layer head, on pictures of any size, normalisation included."""

from __future__ import annotations

from collections.abc import Sequence

from training.data import DataError
from training.melanoma.framework import keras

BACKBONES = ("ResNet50", "ResNet101", "ResNet152")
FEATURES = "features"
"""Name of the layer whose output is the last feature map, float32 ``[N, h, w, 2048]``."""
HEAD = ("head_bn_1", "head_dense", "head_bn_2", "head_logits")
"""Names of the layers after pooling, in order; dropout is not among them, it does nothing after training."""

_MEAN, _DEVIATION = (123.68, 116.78, 103.94), (58.4, 57.1, 57.4)
_BN_MOMENTUM = 0.9


def build_network(backbone: str, classes: Sequence[str], *, pretrained: str, dense: int, dropout: float) -> keras.Model:
    """A model from pixels ``[N, H, W, 3]``, RGB 0..255, to probabilities ``[N, len(classes)]``.

    ``pretrained`` is ``imagenet`` (downloaded by Keras) or ``none``. Batch normalisation follows the data faster than
    by default (momentum .9): the training is short. Raises ``DataError`` for a name that is not offered and for
    weights that cannot be had.
    """
    if backbone not in BACKBONES:
        raise DataError(f"network.backbone={backbone}: choose one of {', '.join(BACKBONES)}.")
    if pretrained not in ("imagenet", "none"):
        raise DataError(f"pretrained={pretrained}: choose imagenet or none.")
    layers = keras.layers
    pixels = keras.Input((None, None, 3), name="pixels")
    scaled = layers.Rescaling(
        [1 / deviation for deviation in _DEVIATION],
        [-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)],
        name="normalise",
    )(pixels)
    feature_map = layers.Activation("linear", name=FEATURES)(_backbone(backbone, pretrained)(scaled))
    pooled = layers.GlobalAveragePooling2D(name="pooled")(feature_map)
    hidden = layers.Dropout(dropout, name="head_dropout")(pooled)
    hidden = layers.BatchNormalization(momentum=_BN_MOMENTUM, name="head_bn_1")(hidden)
    hidden = layers.Dense(dense, activation="relu", name="head_dense")(hidden)
    hidden = layers.BatchNormalization(momentum=_BN_MOMENTUM, name="head_bn_2")(hidden)
    logits = layers.Dense(len(classes), name="head_logits")(hidden)
    return keras.Model(pixels, layers.Softmax(name="probabilities")(logits), name=backbone)


def _backbone(name: str, pretrained: str) -> keras.Model:
    weights = None if pretrained == "none" else pretrained
    try:
        backbone = getattr(keras.applications, name)(include_top=False, weights=weights, input_shape=(None, None, 3))
    except Exception as problem:
        if weights is None:
            raise
        raise DataError(
            "The ImageNet weights cannot be downloaded. With a network try again; without one choose pretrained=none."
        ) from problem
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _BN_MOMENTUM
    return backbone

"""The same architecture as peers run it: the Keras network that the training code builds, asked by ``model.predict``.

It gives probabilities alone. Its weights are random, which changes nothing about the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.contenders.base import Contender, Missing, Task
from training.melanoma.framework import keras, set_precision, set_up, tf
from training.melanoma.network import BACKBONES, build_network

_DENSE, _DROPOUT = 64, 0.5
_BACKBONES = {name.lower(): name for name in BACKBONES}


def open_contender(task: Task) -> Contender:
    """Raises ``Missing`` for an architecture that the training code does not build in Keras."""
    (architecture,) = task.architectures
    if architecture not in _BACKBONES:
        raise Missing(f"the training code builds no {architecture} in Keras")
    set_up(0, task.threads)
    set_precision("float32")
    labels = [str(number) for number in range(task.classes)]
    network = build_network(_BACKBONES[architecture], labels, dense=_DENSE, dropout=_DROPOUT)

    def infer(images: NDArray[np.uint8]) -> object:
        return network.predict(images, batch_size=len(images), verbose=0)

    def flops() -> float:
        picture = tf.TensorSpec((1, task.height, task.width, 3), tf.float32)
        graph = tf.function(lambda pixels: network(pixels, training=False)).get_concrete_function(picture).graph
        options = tf.compat.v1.profiler.ProfileOptionBuilder(
            tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
        ).with_empty_output()
        found = tf.compat.v1.profiler.profile(graph, options=options.build())
        return float(found.total_float_ops)

    describe = f"Keras {keras.__version__} on TensorFlow {tf.__version__}, model.predict, f32, threads: {task.threads}"
    return Contender(infer, describe, flops=flops)

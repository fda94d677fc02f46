"""Keras on TensorFlow, chosen and quietened before the first import of either."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
# On CPUs without VNNI TensorFlow leaves oneDNN off, and ResNet-50 trains at less than half the speed.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import tensorflow as tf

__all__ = ["keras", "set_up", "tf"]


def set_up(seed: int, threads: int) -> None:
    """Seeds Python, NumPy and TensorFlow and bounds its threads. To be called before TensorFlow computes anything."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    keras.utils.set_random_seed(seed)

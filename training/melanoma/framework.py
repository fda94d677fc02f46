"""Keras on TensorFlow, chosen and quietened before the first import of either."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# On CPUs without VNNI TensorFlow leaves oneDNN off, and ResNet-50 trains at less than half the speed.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import tensorflow as tf

__all__ = ["keras", "set_precision", "set_up", "tf"]


def set_up(seed: int, threads: int) -> None:
    """Seeds Python, NumPy and TensorFlow and bounds its threads. To be called before TensorFlow computes anything."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    keras.utils.set_random_seed(seed)


def set_precision(policy: str) -> None:
    """Keras' policy for layers made from now on; ``auto`` is ``mixed_bfloat16`` where the machine multiplies bfloat16
    itself, faster than float32 by a quarter, and ``float32`` elsewhere."""
    keras.config.set_dtype_policy(_fastest() if policy == "auto" else policy)
    # On a GPU "float32" would silently mean TensorFloat-32, and the exported file would not agree.
    tf.config.experimental.enable_tensor_float_32_execution(policy != "float32")


def _fastest() -> str:
    processor = Path("/proc/cpuinfo")
    native = processor.is_file() and "avx512_bf16" in processor.read_text()
    return "mixed_bfloat16" if native or tf.config.list_physical_devices("GPU") else "float32"

"""Run as a script, in a process without PyTorch: courses of training with a network small enough for a test.

Writes to the file named on the command line what the test then looks at.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig, OmegaConf

from training.melanoma.checkpoints import RunFolder
from training.melanoma.course import Lesson, Stage, run_course
from training.melanoma.draw import Draw
from training.melanoma.framework import keras, set_up, tf
from training.melanoma.network import backbone_of

STAGES = [Stage(1, 12, 0.05, train="head"), Stage(3, 16, 0.05, mixup=0.2), Stage(2, 16, 0.02)]


class Stop(keras.callbacks.Callback):
    """Ends the process' training in the middle, as Ctrl-C would."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch + 1 == self.after:
            raise KeyboardInterrupt


def settings() -> DictConfig:
    recipe = OmegaConf.load(Path(__file__).parents[2] / "training" / "conf" / "recipe" / "best.yaml")
    return OmegaConf.merge(recipe, {"seed": 0, "batch_size": 8})


def tiny_network() -> keras.Model:
    """A backbone with batch normalisation inside a network with a head, as the real ones."""
    layers = keras.layers
    inner = keras.Input((None, None, 3))
    maps = layers.BatchNormalization(name="conv5_bn")(layers.Conv2D(8, 3, name="conv1_conv")(inner))
    pixels = keras.Input((None, None, 3))
    pooled = layers.GlobalAveragePooling2D()(keras.Model(inner, maps)(layers.Rescaling(1 / 128, -1)(pixels)))
    return keras.Model(pixels, layers.Dense(2, activation="softmax", name="head_logits")(pooled))


def bright_or_dark() -> Lesson:
    random = np.random.default_rng(0)
    labels = np.arange(48) % 2

    def pixels(size: int) -> np.ndarray:
        noise = random.integers(0, 60, (48, size, size, 3))
        return (noise + 120 * labels[:, None, None, None] + 30).astype(np.uint8)

    def score(size: int, model: keras.Model) -> float:
        return float((model.predict(pixels(size), verbose=0).argmax(axis=1) == labels).mean())

    return Lesson(pixels, np.eye(2, dtype=np.float32)[labels], lambda _: Draw([np.arange(48)], [48]), score)


def course(folder: Path, network: keras.Model, stages: list[Stage], tracker: keras.callbacks.Callback | None = None):
    run = RunFolder(folder)
    run.claim({"backbone": "tiny", "dense": 0, "classes": ["dark", "bright"]}, [])
    run_course(network, stages, bright_or_dark(), run=run, config=settings(), tracker=tracker)
    return run


def main(out: Path) -> None:
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
    )
    set_up(0, 1)
    found: dict[str, Any] = {}
    frozen = tiny_network()
    before = backbone_of(frozen).get_weights(), frozen.get_layer("head_logits").get_weights()
    course(out / "frozen", frozen, STAGES[:1])
    after = backbone_of(frozen).get_weights(), frozen.get_layer("head_logits").get_weights()
    found["backbone_moved"], found["head_moved"] = (
        float(max(abs(new - old).max() for new, old in zip(*parts, strict=True)))
        for parts in zip(after, before, strict=True)
    )
    for after_epoch in (3, 5):
        try:
            course(out / "whole", tiny_network(), STAGES, Stop(after_epoch))
        except KeyboardInterrupt:
            run = RunFolder(out / "whole")
            found[f"stopped_{after_epoch}"] = [run.stages_done(), run.epochs_done(run.stages_done() + 1)]
    network = tiny_network()
    seen = []
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(epoch + 1))
    run = course(out / "whole", network, STAGES, note)
    again = tiny_network()
    run.load_best(again)
    found |= {
        "epochs_seen_last": seen, "stages_done": run.stages_done(), "best": run.best_score,
        "kept": sorted(path.name for path in (out / "whole").iterdir()),
        "score_again": bright_or_dark().score(16, again),
    }  # fmt: skip
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        shared = tiny_network()
        found["best_on_two_devices"] = course(out / "shared", shared, STAGES[1:]).best_score
    found["replicas"] = shared.distribute_strategy.num_replicas_in_sync
    (out / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Every configuration of every group can be composed, and what it names can be made."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_method, instantiate
from omegaconf import DictConfig

import training.hardware
from training.pytorch.architectures import ARCHITECTURES
from training.pytorch.fit import outputs_of
from training.pytorch.loaders import Stage

FOLDER = Path(training.hardware.__file__).parent / "conf"


def composed(model: str, *options: str) -> DictConfig:
    with initialize_config_dir(str(FOLDER), version_base="1.3"):
        return compose(model, ["data.root=somewhere", *options])


def names(group: str) -> list[str]:
    return sorted(path.stem for path in (FOLDER / group).glob("*.yaml"))


@pytest.mark.parametrize("model", ["pneumonia", "skin"])
def test_what_the_defaults_name_can_be_made(model: str) -> None:
    config = composed(model)
    loss = instantiate(config.loss)
    assert outputs_of(config) == (1 if model == "pneumonia" else 7)
    assert callable(loss)
    assert [Stage(**stage).size for stage in config.stages] == [64, 96, 128]
    instantiate(config.optimizer)
    instantiate(config.scheduler)
    instantiate(config.averaging)
    instantiate(config.aims)
    assert config.run_dir == f"var/runs/{model}"


@pytest.mark.parametrize("name", names("model"))
def test_members_are_architectures_on_offer(name: str) -> None:
    members = list(composed("skin", f"model={name}").members)
    assert set(members) <= set(ARCHITECTURES)
    assert len(members) == (5 if name == "ensemble" else 1)


@pytest.mark.parametrize("name", [name for name in names("data") if name not in ("chest_xray", "kinds")])
def test_a_skin_set_brings_the_card_that_goes_with_it(name: str) -> None:
    config = composed("skin", f"data={name}")
    assert [label.code for label in config.card.labels] == list(config.data.classes)
    assert set(config.card.positive) <= set(config.data.classes)
    if "group_of" in config.data:
        get_method(config.data.group_of)


def test_the_pneumonia_card_goes_with_its_classes() -> None:
    config = composed("pneumonia")
    assert [label.code for label in config.card.labels] == list(config.data.classes)
    get_method(config.data.group_of)


@pytest.mark.parametrize("name", names("augment"))
def test_augmentations_keep_size_and_kind(name: str) -> None:
    import numpy as np  # noqa: PLC0415

    augment = instantiate(composed("skin", f"augment={name}").augment)
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for _ in range(20):
        changed = augment(image=picture)["image"]
        assert changed.shape == picture.shape
        assert changed.dtype == np.uint8


@pytest.mark.parametrize("name", ["cpu", "ddp_cpu"])
def test_trainers_for_cpus_can_be_made(name: str) -> None:
    trainer = instantiate(composed("pneumonia", f"trainer={name}").trainer, logger=False)
    assert trainer.num_devices == (2 if name == "ddp_cpu" else 1)


@pytest.mark.parametrize("name", ["gpu", "ddp"])
def test_trainers_for_gpus_say_so(name: str) -> None:
    assert composed("pneumonia", f"trainer={name}").trainer.accelerator == "gpu"


@pytest.mark.parametrize("name", names("experiment"))
@pytest.mark.parametrize("model", ["pneumonia", "skin"])
def test_an_experiment_changes_the_stages(model: str, name: str) -> None:
    changed = composed(model, f"experiment={name}")
    assert changed.stages != composed(model).stages
    assert changed.name == model


@pytest.mark.parametrize(("name", "tracking"), [("mlflow", True), ("none", False)])
def test_loggers(name: str, tracking: bool) -> None:
    assert composed("skin", f"logger={name}").logger.tracking is tracking

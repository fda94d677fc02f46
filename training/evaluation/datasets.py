"""Which pictures a figure is measured on: the model's own configuration says how they are grouped and split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.utils import get_method
from omegaconf import DictConfig, OmegaConf

from training.data import DataError, Prepared, Sample, gather, prepare
from training.data.folds import check_fold

CONFIGURATIONS = Path(__file__).parent.parent / "conf"


def configuration(model: str) -> DictConfig:
    """The training configuration of ``model``, with nothing on the command line. Raises ``DataError``."""
    known = [path.stem for path in sorted(CONFIGURATIONS.glob("*.yaml")) if f"name: {path.stem}\n" in path.read_text()]
    if model not in known:
        raise DataError(f"model={model}: no such model. Known: {', '.join(known)}.")
    GlobalHydra.instance().clear()  # a command's own, of which nothing is needed once it runs
    with initialize_config_dir(str(CONFIGURATIONS), version_base="1.3"):
        return compose(model)


def data_settings(model: str, overrides: DictConfig, codes: Sequence[str] = ()) -> DictConfig:
    """The ``data`` part of the model's configuration, with what ``overrides`` says instead.

    Where the served model's labels ``codes`` are those of another set that it can be trained on, it is that set's.
    """
    settings = configuration(model).data
    if codes and list(codes) != list(settings.classes):
        sets = [OmegaConf.load(path) for path in sorted((CONFIGURATIONS / "data").glob("*.yaml"))]
        settings = next((found for found in sets if list(found.classes) == list(codes)), settings)
    merged = OmegaConf.merge(settings, {key: value for key, value in overrides.items() if value})
    assert isinstance(merged, DictConfig)
    return merged


def prepare_folds(data: DictConfig, seed: int) -> Prepared:
    """The folds that a model with these ``data`` settings is trained and measured on."""
    return prepare(Path(data.root), data.classes, **_how(data), folds=data.folds, seed=seed)


def folds_of_model(model: str, root: Path, classes: Sequence[str] | None = None) -> Prepared:
    """The folds of the pictures in ``root`` as ``model`` is trained and measured on them, under the folder names
    ``classes`` where they are not the model's own."""
    overrides = DictConfig({"root": str(root), "classes": classes, "cache": None})
    return prepare_folds(data_settings(model, overrides), configuration(model).seed)


def samples_of(data: DictConfig, seed: int, fold: str) -> list[Sample]:
    """The pictures of ``fold`` (``train``, ``calibration`` or ``test``), or of ``all`` the folder, unsplit."""
    check_fold(fold)
    if fold == "all":
        return gather(Path(data.root), data.classes, **_how(data)).samples
    prepared = prepare_folds(data, seed)
    return [prepared.samples[index] for index in prepared.split.fold(fold)]


def shown(root: Path) -> str:
    """``root`` for a published command: its last two names, which tell the set and not the machine."""
    return "/".join(part for part in root.parts[-2:] if part not in ("/", ".."))


def _how(data: DictConfig) -> dict[str, Any]:
    return {
        "group_of": _group_of(data),
        "lookalike_bits": data.lookalike_bits,
        "cache": Path(data.cache) if data.cache else None,
    }


def _group_of(data: DictConfig) -> Callable[[Path], str]:
    if "group_of" in data:
        found: Callable[[Path], str] = get_method(data.group_of)
        return found
    return lambda path: f"{path.parent.name}/{path.name}"

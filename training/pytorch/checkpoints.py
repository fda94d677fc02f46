"""Checkpoints say what they hold, and one of another network is refused before anything is loaded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import lightning.pytorch as pl
import torch
from torch import nn

from training.data import DataError

_KEY = "second_look"
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class Identity:
    """``size`` is the side in pixels of the pictures of the epoch that was saved."""

    architecture: str
    classes: tuple[str, ...]
    size: int


class StampIdentity(pl.Callback):
    """Writes an ``Identity`` into each checkpoint."""

    def __init__(self, architecture: str, classes: tuple[str, ...]) -> None:
        self._architecture = architecture
        self._classes = classes

    def on_save_checkpoint(self, trainer: pl.Trainer, _module: pl.LightningModule, checkpoint: dict[str, Any]) -> None:
        size = trainer.datamodule.size_at(trainer.current_epoch)  # type: ignore[attr-defined]
        checkpoint[_KEY] = asdict(Identity(self._architecture, self._classes, size))


def read_identity(path: Path, architecture: str, classes: tuple[str, ...]) -> Identity:
    """What ``path`` holds. Raises ``DataError`` when it is not a checkpoint, or one of another network or classes."""
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True, mmap=True).get(_KEY)
    except Exception as problem:
        raise DataError(f"{path} cannot be read as a checkpoint. Remove it, or set another run_dir.") from problem
    if stored is None:
        raise DataError(f"{path} was not written by this training. Remove it, or set another run_dir.")
    identity = Identity(stored["architecture"], tuple(stored["classes"]), stored["size"])
    if (identity.architecture, identity.classes) != (architecture, classes):
        raise DataError(
            f"{path} holds {identity.architecture} for {', '.join(identity.classes)}; "
            f"asked for is {architecture} for {', '.join(classes)}. Set another run_dir, or remove it to start anew."
        )
    return identity


def load_network(path: Path, network: Network) -> Network:
    """``network`` with the weights of ``path``, in evaluation mode."""
    state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    prefix = "network."
    network.load_state_dict({name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)})
    return network.eval()

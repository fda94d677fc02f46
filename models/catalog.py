"""All models at hand: the folders beside each other under ``models/weights``, each with its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from models.card import Modality, ModelCard
from models.engines.base import NetworkFile, sha256_of
from models.errors import CatalogError, CorruptWeights, UnknownModel
from models.explain import explain

CARD = "card.json"


@dataclass(frozen=True)
class Catalog:
    """Cards by name, in alphabetical order, and the folder that holds a folder per model."""

    folder: Path
    cards: Mapping[str, ModelCard]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads every card under ``folder``; a subfolder without one, or one whose name starts with a dot, is no model.

        Raises ``CatalogError``, naming the file, for a folder or weights file that is missing and a card that is wrong.
        """
        if not folder.is_dir():
            raise CatalogError(f"{folder}: no such folder of models")
        places = sorted(path for path in folder.iterdir() if not path.name.startswith(".") and (path / CARD).is_file())
        if not places:
            raise CatalogError(f"{folder}: no models in it (a model is a folder with {CARD})")
        return cls(folder, {place.name: _read(place) for place in places})

    @property
    def names(self) -> tuple[str, ...]:
        """The models that can be asked: all but the router."""
        return tuple(name for name, card in self.cards.items() if card.modality is not Modality.ANY)

    @property
    def router(self) -> ModelCard | None:
        """The card of the model that tells kinds of pictures apart, if there is one."""
        return next((card for card in self.cards.values() if card.modality is Modality.ANY), None)

    def card(self, name: str) -> ModelCard:
        """Raises ``UnknownModel``."""
        try:
            return self.cards[name]
        except KeyError:
            raise UnknownModel(name, self.cards) from None

    def weights_hash(self, name: str) -> str:
        """As ``ModelCard.weights_hash``. Raises ``UnknownModel``."""
        return self.card(name).weights_hash

    def path(self, name: str) -> Path:
        """The model's folder. Raises ``UnknownModel``."""
        return self.folder / self.card(name).name

    def networks(self, name: str) -> tuple[NetworkFile, ...]:
        """As ``networks_of``. Raises ``UnknownModel`` besides."""
        return networks_of(self.path(name), self.card(name))


def networks_of(folder: Path, card: ModelCard) -> tuple[NetworkFile, ...]:
    """The weights files that ``card`` names in ``folder``, hashed just now and equal to the card's hashes.

    Raises ``CorruptWeights``, and ``CatalogError`` for a file that cannot be read.
    """
    networks = []
    for file in card.files:
        path = folder / file.path
        try:
            found = sha256_of(path)
        except OSError as error:
            raise CatalogError(f"{path}: {error.strerror}") from error
        if found != file.sha256:
            raise CorruptWeights(f"{path}: its SHA-256 is {found}, the card's is {file.sha256}; it is not loaded")
        networks.append(NetworkFile(path, found, card.input.height, card.input.width, len(card.labels)))
    return tuple(networks)


def _read(folder: Path) -> ModelCard:
    path = folder / CARD
    try:
        card = ModelCard.read(path)
    except ValidationError as error:
        raise CatalogError(f"{path}: {explain(error)}") from error
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror}") from error
    if card.name != folder.name:
        raise CatalogError(f"{path}: it is the card of {card.name!r} in the folder {folder.name!r}")
    for file in card.files:
        if not (folder / file.path).is_file():
            raise CatalogError(f"{folder / file.path}: no such file, but the card names it")
    return card

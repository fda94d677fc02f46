"""What can be wrong with models and engines. Each carries a text that says which and what; none is a refusal."""

from __future__ import annotations

from collections.abc import Iterable


class ModelsError(Exception):
    """Something about the models must be put right by whoever runs the program."""


class CatalogError(ModelsError):
    """A model's folder or card is missing or wrong; the text names the file."""


class CorruptWeights(ModelsError):
    """A weights file is not the one that its card describes: its SHA-256 differs."""


class ContractViolation(ModelsError):
    """A network does not keep the contract of ``models.engines.contract``, or gave numbers that cannot be meant."""


class EngineUnavailable(ModelsError):
    """The inference engine that was asked for cannot run here."""


class EngineFailed(ModelsError):
    """The engine failed or hung twice at the same picture, the second time newly loaded."""

    def __init__(self, model: str, how: str) -> None:
        super().__init__(f"the engine of {model} {how}")


class EnginesStuck(EngineFailed):
    """So many engine threads hang that this process is to end: another one may fare better."""

    def __init__(self, most: int) -> None:
        ModelsError.__init__(self, f"more than {most} engine threads hang; the process has to be started again")


class UnknownModel(ModelsError):
    """No model of this name is in the catalogue."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no model is called {name!r}; known: {', '.join(known)}")
        self.name = name

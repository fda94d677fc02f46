"""The pins of a hashed requirements file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$", re.M | re.I)


@dataclass(frozen=True, order=True)
class Pin:
    """One version of a package; ``marker`` says on which machines it is meant, empty for all."""

    name: str
    version: str
    marker: str = ""

    @property
    def is_meant_here(self) -> bool:
        """Whether this Python on this machine is one that the pin is for."""
        return not self.marker or Marker(self.marker).evaluate()


def read_pins(path: Path) -> list[Pin]:
    """The pins in the file at ``path``, in its order, under their normalised names. Raises ``OSError``."""
    found = _PIN.findall(path.read_text(encoding="utf-8"))
    return [Pin(canonicalize_name(name), version, marker) for name, version, marker in found]

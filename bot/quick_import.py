"""Imports aiogram in less than half of its time, which is most of what a start of the bot takes.

aiogram declares that its several hundred types are built when they are first used (``defer_build``), and then builds
all of them at import, because only there it has every name that their annotations refer to: the modules of the types
import those names for type checkers only. Here the modules are given the names, and the building waits for the first
use. A bot uses a few dozen of the types.
"""

from __future__ import annotations

import sys
from typing import Any
from unittest.mock import patch

from pydantic import BaseModel


def import_aiogram() -> None:
    """Import ``aiogram.types``; does nothing where it is imported already."""
    if "aiogram.types" not in sys.modules:
        with patch.object(BaseModel, "model_rebuild", classmethod(_give_names)):
            import aiogram.types  # noqa: F401, PLC0415


def _give_names(model: type[BaseModel], /, *, _types_namespace: dict[str, Any]) -> None:
    names = vars(sys.modules[model.__module__])
    for name, value in _types_namespace.items():
        names.setdefault(name, value)

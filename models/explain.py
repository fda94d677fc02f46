"""A validation error in words that fit on a line."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError


def explain(error: ValidationError, rename: Callable[[str], str] = str) -> str:
    """``place: what is wrong`` for each fault, joined by semicolons; ``rename`` may change how a place is written.

    The faulty value is left out: it may be a secret.
    """
    faults = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        place = rename(".".join(str(part) for part in fault["loc"]))
        text = fault["msg"].removeprefix("Value error, ")
        faults.append(f"{place}: {text}" if place else text)
    return "; ".join(faults)

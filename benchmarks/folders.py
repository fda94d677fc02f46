"""What every benchmark needs: pictures from a folder, a free port, and a word for what is in the way."""

from __future__ import annotations

import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


class CannotMeasure(Exception):
    """What is in the way, in one line."""


def pictures_in(folder: Path, most: int) -> list[Path]:
    """At most ``most`` pictures from ``folder``, spread over it, so that no class of its is left out.

    Raises ``CannotMeasure`` when there are none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    if not found:
        raise CannotMeasure(f"{folder}: no pictures")
    return [found[place * len(found) // most] for place in range(most)] if len(found) > most else found


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""How long the bot waits before it takes something up again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pauses:
    """Seconds until a request is taken up again, or the journal asked again; and until an album is summed up after its
    last part has come."""

    after_error: float = 1.0
    after_outage: float = 30.0
    journal: float = 2.0
    album: float = 1.0


PAUSES = Pauses()

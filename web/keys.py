"""API keys: how they are made, and what is kept of one."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

MARK = "sl"
_BYTES = 32


@dataclass(frozen=True)
class NewKey:
    """``text`` is the key itself, to be shown once; ``prefix`` is the part by which it is recognised."""

    prefix: str
    text: str

    @property
    def sha256(self) -> str:
        return hash_of(self.text)


def make_key() -> NewKey:
    """A key of 256 random bits, behind eight hexadecimal digits that it may be called by."""
    prefix = f"{MARK}_{secrets.token_hex(4)}"
    return NewKey(prefix, f"{prefix}_{secrets.token_urlsafe(_BYTES)}")


def hash_of(key: str) -> str:
    """What is kept of a key.

    One round of SHA-256 is right here, other than for passwords: slow, salted hashes hold off who tries likely words,
    and of 2**256 equally likely keys none is worth trying (NIST SP 800-63B-4, section 3.1.2.2, on look-up secrets).
    """
    return hashlib.sha256(key.encode()).hexdigest()

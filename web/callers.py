"""Who a request comes from, and who is let in."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from journal import Journal
from web.keys import MARK, hash_of
from web.problems import Problem
from web.settings import WebSettings, is_loopback
from web.texts import Code

REVOKED_WITHIN_SECONDS = 5.0
"""How long a key that was found good is not looked up again, and so how soon revoking it takes effect."""

_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_SEEN_BY_PROXIES = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@dataclass(frozen=True)
class Caller:
    """Whose request it is: the key's number, None for a caller without one."""

    key_id: int | None

    @property
    def owner(self) -> int:
        """0 for all callers without a key."""
        return self.key_id or 0


class Doorkeeper:
    """Tells callers apart by their keys. Keys found good are remembered for ``REVOKED_WITHIN_SECONDS``."""

    def __init__(self, journal: Journal, settings: WebSettings) -> None:
        self._journal = journal
        self._required = settings.keys_required
        # Where nobody is asked for a key because only this machine gets here, it is made sure that it is so.
        self._local_only = not settings.keys_required and is_loopback(settings.listen[0])
        self._origins = frozenset(settings.origins)
        self._known: dict[str, tuple[int, float]] = {}

    async def admit(self, headers: Mapping[str, str]) -> Caller:
        """Raises ``Problem`` for who is not let in, ``JournalUnavailable`` where that cannot be told."""
        authorization = headers.get("authorization")
        if authorization is not None:
            return Caller(await self._number(authorization))
        if self._required:
            raise Problem(Code.KEY_MISSING, _CHALLENGE)
        if self._local_only and not self._is_local(headers):
            raise Problem(Code.FOREIGN_HOST, _CHALLENGE)
        return Caller(None)

    async def _number(self, authorization: str) -> int:
        scheme, _, key = authorization.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key.startswith(f"{MARK}_"):
            raise Problem(Code.KEY_WRONG, _CHALLENGE)
        sha256, now = hash_of(key), time.monotonic()
        number, until = self._known.get(sha256, (0, 0.0))
        if now < until:
            return number
        self._known.pop(sha256, None)
        found = await self._journal.api_keys.find(sha256)
        if found is None:
            raise Problem(Code.KEY_WRONG, _CHALLENGE)
        self._known[sha256] = found, now + REVOKED_WITHIN_SECONDS
        return found

    def _is_local(self, headers: Mapping[str, str]) -> bool:
        """Whether nothing hints at a proxy, or at a web page that makes a browser on this machine ask for it."""
        try:
            host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        except ValueError:
            return False
        origin = headers.get("origin")
        own_page = origin is None or origin in self._origins
        return is_loopback(host) and own_page and not any(name in headers for name in _SEEN_BY_PROXIES)

"""Tries bfloat16 in another process: some virtual machines announce more of it than they have, and then a process that
uses it dies of an illegal instruction."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from models.engines.base import NetworkFile
from models.precision.findings import Finding

SECONDS = 120
_GRACE_SECONDS = 5
_ROOT = str(Path(__file__).resolve().parents[2])
_PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from models.precision.measuring import main; main()"
# Nothing else of the environment: the tokens in it are none of its business.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
# Ends that bfloat16 may be the cause of. Others, such as being killed for memory, say nothing about it.
_FATAL = frozenset(
    getattr(signal, name, None) for name in ("SIGILL", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGABRT", "SIGTRAP", "SIGALRM")
)

_log = logging.getLogger(__name__)


class Trial:
    """One process for all ``networks``, none of which has to be sound."""

    def __init__(self, networks: Sequence[NetworkFile], threads: int, cache: Path, seconds: int = SECONDS) -> None:
        """With ``threads`` and the ``cache`` folder of those who will run the networks. Raises ``OSError`` where no
        process can be had."""
        self._networks = networks
        self._seconds = seconds
        self._orders = json.dumps(
            {
                "networks": [{**vars(network), "path": str(network.path)} for network in networks],
                "threads": threads,
                "cache": str(cache),
                "seconds": seconds,
            }
        )
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this program
            [sys.executable, "-I", "-c", _PROGRAM, _ROOT],
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def findings(self) -> list[Finding]:
        """Waits for the process. Where bfloat16 may have ended it, or it hangs, none of the networks that it had not
        told of works; where something else has, or it tells what it was not asked, of those nothing is known."""
        try:
            told, _ = self._process.communicate(self._orders, self._seconds + _GRACE_SECONDS)
            fatal = -self._process.returncode in _FATAL
        except subprocess.TimeoutExpired:
            self.end()
            told, _ = self._process.communicate()
            fatal = True
        asked = {network.sha256 for network in self._networks}
        try:
            found = [Finding.model_validate_json(line) for line in told.splitlines()]
        except ValidationError:
            _log.warning("Trying bf16 gave an answer that cannot be meant")
            return []
        known = [finding for finding in found if finding.sha256 in asked]
        if fatal:
            missing = asked - {finding.sha256 for finding in known}
            _log.warning("Trying bf16 ended its process or hung: it does not work here")
            return [*known, *(Finding(sha256=sha256, works=False) for sha256 in missing)]
        if self._process.returncode:
            _log.warning("Trying bf16 failed with status %d; it is tried again at the next start",
                         self._process.returncode)  # fmt: skip
        return known

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self._process.kill()

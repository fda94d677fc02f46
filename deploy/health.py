"""``python -m deploy.health URL``: exit status 0 where ``URL`` answers 200, else 1 with one line that says why not.

Of metrics it is also asked when the program's event loop last came round: a thread of its own answers for them, also
when the program itself hangs. It imports nothing of the project, so that it may run every few seconds.
"""

from __future__ import annotations

import re
import sys
import time
import urllib.request
from collections.abc import Sequence

SECONDS = 4.0
STALE_SECONDS = 60.0
_HEARTBEAT = re.compile(r"^second_look_heartbeat_timestamp_seconds (\S+)$", re.MULTILINE)


def why_not(url: str) -> str | None:
    """Why what is at ``url`` is not well; None: it is."""
    try:
        # No proxy: what is asked is on this machine, or beside it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=SECONDS) as response:
            if response.status != 200:
                return f"{url} answers {response.status}"
            text = response.read().decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        return f"{url} cannot be had: {error}"
    beat = _HEARTBEAT.search(text)
    if beat and time.time() - float(beat[1]) > STALE_SECONDS:
        return f"the event loop has not come round for {time.time() - float(beat[1]):.0f} s"
    return None


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m deploy.health URL\n")
        return 2
    reason = why_not(arguments[0])
    if reason is not None:
        sys.stderr.write(f"{reason}\n")
    return 0 if reason is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

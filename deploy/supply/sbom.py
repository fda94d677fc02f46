"""``python -m deploy.supply.sbom FOLDER FILE...``: a bill of materials in ``FOLDER`` of each hashed requirements file.

CycloneDX 1.6 in JSON (ECMA-424), made by cyclonedx-py from the file alone, without a network: the same file gives the
same bytes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.supply.pins import read_pins

_CYCLONEDX = (sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "--output-reproducible")


class WrongBill(Exception):
    """A bill of materials does not list what its requirements file pins."""


def make_bill(requirements: Path, target: Path) -> int:
    """Writes the bill of ``requirements`` to ``target`` and gives the number of packages in it.

    Raises ``WrongBill``, and ``CalledProcessError`` where cyclonedx-py fails.
    """
    command = [*_CYCLONEDX, "--pyproject", "pyproject.toml", "--output-file", str(target), str(requirements)]
    subprocess.run(command, check=True)  # noqa: S603
    return check_bill(json.loads(target.read_bytes()), requirements)


def check_bill(bill: dict[str, Any], requirements: Path) -> int:
    """The number of packages in ``bill``. Raises ``WrongBill`` when they are not the pins of ``requirements``."""
    listed = sorted((each["name"], each["version"]) for each in bill.get("components", ()))
    pinned = sorted((pin.name, pin.version) for pin in read_pins(requirements))
    if listed != pinned:
        differing = sorted(set(listed) ^ set(pinned)) or "one is listed twice"
        raise WrongBill(f"{requirements}: the bill and the pins differ: {differing}")
    return len(listed)


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    folder, *files = map(Path, arguments)
    folder.mkdir(parents=True, exist_ok=True)
    for requirements in files:
        target = folder / f"{requirements.stem}.cdx.json"
        try:
            count = make_bill(requirements, target)
        except WrongBill as error:
            sys.stdout.write(f"{error}\n")
            return 1
        sys.stdout.write(f"{target}: {count} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``python -m training.fetch SET``: fetches a public set into ``data``; without a set it lists those there are."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.data import DataError
from training.fetch.fetch import downloads_of, fetch
from training.fetch.progress import Bars
from training.fetch.sets import SETS, PublicSet
from training.fetch.space import human


def main() -> int:
    """The exit status: 0 when the set is in place, 2 when it cannot be, 130 when stopped."""
    parser = argparse.ArgumentParser(prog="python -m training.fetch", description=__doc__)
    parser.add_argument("set", nargs="?", choices=sorted(SETS), metavar="SET", help="; ".join(sorted(SETS)))
    parser.add_argument("--to", type=Path, default=Path("data"), metavar="DIR", help="folder of all sets (data)")
    parser.add_argument("--keep-archives", action="store_true", help="leave the downloads in DIR/.downloads")
    given = parser.parse_args()
    if given.set is None:
        _list()
        return 0
    wanted = SETS[given.set]
    _introduce(wanted)
    try:
        root = fetch(wanted, given.to, Bars(), _say, keep=given.keep_archives)
    except DataError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        kept = downloads_of(wanted, given.to)
        print(f"\nstopped; what has arrived is kept in {kept}, the same command goes on from there", file=sys.stderr)
        return 130
    print("next:")
    for command in wanted.train:
        print(f"  {command.format(root=root)}")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _introduce(wanted: PublicSet) -> None:
    _say(f"{wanted.name}: {wanted.about}")
    _say(f"  licence   {wanted.licence}")
    _say(f"  cite      {wanted.citation}")
    _say(f"  source    {wanted.page}")
    _say(f"  download  {human(wanted.size)}, then {human(wanted.unpacked)} of pictures")


def _list() -> None:
    for wanted in SETS.values():
        _introduce(wanted)
        _say("")
    _say("Fetch one with: python -m training.fetch SET [--to DIR]")


if __name__ == "__main__":
    sys.exit(main())

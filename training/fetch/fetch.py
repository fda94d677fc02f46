"""From a set's name to a folder of pictures: asked for, checked, laid out, and only then put in its place."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from training.data import DataError
from training.data.samples import SUFFIXES
from training.fetch.digests import Record, verify
from training.fetch.download import download, part_of, size_of
from training.fetch.kaggle_client import on_kaggle
from training.fetch.lookalikes import report_lookalikes
from training.fetch.progress import Bars
from training.fetch.sets import PublicSet, RemoteFile
from training.fetch.space import explaining_disk, human, require_space
from training.fetch.unpack import unpack

SLACK = 2
"""An archive may hold this many times what its set is said to hold, no more."""

Say = Callable[[str], None]


def fetch(
    wanted: PublicSet,
    data: Path,
    bars: Bars,
    say: Say,
    *,
    keep: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """The folder of ``wanted`` in ``data``, fetched if it is not there. ``keep`` leaves the archives beside it.

    Raises ``DataError``; what has been downloaded by then stays and is gone on from.
    """
    root, downloads = data / wanted.folder, downloads_of(wanted, data)
    if _is_here(wanted, data):
        say(f"already here: {root}")
        return root
    try:
        with explaining_disk(data):
            downloads.mkdir(parents=True, exist_ok=True)
            with FileLock(downloads / "lock", timeout=0):
                _fetch(wanted, data, bars, say, pause)
    except Timeout:
        raise DataError(f"{wanted.name} is being fetched into {data} by another process.") from None
    if not keep:
        shutil.rmtree(downloads)
    return root


def downloads_of(wanted: PublicSet, data: Path) -> Path:
    """Where the archives of ``wanted`` are until its pictures are in place."""
    return data / ".downloads" / wanted.folder


def record_of(wanted: PublicSet, data: Path) -> Path:
    """The file beside the set's folder that says what was fetched."""
    return data / f"{wanted.folder}.fetched.json"


def _fetch(wanted: PublicSet, data: Path, bars: Bars, say: Say, pause: Callable[[float], None]) -> None:
    downloads, kept = downloads_of(wanted, data), record_of(wanted, data)
    record = Record.read(kept)
    files = [_resolved(file, wanted, downloads) for file in wanted.files]
    missing = sum(_missing(file, downloads) for file in files)
    require_space(
        data, missing + wanted.unpacked, f"{wanted.name} (archives {human(missing)}, pictures {human(wanted.unpacked)})"
    )
    for file in files:
        with bars.bar(file.name) as show:
            path = download(file, downloads, wanted.page, show, pause)
        with bars.bar(f"checking {file.name}") as show:
            against = verify(path, file, record, show)
        say(f"{file.name}: {human(size_of(path))}, {against}")
        record.write(kept)
    staged = downloads / "laid_out"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    _lay_out(wanted, files, downloads, staged, bars)
    if wanted.split:
        with bars.bar("comparing", "pictures") as show:
            say(report_lookalikes(staged, wanted.split, show))
    record.pictures = _count(staged)
    record.write(kept)
    staged.replace(data / wanted.folder)
    say(", ".join(f"{folder} {count}" for folder, count in record.pictures.items()))


def _lay_out(wanted: PublicSet, files: list[RemoteFile], downloads: Path, staged: Path, bars: Bars) -> None:
    layout = wanted.layout(downloads)
    placed: set[PurePosixPath] = set()
    for file in files:
        if file.name.endswith(".zip"):
            with bars.bar(f"unpacking {file.name}") as show:
                limit = SLACK * wanted.unpacked
                placed |= unpack(downloads / file.name, layout.place, staged, limit=limit, on_bytes=show)
    if absent := sorted(layout.expected - placed):
        raise DataError(
            f"{wanted.name}: {len(absent)} of {len(layout.expected)} pictures that its table names are in none of its "
            f"archives, such as {absent[0].name}. Remove {downloads} and fetch it again."
        )
    for folder in wanted.needs:
        if not any(PurePosixPath(folder) in path.parents for path in placed):
            raise DataError(f"{wanted.name}: its archives have no pictures for {folder}/. See {wanted.page}.")
    for name, table in layout.tables.items():
        shutil.copyfile(table, staged / name)


def _is_here(wanted: PublicSet, data: Path) -> bool:
    """Whether the set's folder is as this command left it. Raises ``DataError`` for a folder that is otherwise."""
    root = data / wanted.folder
    if not root.exists():
        return False
    recorded = Record.read(record_of(wanted, data)).pictures
    if not recorded:
        raise DataError(f"{root} is there, and not by this command: it is left as it is. Choose another --to DIR.")
    found = _count(root)
    if found != recorded:
        raise DataError(
            f"{root} has {sum(found.values())} pictures, {sum(recorded.values())} were fetched: it is left as it is. "
            "Remove the folder to have the set fetched again."
        )
    return True


def _count(root: Path) -> dict[str, int]:
    """Pictures by folder, in alphabetical order."""
    pictures = (path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES)
    return dict(sorted(Counter(path.parent.relative_to(root).as_posix() for path in pictures).items()))


def _resolved(file: RemoteFile, wanted: PublicSet, downloads: Path) -> RemoteFile:
    """Where ``file`` is today: Kaggle's client is asked, unless the archive is here already."""
    path = downloads / file.name
    return file if wanted.kaggle is None or path.is_file() else on_kaggle(file, wanted.kaggle, path)


def _missing(file: RemoteFile, downloads: Path) -> int:
    return 0 if (downloads / file.name).is_file() else max(0, file.size - size_of(part_of(file, downloads)))

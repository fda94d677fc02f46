"""``python -m training.refusals data.root=DIR``: of pictures that took no part in any choice, how many each model
refuses and why, and how many without a command reach the model that should read them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path
from typing import Any

import hydra
import numpy as np
from omegaconf import DictConfig
from scipy.stats import binomtest

from conversion.quality import QUALITY_CODES
from models import Catalog, Diagnosis, DiagnosisService, ModelsError, Refusal
from training.command import refusing_clearly
from training.data import DataError
from training.data.samples import SUFFIXES
from training.evaluation.datasets import folds_of_model
from training.evaluation.degradations import degrade
from training.router.drawings import draw
from training.router.gather import SIDE

WIDTH = 36
AT_A_TIME = 8


@dataclass(frozen=True)
class Share:
    """``count`` of ``pictures`` with the 95 % interval of Clopper and Pearson 1934."""

    count: int
    pictures: int

    def as_dict(self) -> dict[str, float | int]:
        """``count``, ``pictures``, ``value``, ``low``, ``high``."""
        span = binomtest(self.count, self.pictures).proportion_ci()
        value = self.count / self.pictures
        return {"count": self.count, "pictures": self.pictures, "value": value, "low": span.low, "high": span.high}

    def __str__(self) -> str:
        found = self.as_dict()
        return f"{self.count} of {self.pictures}, {found['value']:.4f} ({found['low']:.4f} to {found['high']:.4f})"


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="refusals")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        measure(config)


def measure(config: DictConfig) -> dict[str, Any]:
    """Prints the shares of every set and writes them to ``config.out``. Raises ``DataError``."""
    try:
        catalog = Catalog.load(Path(config.weights_dir))
    except ModelsError as problem:
        raise DataError(str(problem)) from problem
    names = list(config.models or catalog.names)
    report = {}
    for entry in config.sets:
        if "folder" in entry and not (Path(config.data.root) / entry.folder).is_dir():
            sys.stdout.write(f"{entry.name}: {entry.folder} is not there\n")
            continue
        pictures = _some(list(_pictures(entry, Path(config.data.root))), config.most)
        if "degraded" in entry:
            pictures = [degrade(data, entry.degraded) for data in pictures]
        report[entry.name] = asyncio.run(_ask(catalog, config.engine, names, pictures, entry.reader))
        for line in _lines(entry, report[entry.name]):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    Path(config.out).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def _pictures(entry: DictConfig, root: Path) -> Iterator[bytes]:
    """The files of a set, or drawings."""
    if "drawn" in entry:
        for image in draw(entry.drawn, SIDE, entry.seed):
            buffer = BytesIO()
            image.save(buffer, "PNG")
            yield buffer.getvalue()
    elif "model" in entry:
        prepared = folds_of_model(entry.model, root / entry.folder, entry.get("classes"))
        yield from (prepared.samples[row].path.read_bytes() for row in prepared.split.test)
    else:
        for path in sorted((root / entry.folder).rglob("*")):
            wanted = path.suffix.lower() in SUFFIXES and path.is_file()
            if wanted and any(fnmatch(path.name, pattern) for pattern in entry.get("only", ["*"])):
                yield path.read_bytes()


def _some(pictures: list[bytes], most: int) -> list[bytes]:
    if len(pictures) <= most:
        return pictures
    chosen = np.random.default_rng(0).choice(len(pictures), most, replace=False)
    return [pictures[row] for row in sorted(chosen)]


async def _ask(
    catalog: Catalog, engine: str, names: Sequence[str], pictures: Sequence[bytes], reader: str | None
) -> dict[str, Any]:
    """For each model the share that it refuses, with the codes; and where the pictures go when no model is named."""
    async with DiagnosisService(catalog, engine) as service:
        report: dict[str, Any] = {}
        for name in names:
            found = await _all(service, pictures, name)
            codes = Counter(result.code for result in found if isinstance(result, Refusal))
            share = Share(sum(codes.values()), len(found))
            report[f"refused by {name}"] = share.as_dict() | {"codes": dict(codes.most_common())}
            stopped = Share(sum(codes[code] for code in QUALITY_CODES), len(found))
            report[f"stopped by the gate of {name}"] = stopped.as_dict()
        found = await _all(service, pictures, None)
    routed = Counter(str(result.model) for result in found)
    right = [_went_right(result, reader) for result in found]
    share = Share(sum(right), len(right))
    return report | {"sent the right way": share.as_dict() | {"models": dict(routed.most_common())}}


async def _all(service: DiagnosisService, pictures: Sequence[bytes], model: str | None) -> list[Diagnosis | Refusal]:
    gate = asyncio.Semaphore(AT_A_TIME)

    async def one(data: bytes) -> Diagnosis | Refusal:
        async with gate:
            return await service.diagnose(data, model)

    return list(await asyncio.gather(*(one(data) for data in pictures)))


def _went_right(result: Diagnosis | Refusal, reader: str | None) -> bool:
    """Whether a picture without a command reached the model that should read it (which may refuse it for its quality or
    its novelty), or, where nobody should, was refused."""
    return isinstance(result, Refusal) if reader is None else result.model == reader


def _lines(entry: DictConfig, report: dict[str, Any]) -> Iterator[str]:
    yield f"{entry.name}"
    for name, found in report.items():
        share, detail = Share(found["count"], found["pictures"]), found.get("codes") or found.get("models") or {}
        told = ", ".join(f"{key} {count}" for key, count in detail.items())
        yield f"  {name:{WIDTH}} {share}{f'  [{told}]' if told else ''}"


if __name__ == "__main__":
    main()

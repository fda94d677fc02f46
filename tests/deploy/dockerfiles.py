"""A Dockerfile as data: its stages, and what an image made of one is like."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@dataclass
class Stage:
    """``base`` is another stage, or an image of elsewhere; ``steps`` are instructions and their values in order."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def values(self, instruction: str) -> list[str]:
        return [value for name, value in self.steps if name == instruction]


@cache
def stages() -> Mapping[str, Stage]:
    """The stages by name, in their order."""
    found: dict[str, Stage] = {}
    stage = None
    for step in DockerfileParser(path=str(DOCKERFILE)).structure:
        if step["instruction"] == "FROM":
            base, _, name = re.split(r"\s+", step["value"])
            stage = found[name] = Stage(name, base)
        elif step["instruction"] != "COMMENT":
            assert stage is not None
            stage.steps.append((step["instruction"], step["value"]))
    return found


def lineage(target: str) -> list[Stage]:
    """The stage ``target`` and what it is based on, the first one first."""
    chain: list[Stage] = []
    while target in stages():
        chain.insert(0, stages()[target])
        target = stages()[target].base
    return chain


def environment(target: str) -> dict[str, str]:
    """What ``ENV`` says, with arguments left at their defaults."""
    found: dict[str, str] = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}
    arguments: dict[str, str] = {}
    for stage in lineage(target):
        for instruction, value in stage.steps:
            for word in shlex.split(value) if instruction in ("ENV", "ARG") else ():
                name, _, text = word.partition("=")
                known = {**arguments, **found}
                kept = arguments if instruction == "ARG" else found
                kept[name] = re.sub(r"\$\{?(\w+)\}?", lambda match: known.get(match[1], ""), text)  # noqa: B023
    return found


def last(target: str, instruction: str) -> str | None:
    """The value that counts of an instruction that may be repeated."""
    values = [value for stage in lineage(target) for value in stage.values(instruction)]
    return values[-1] if values else None


def command(target: str) -> list[str]:
    """What a container of the image runs."""
    return json.loads(last(target, "ENTRYPOINT") or "[]") + json.loads(last(target, "CMD") or "[]")


def health_check(target: str) -> list[str] | None:
    """The command that asks whether a container is well; None: nobody asks."""
    value = last(target, "HEALTHCHECK")
    return None if value in (None, "NONE") else json.loads(value[value.index("[") :])


def copies(stage: Stage) -> Iterator[tuple[str | None, list[str], str]]:
    """The stage copied from (None: the build's context), the sources, and the destination of each ``COPY``."""
    for value in stage.values("COPY"):
        words = shlex.split(value)
        other = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
        yield other, words[:-1], words[-1]


@cache
def _ignore_patterns() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def in_context(path: str) -> bool:
    """Whether ``path``, relative to the repository, is sent to the build: of the patterns the last that fits counts."""
    taken = True
    parts = path.split("/")
    for pattern in _ignore_patterns():
        plain = pattern.removeprefix("!")
        if plain.startswith("**/"):
            fits = any(fnmatch.fnmatchcase(part, plain.removeprefix("**/")) for part in parts)
        else:
            depth = plain.count("/") + 1
            fits = len(parts) >= depth and fnmatch.fnmatchcase("/".join(parts[:depth]), plain)
        if fits:
            taken = pattern.startswith("!")
    return taken

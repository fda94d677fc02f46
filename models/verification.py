"""Checks of a model that is at hand: its hashes, the contract and its golden outputs, on every engine installed, and in
the precision that is chosen for it here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import ValidationError

from models.catalog import Catalog
from models.engines.base import EngineOptions, NetworkFile, Precision
from models.engines.choice import Choice, EngineSetting, choose
from models.ensemble import Ensemble
from models.errors import EngineUnavailable, ModelsError
from models.explain import explain
from models.golden import GOLDEN, GoldenOutputs, compare, golden_images


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "FAILED"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One check of one model; ``text`` says what was compared, or what is wrong."""

    model: str
    subject: str
    outcome: Outcome
    text: str


def verify(
    catalog: Catalog, name: str, options: EngineOptions, precision: Precision = Precision.F32
) -> Iterator[Check]:
    """The checks of the model ``name``, as they are done: in f32, and in ``precision`` where an engine has it. Raises
    ``UnknownModel``."""
    card = catalog.card(name)
    try:
        networks = catalog.networks(name)
    except ModelsError as error:
        yield Check(name, "hash", Outcome.FAILED, str(error))
        return
    yield Check(name, "hash", Outcome.OK, ", ".join(file.path for file in card.files))
    for engine in (EngineSetting.OPENVINO, EngineSetting.ONNXRUNTIME):
        try:
            choice = choose(engine)
        except EngineUnavailable as error:
            yield Check(name, engine, Outcome.SKIPPED, str(error))
        else:
            yield from _verify_on(catalog, name, networks, choice, options)
            if precision is not Precision.F32 and engine is EngineSetting.OPENVINO:
                yield from _verify_on(catalog, name, networks, choice, replace(options, precision=precision))


def _verify_on(
    catalog: Catalog, name: str, networks: tuple[NetworkFile, ...], choice: Choice, options: EngineOptions
) -> Iterator[Check]:
    title = choice.name if options.precision is Precision.F32 else f"{choice.name} {options.precision}"
    contract, golden = f"{title} contract", f"{title} golden"
    try:
        model = Ensemble(networks, choice, options)
    except ModelsError as error:
        yield Check(name, contract, Outcome.FAILED, str(error))
        return
    try:
        yield Check(name, contract, Outcome.OK, model.describe())
        problems = _golden_problems(catalog, name, model)
        yield Check(name, golden, Outcome.FAILED if problems else Outcome.OK, "; ".join(problems) or GOLDEN)
    finally:
        model.close()


def _golden_problems(catalog: Catalog, name: str, model: Ensemble) -> list[str]:
    card = catalog.card(name)
    path = catalog.path(name) / GOLDEN
    try:
        golden = GoldenOutputs.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return [f"{path}: no such file; python -m models verify --write-golden {name} makes it"]
    except ValidationError as error:
        return [f"{path}: {explain(error)}"]
    try:
        output = model.infer(golden_images(card.input.height, card.input.width))
        return compare(golden, card, output, model.engine.precision)
    except ModelsError as error:
        return [str(error)]

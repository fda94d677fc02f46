"""The one way through for bot, API and command line: bytes in, a diagnosis or a refusal out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from conversion import (
    DecodingLimits,
    ModelInput,
    Picture,
    QualityProblem,
    ReasonCode,
    UnreadablePicture,
    check_quality,
    open_picture,
    to_model_input,
)
from models.card import ModelCard, Thresholds
from models.catalog import Catalog
from models.diagnosis import Diagnosis, Finding, Refusal, RefusalCode, Timings, Verdict
from models.engines.base import EngineOptions, EngineOutput
from models.engines.choice import EngineSetting, choose
from models.ensemble import Ensemble

DEFAULT_MODEL = "melanoma"
# A decoded picture takes up to 150 MB; no more than these are held at a time, however many callers wait.
PICTURES_AT_A_TIME = 4

_QUALITY_TEXTS: Mapping[ReasonCode, str] = {
    ReasonCode.TOO_SMALL: "the shorter side has {side} pixels, the model needs {limit}",
    ReasonCode.BLURRED: "the picture is blurred (sharpness {value:.1f}, the model needs {limit:g})",
    ReasonCode.TOO_DARK: "the picture is too dark (brightness {value:.0f} of 255, the model needs {limit:g})",
    ReasonCode.TOO_BRIGHT: "the picture is too bright (brightness {value:.0f} of 255, the model bears {limit:g})",
    ReasonCode.COLOURLESS: "the picture has no colour (chroma {value:.1f} of 255, the model needs {limit:g})",
}

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True)
class _Opened:
    picture: Picture
    model_input: ModelInput


class DiagnosisService:
    """Reads pictures with the models of a catalogue. Made and used in one event loop; the work is done in threads.

    A model is loaded when it is first asked, or by ``start``. Use it as an async context manager, or call ``close``.
    """

    def __init__(
        self,
        catalog: Catalog,
        engine: str = EngineSetting.AUTO,
        limits: DecodingLimits | None = None,
        default_model: str = DEFAULT_MODEL,
        options: EngineOptions | None = None,
    ) -> None:
        """Raises ``EngineUnavailable``, and ``UnknownModel`` when the default model is not in the catalogue."""
        self.catalog = catalog
        self.default_model = catalog.card(default_model).name
        self.limits = limits or DecodingLimits()
        self._choice = choose(engine)
        self._options = options or EngineOptions()
        _log.info("Inference engine: %s (%s)", self._choice.name, self._choice.reason)
        self._models: dict[str, Ensemble] = {}
        self._locks = {name: asyncio.Lock() for name in catalog.names}
        self._places = asyncio.Semaphore(PICTURES_AT_A_TIME)
        self._threads = ThreadPoolExecutor(PICTURES_AT_A_TIME, thread_name_prefix="diagnosis")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def engine(self) -> str:
        """The chosen engine's name."""
        return self._choice.name

    async def start(self) -> None:
        """Loads every model, all at once. Raises ``CorruptWeights``, ``ContractViolation`` or ``CatalogError``."""
        await asyncio.gather(*(self._model(name) for name in self.catalog.names))

    async def close(self) -> None:
        """Waits for the pictures being read, then gives the models' memory back."""
        await asyncio.to_thread(self._threads.shutdown)
        for model in self._models.values():
            model.close()
        self._models.clear()

    async def diagnose(self, data: bytes, model: str | None = None) -> Diagnosis | Refusal:
        """What ``model`` (or the default one) sees in the picture that ``data`` holds, or why it was not read.

        Raises ``UnknownModel``; ``CorruptWeights``, ``ContractViolation`` or ``CatalogError`` when the model cannot be
        loaded; ``ContractViolation`` also when it computes numbers that cannot be meant.
        """
        name = self.catalog.card(model or self.default_model).name
        card = self.catalog.card(name)
        async with self._places:
            opened, convert = await self._timed(partial(_open, data, card, self.limits))
            if isinstance(opened, UnreadablePicture):
                return Refusal(opened.code, opened.message, opened.details, name, timings=Timings(convert, 0.0))
            if isinstance(opened, QualityProblem):
                message = _QUALITY_TEXTS[opened.code].format_map(opened.details)
                return Refusal(opened.code, message, opened.details, name, timings=Timings(convert, 0.0))
            ensemble = await self._model(name)
            output, infer = await self._timed(partial(ensemble.infer, opened.model_input.pixels[None]))
        return self._answer(card, opened, output, Timings(convert, infer))

    async def _model(self, name: str) -> Ensemble:
        async with self._locks[name]:
            if name not in self._models:
                model, milliseconds = await self._timed(partial(self._load, name))
                self._models[name] = model
                _log.info("Loaded %s in %.0f ms: %s", name, milliseconds, model.describe())
        return self._models[name]

    def _load(self, name: str) -> Ensemble:
        return Ensemble(self.catalog.networks(name), self._choice, self._options)

    async def _timed(self, work: Callable[[], _T]) -> tuple[_T, float]:
        """Runs ``work`` in a thread; its result and the milliseconds that it took, waiting for the thread left out."""

        def timed() -> tuple[_T, float]:
            start = time.perf_counter()
            return work(), (time.perf_counter() - start) * 1e3

        return await asyncio.get_running_loop().run_in_executor(self._threads, timed)

    def _answer(self, card: ModelCard, opened: _Opened, output: EngineOutput, timings: Timings) -> Diagnosis | Refusal:
        novelty = float(output.novelty[0])
        if novelty > card.novelty.threshold:
            return Refusal(
                RefusalCode.UNLIKE_TRAINING,
                f"the picture is unlike those the model learnt from (novelty {novelty:.3g}, "
                f"limit {card.novelty.threshold:.3g})",
                {"value": novelty, "limit": card.novelty.threshold},
                card.name,
                novelty,
                timings,
            )
        found = [Finding(code, float(value)) for code, value in zip(card.codes, output.probabilities[0], strict=True)]
        findings = tuple(sorted(found, key=lambda finding: -finding.probability))
        return Diagnosis(
            model=card.name,
            version=card.version,
            weights_hash=self.catalog.weights_hash(card.name),
            engine=self._choice.name,
            verdict=verdict_of(findings, card.thresholds),
            findings=findings,
            heatmap=output.heatmap[0],
            region=opened.model_input.region,
            novelty=novelty,
            picture=opened.picture,
            timings=timings,
        )


def verdict_of(findings: Sequence[Finding], thresholds: Thresholds) -> Verdict:
    """The band that the summed probability of the positive labels falls into; never unsuspicious when the most probable
    label is one of them, which among many labels may have less than the cut."""
    leading = max(findings, key=lambda finding: finding.probability)
    positive = sum(finding.probability for finding in findings if finding.label in thresholds.positive)
    if positive >= thresholds.suspicious_from:
        return Verdict.SUSPICIOUS
    if positive < thresholds.unsuspicious_below and leading.label not in thresholds.positive:
        return Verdict.UNSUSPICIOUS
    return Verdict.UNCLEAR


def _open(data: bytes, card: ModelCard, limits: DecodingLimits) -> _Opened | UnreadablePicture | QualityProblem:
    try:
        picture = open_picture(data, limits)
    except UnreadablePicture as refusal:
        return refusal
    problem = check_quality(picture, card.quality)
    if problem:
        return problem
    return _Opened(picture, to_model_input(picture, card.input.height, card.input.width, card.input.fit))

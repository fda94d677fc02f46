"""The one way through for bot, API and command line: bytes in, a diagnosis or a refusal out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import NoReturn, Self, TypeVar

from conversion import (
    DecodingLimits,
    ModelInput,
    Picture,
    QualityMeasures,
    ReasonCode,
    UnreadablePicture,
    judge_quality,
    measure_quality,
    open_picture,
    to_model_input,
)
from conversion.picture import FOR_MODELS, TO_BE_SHOWN
from conversion.processes import DecodingProcesses
from models import tracing
from models.card import Modality, ModelCard
from models.catalog import Catalog
from models.diagnosis import Diagnosis, Refusal, RefusalCode, Timings
from models.engines.base import EngineOptions, EngineOutput
from models.engines.choice import EngineSetting, choose
from models.ensemble import Ensemble
from models.errors import ModelsError
from models.interpretation import findings_of, label_set_of, verdict_of
from models.metrics import count
from models.precision.choice import Precisions, PrecisionSetting
from models.routing import Kind, kind_of, reads, router_input, why_not_read
from models.threads import CallHung, Threads
from models.watchdog import WatchedModel

DEFAULT_MODEL = "melanoma"
# A decoded picture takes up to 20 MB; no more than these are held at a time, however many callers wait.
PICTURES_AT_A_TIME = 4
INFERENCE_SECONDS = 20.0

_QUALITY_TEXTS: Mapping[ReasonCode, str] = {
    ReasonCode.TOO_SMALL: "the shorter side has {side} pixels, the model needs {limit}",
    ReasonCode.BLURRED: "the picture is blurred (sharpness {value:.1f}, the model needs {limit:g})",
    ReasonCode.TOO_DARK: "the picture is too dark (brightness {value:.0f} of 255, the model needs {limit:g})",
    ReasonCode.TOO_BRIGHT: "the picture is too bright (brightness {value:.0f} of 255, the model bears {limit:g})",
    ReasonCode.COLOURLESS: "the picture has no colour (chroma {value:.1f} of 255, the model needs {limit:g})",
    ReasonCode.OVEREXPOSED: "{value:.0f} % of the picture are plain white, the model bears {limit:g} %",
    ReasonCode.MOSTLY_BORDER: "{value:.0f} % of the picture are border, the model bears {limit:g} %",
    ReasonCode.SCREENSHOT: "the picture is a page or a screen: {value:.0f} % are plain, the model bears {limit:g} %",
}

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_ROUTING_TEXTS: Mapping[str, str] = {
    RefusalCode.UNKNOWN_KIND: "the picture is none of the kinds that are read here",
    RefusalCode.WRONG_KIND: "the picture looks like {kind}, which this model does not read",
    RefusalCode.ADULT_XRAY: "the picture looks like an adult's chest X-ray, and the model knows only children's",
}


@dataclass(frozen=True)
class _Declined:
    """Why a picture is refused before a model is asked."""

    code: str
    message: str
    details: Mapping[str, float | int | str]


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
        *,
        options: EngineOptions | None = None,
        precision: str = PrecisionSetting.F32,
        decoders: DecodingProcesses | None = None,
        inference_seconds: float = INFERENCE_SECONDS,
        shows: bool = True,
    ) -> None:
        """Pictures are decoded in this process where there are no ``decoders``, which are ended with the service. With
        ``shows`` a diagnosis has its picture at a size to be shown, and else as it was read. An
        engine that takes longer than ``inference_seconds`` for a picture is given up. ``precision`` is a
        ``PrecisionSetting``.

        Raises ``EngineUnavailable``, and ``UnknownModel`` when the default model is not in the catalogue.
        """
        self.catalog = catalog
        self.default_model = catalog.card(default_model).name
        self.limits = limits or DecodingLimits()
        self._choice = choose(engine)
        self._precisions = Precisions(catalog, self._choice.name, options or EngineOptions(), precision)
        _log.info("Inference engine: %s (%s)", self._choice.name, self._choice.reason)
        self._decoders = decoders
        self._models: dict[str, WatchedModel] = {}
        self._locks = {name: asyncio.Lock() for name in catalog.cards}
        self._places = asyncio.Semaphore(PICTURES_AT_A_TIME)
        self._threads = ThreadPoolExecutor(PICTURES_AT_A_TIME, thread_name_prefix="diagnosis")
        self._engine_threads = Threads()
        self._inference_seconds = inference_seconds
        self._shows = shows

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
        """Loads every model, all at once. Raises ``CorruptWeights``, ``ContractViolation``, ``CatalogError``, or
        ``EngineFailed`` when the engine hangs."""
        if self._decoders:
            await asyncio.to_thread(self._decoders.start)
        await asyncio.gather(*(self._model(name) for name in self.catalog.cards))
        self._precisions.try_out(self._go_over)

    async def until_stuck(self) -> NoReturn:
        """Raises ``EnginesStuck`` once the engines hang for good: no picture is read any more; end the process."""
        await self._engine_threads.until_stuck()

    async def close(self) -> None:
        """Waits for the pictures being read, then gives the models' memory back."""
        await asyncio.to_thread(self._precisions.close)
        await asyncio.to_thread(self._threads.shutdown)
        if self._decoders:
            await asyncio.to_thread(self._decoders.close)
        for model in self._models.values():
            model.close()
        self._models.clear()
        self._engine_threads.close()

    def open_picture(self, data: bytes, enough: int = TO_BE_SHOWN) -> Picture:
        """The picture that ``data`` holds, with at least ``enough`` pixels a side where it has them, within this
        service's limits; blocks. Raises ``UnreadablePicture``."""
        limits = self.limits.model_copy(update={"enough": enough})
        return self._decoders.open_picture(data, limits) if self._decoders else open_picture(data, limits)

    async def diagnose(self, data: bytes, model: str | None = None) -> Diagnosis | Refusal:
        """What ``model`` sees in the picture that ``data`` holds, or why it was not read.

        When no model is named, the router finds the one for this kind of picture; without a router it is the default.

        Raises ``UnknownModel``; ``CorruptWeights``, ``ContractViolation`` or ``CatalogError`` when the model cannot be
        loaded; ``ContractViolation`` also when it computes numbers that cannot be meant; ``EngineFailed`` when the
        engine fails or hangs, also once it was loaded anew.
        """
        result = await self._diagnose(data, model)
        count(result, self.catalog.cards.get(result.model or ""))
        return result

    async def _diagnose(self, data: bytes, model: str | None) -> Diagnosis | Refusal:
        asked = self.catalog.card(model) if model else None
        async with self._places:
            picture, opening = await self._timed(partial(self._open, data))
            if isinstance(picture, UnreadablePicture):
                return Refusal(picture.code, picture.message, picture.details, model, timings=Timings(opening, 0.0))
            # Nearly always all of it is wanted, and a small network leaves a core to the rest.
            (kind, routing), (measures, measuring), (ready, preparing) = await asyncio.gather(
                self._kind(picture), self._timed(partial(measure_quality, picture)), self._prepare(picture, asked)
            )
            card = asked or self._card_for(kind)
            declined = self._why_not(measures, card, kind)
            if declined:
                name, timings = card.name if card else None, Timings(opening + measuring + preparing, routing)
                return Refusal(declined.code, declined.message, declined.details, name, timings=timings)
            assert card is not None
            if ready is None:
                ready, preparing = await self._prepare(picture, card)
                assert ready is not None
            convert = opening + measuring + preparing
            watched = await self._model(card.name)
            output, infer = await self._timed(partial(watched.infer, ready.pixels[None]))
            result = self._answer(card, picture, ready, output, Timings(convert, routing + infer))
            return await self._shown(result, data) if isinstance(result, Diagnosis) else result

    def _open(self, data: bytes) -> Picture | UnreadablePicture:
        try:
            return self.open_picture(data, FOR_MODELS)
        except UnreadablePicture as refusal:
            return refusal

    async def _shown(self, diagnosis: Diagnosis, data: bytes) -> Diagnosis:
        """``diagnosis`` with its picture as large as it is to be shown."""
        read = diagnosis.picture
        if not self._shows or min(read.width, read.height) < FOR_MODELS:
            return diagnosis
        picture = await tracing.in_thread(self._threads, partial(self.open_picture, data))
        return diagnosis.on(picture, (read.width, read.height))

    async def _kind(self, picture: Picture) -> tuple[Kind | None, float]:
        """What the router says ``picture`` shows, and the milliseconds that took; None without a router."""
        card = self.catalog.router
        if card is None:
            return None, 0.0
        router = await self._model(card.name)
        return await self._timed(lambda: kind_of(card, router.infer(router_input(picture, card))))

    def _card_for(self, kind: Kind | None) -> ModelCard | None:
        """The model to ask when none was named: the default one where it reads ``kind``, else the first that does."""
        cards = [self.catalog.card(name) for name in (self.default_model, *self.catalog.names)]
        if kind is None:
            return cards[0]
        # What the router knows nothing of is a matter for the model that was named for it.
        return next((card for card in cards if kind is not Kind.OTHER and reads(card.modality, kind)), None)

    async def _prepare(self, picture: Picture, card: ModelCard | None) -> tuple[ModelInput | None, float]:
        """The input for the model of ``card`` and the milliseconds that took; None for no model."""
        if card is None:
            return None, 0.0
        wanted = card.input
        return await self._timed(lambda: to_model_input(picture, wanted.height, wanted.width, wanted.fit))

    def _why_not(self, measures: QualityMeasures, card: ModelCard | None, kind: Kind | None) -> _Declined | None:
        """Why the model of ``card`` is not asked, if it is not."""
        modality = card.modality if card else _modality_of(kind)
        fits = card is not None and (kind is None or reads(modality, kind))
        # Of a picture that nobody can tell what it shows it is worth more to hear that it is dark or blurred; but a
        # good X-ray is not to be called a picture of skin without colours.
        if fits or kind is Kind.OTHER:
            limits = (card or self.catalog.card(self.default_model)).quality
            problem = judge_quality(measures, limits)
            if problem and (fits or problem.code is not ReasonCode.COLOURLESS):
                return _Declined(
                    problem.code, _QUALITY_TEXTS[problem.code].format_map(problem.details), problem.details
                )
        if fits:
            return None
        assert kind is not None
        code, details = why_not_read(modality, kind), {"kind": kind.value}
        return _Declined(code, _ROUTING_TEXTS[code].format_map(details), details)

    async def _model(self, name: str) -> WatchedModel:
        async with self._locks[name]:
            if name not in self._models:
                watch = partial(WatchedModel, self.catalog.card(name), partial(self._load, name))
                work = partial(watch, self._engine_threads, self._inference_seconds)
                self._models[name] = await tracing.in_thread(self._threads, work)
        return self._models[name]

    def _load(self, name: str) -> Ensemble:
        begun = time.perf_counter()
        model = Ensemble(self.catalog.networks(name), self._choice, self._precisions.options(name))
        _log.info("Loaded %s in %.0f ms: %s", name, (time.perf_counter() - begun) * 1e3, model.describe())
        return model

    def _go_over(self) -> None:
        """Has each model that is loaded computed in the precision that it is to have by now."""
        for name, model in list(self._models.items()):
            if model.precision not in ("", self._precisions.of(name)):
                try:
                    model.renew()
                except (ModelsError, CallHung) as error:
                    _log.warning("%s stays at %s: %s", name, model.precision, type(error).__name__)

    async def _timed(self, work: Callable[[], _T]) -> tuple[_T, float]:
        """Runs ``work`` in a thread; its result and the milliseconds that it took, waiting for the thread left out."""

        def timed() -> tuple[_T, float]:
            start = time.perf_counter()
            return work(), (time.perf_counter() - start) * 1e3

        return await tracing.in_thread(self._threads, timed)

    def _answer(
        self, card: ModelCard, picture: Picture, model_input: ModelInput, output: EngineOutput, timings: Timings
    ) -> Diagnosis | Refusal:
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
        findings = findings_of(card, output.probabilities[0])
        label_set = label_set_of(findings, card)
        return Diagnosis(
            model=card.name,
            version=card.version,
            weights_hash=self.catalog.weights_hash(card.name),
            engine=self._choice.name,
            verdict=verdict_of(findings, card.thresholds, label_set),
            findings=findings,
            label_set=label_set,
            heatmap=output.heatmap[0],
            region=model_input.region,
            novelty=novelty,
            picture=picture,
            timings=timings,
        )


def _modality_of(kind: Kind | None) -> Modality:
    """What would have to be read where no model that is at hand reads ``kind``."""
    return Modality.CHEST_XRAY if kind in (Kind.CHEST_XRAY, Kind.ADULT_CHEST_XRAY) else Modality.DERMOSCOPY

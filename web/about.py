"""``/v1/models``, and what machines watch: ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

from typing import Any, Final, Literal

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from journal import JournalUnavailable
from models import ModelCard
from report.findings import finding_words
from report.language import load_translations
from report.model_words import model_name, model_page, model_summary
from report.words import LOCALES
from web.desk import AnyDesk, KnownCaller, Spoken
from web.openapi import GUARDED
from web.problems import Document
from web.schemas import FigureOut, HealthOut, LabelOut, ModelOut, ModelsOut, ReadinessOut

keyed = APIRouter(tags=["models"])
router = APIRouter(tags=["watching"])

_METRICS: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
_READINESS: Final[dict[int | str, dict[str, Any]]] = {
    503: {"model": ReadinessOut, "description": "Not ready; `missing` says what for"}
}


@keyed.get(
    "/v1/models", summary="The models and what is known of them", responses={200: {"model": ModelsOut}, **GUARDED}
)
async def get_models(desk: AnyDesk, caller: KnownCaller, language: Spoken) -> Response:
    """From the models' cards. `title`, `summary`, `about` and the names of labels are in the language asked for, the
    cards' own texts in English."""
    catalog = desk.reader.catalog
    models = tuple(_model(catalog.card(name), language) for name in catalog.names)
    document = Document(200, ModelsOut(models=models, default=desk.reader.default_model).model_dump_json(), language)
    return document.response()


@router.get("/healthz", summary="Whether the server is alive")
async def get_health() -> HealthOut:
    """Always 200: that there is an answer says it all."""
    return HealthOut()


@router.get("/readyz", summary="Whether pictures can be read now", responses=_READINESS)
async def get_readiness(desk: AnyDesk, response: Response) -> ReadinessOut:
    """200 when all models are loaded and the journal can be written, else 503."""
    missing: list[Literal["models", "journal", "stopping"]] = []
    if not desk.standing.loaded:
        missing.append("models")
    try:
        await desk.journal.api.try_writing()
    except JournalUnavailable:
        missing.append("journal")
    if desk.standing.stopping:
        missing.append("stopping")
    response.status_code = 503 if missing else 200
    return ReadinessOut(ready=not missing, missing=tuple(missing))


@router.get("/metrics", summary="Counts for Prometheus", responses=_METRICS, response_class=Response)
async def get_metrics() -> Response:
    """Counts and times; no person, no picture, no key."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _model(card: ModelCard, language: str) -> ModelOut:
    translations = load_translations(LOCALES, language)
    return ModelOut(
        name=card.name,
        title=model_name(card.name, language),
        summary=model_summary(card, language),
        about=model_page(card, language),
        version=card.version,
        created=card.created,
        weights_hash=card.weights_hash,
        modality=card.modality,
        labels=tuple(
            LabelOut(code=label.code, name=finding_words(label.code, translations).name, risk=label.risk)
            for label in card.labels
        ),
        positive=card.thresholds.positive,
        unsuspicious_below=card.thresholds.unsuspicious_below,
        suspicious_from=card.thresholds.suspicious_from,
        novelty_limit=card.novelty.threshold,
        figures=tuple(
            FigureOut(
                name=figure.name,
                value=figure.value,
                low=figure.low,
                high=figure.high,
                fold=figure.fold,
                pictures=figure.pictures,
            )
            for figure in card.figures
        ),
        intended_use=card.intended_use,
        limits=card.limits,
    )

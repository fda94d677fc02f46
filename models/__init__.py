"""The models at serving time: cards, engines and the service that reads a picture."""

from models.card import ModelCard
from models.catalog import Catalog
from models.diagnosis import Diagnosis, Finding, Refusal, RefusalCode, Timings, Verdict
from models.errors import (
    CatalogError,
    ContractViolation,
    CorruptWeights,
    EngineFailed,
    EnginesStuck,
    EngineUnavailable,
    ModelsError,
    UnknownModel,
)
from models.service import DEFAULT_MODEL, DiagnosisService

__all__ = [
    "DEFAULT_MODEL",
    "Catalog",
    "CatalogError",
    "ContractViolation",
    "CorruptWeights",
    "Diagnosis",
    "DiagnosisService",
    "EngineFailed",
    "EngineUnavailable",
    "EnginesStuck",
    "Finding",
    "ModelCard",
    "ModelsError",
    "Refusal",
    "RefusalCode",
    "Timings",
    "UnknownModel",
    "Verdict",
]

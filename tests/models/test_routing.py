"""Every picture goes to the model that reads its kind, or is refused with the reason."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conversion import QualityLimits, ReasonCode, open_picture
from models import Catalog, Diagnosis, DiagnosisService, Refusal, RefusalCode
from models.card import Modality
from models.engines.base import EngineOptions, EngineOutput
from models.routing import Kind, kind_of, reads, router_input, why_not_read
from tests.tiny_models import flat_png, write_tiny_model, write_tiny_router, write_tiny_skin, write_tiny_weights

SKIN = flat_png(red=204, green=60, blue=90)
CHILD = flat_png(red=60, green=204, blue=90)
ADULT = flat_png(red=60, green=90, blue=204)
CAT = flat_png(red=60, green=70, blue=80)
COLOURFUL = QualityLimits(min_colourfulness=20.0, min_brightness=30.0)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    write_tiny_weights(tmp_path)
    write_tiny_model(tmp_path, "melanoma", quality=COLOURFUL)
    write_tiny_skin(tmp_path)
    write_tiny_router(tmp_path)
    return Catalog.load(tmp_path)


@pytest.fixture
async def service(catalog: Catalog) -> AsyncIterator[DiagnosisService]:
    async with DiagnosisService(catalog, "onnxruntime", options=EngineOptions(threads=1)) as service:
        yield service


async def told(service: DiagnosisService, data: bytes, model: str | None = None) -> tuple[str | None, str | None]:
    """The model that answered or refused, and the code of the refusal."""
    result = await service.diagnose(data, model)
    return result.model, result.code if isinstance(result, Refusal) else None


def test_the_router_is_no_model_that_a_person_may_ask(catalog: Catalog) -> None:
    assert catalog.names == ("melanoma", "pneumonia", "skin")
    assert catalog.router == catalog.card("router")


async def test_a_picture_without_a_command_goes_to_the_model_that_reads_its_kind(service: DiagnosisService) -> None:
    assert await told(service, SKIN) == ("melanoma", None)
    assert await told(service, CHILD) == ("pneumonia", None)
    assert await told(service, ADULT) == (None, RefusalCode.ADULT_XRAY)
    assert await told(service, CAT) == (None, RefusalCode.UNKNOWN_KIND)


@pytest.mark.parametrize(
    ("model", "data", "expected"),
    [
        ("melanoma", SKIN, None),
        ("skin", SKIN, None),
        ("pneumonia", CHILD, None),
        ("melanoma", CHILD, RefusalCode.WRONG_KIND),
        ("skin", ADULT, RefusalCode.WRONG_KIND),
        ("pneumonia", SKIN, RefusalCode.WRONG_KIND),
        ("pneumonia", ADULT, RefusalCode.ADULT_XRAY),
        ("melanoma", CAT, RefusalCode.UNKNOWN_KIND),
        ("pneumonia", CAT, RefusalCode.UNKNOWN_KIND),
    ],
)
async def test_a_named_model_reads_its_own_kind_only(
    service: DiagnosisService, model: str, data: bytes, expected: str | None
) -> None:
    assert await told(service, data, model) == (model, expected)


async def test_a_refusal_names_what_the_picture_looks_like(service: DiagnosisService) -> None:
    result = await service.diagnose(CHILD, "melanoma")
    assert isinstance(result, Refusal)
    assert result.details == {"kind": "chest_xray"}
    assert "looks like chest_xray" in result.message
    assert result.timings is not None
    assert result.timings.infer > 0


async def test_of_a_picture_of_no_kind_darkness_is_said_first_and_missing_colour_never(
    service: DiagnosisService,
) -> None:
    """The tiny model's pictures may not be darker than 30, nor have less chroma than 20."""
    assert await told(service, flat_png(10, 10, 10)) == (None, ReasonCode.TOO_DARK)
    assert await told(service, flat_png(90, 90, 90)) == (None, RefusalCode.UNKNOWN_KIND)
    assert await told(service, flat_png(90, 90, 90), "melanoma") == ("melanoma", RefusalCode.UNKNOWN_KIND)


async def test_without_a_router_the_default_model_reads_everything(tmp_path: Path) -> None:
    catalog = Catalog.load(write_tiny_weights(tmp_path))
    assert catalog.router is None
    async with DiagnosisService(catalog, "onnxruntime", options=EngineOptions(threads=1)) as service:
        assert isinstance(await service.diagnose(flat_png(60, 204, 90)), Diagnosis)


async def test_a_kind_whose_model_is_not_installed_is_refused(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "melanoma")
    write_tiny_router(tmp_path)
    async with DiagnosisService(Catalog.load(tmp_path), "onnxruntime", options=EngineOptions(threads=1)) as service:
        assert await told(service, CHILD) == (None, RefusalCode.WRONG_KIND)


async def test_a_model_of_cameras_pictures_of_skin_takes_what_the_router_does_not_know(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "melanoma")
    write_tiny_model(tmp_path, "skin", modality=Modality.SKIN_PHOTO)
    write_tiny_router(tmp_path)
    async with DiagnosisService(Catalog.load(tmp_path), "onnxruntime", options=EngineOptions(threads=1)) as service:
        assert await told(service, CAT, "skin") == ("skin", None)
        assert await told(service, CHILD, "skin") == ("skin", RefusalCode.WRONG_KIND)
        assert await told(service, CAT) == (None, RefusalCode.UNKNOWN_KIND)


@pytest.mark.parametrize(
    ("probabilities", "novelty", "expected"),
    [
        ((0.6, 0.2, 0.1, 0.1), 0.1, Kind.DERMOSCOPY),
        ((0.1, 0.6, 0.2, 0.1), 0.1, Kind.CHEST_XRAY),
        ((0.1, 0.2, 0.6, 0.1), 0.1, Kind.ADULT_CHEST_XRAY),
        ((0.1, 0.1, 0.1, 0.7), 0.1, Kind.OTHER),
        ((0.49, 0.2, 0.2, 0.11), 0.1, Kind.OTHER),
        ((0.6, 0.2, 0.1, 0.1), 0.91, Kind.OTHER),
    ],
)
def test_what_is_of_no_kind_for_certain_is_something_else(
    catalog: Catalog, probabilities: tuple[float, ...], novelty: float, expected: Kind
) -> None:
    output = EngineOutput(np.float32([probabilities]), np.zeros((1, 4, 4), np.float32), np.float32([novelty]))
    assert kind_of(catalog.card("router"), output) is expected


def test_every_kind_that_is_not_read_has_a_reason() -> None:
    for modality in Modality:
        for kind in Kind:
            if not reads(modality, kind):
                assert why_not_read(modality, kind) in RefusalCode
    assert reads(Modality.ANY, Kind.OTHER)


def test_the_routers_input_is_the_whole_picture(catalog: Catalog) -> None:
    """Left half black, right half white, from a stamp to a camera's picture."""
    for width, height in ((40, 30), (800, 600), (4000, 3000)):
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[:, width // 2 :] = 255
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        small = router_input(open_picture(buffer.getvalue()), catalog.card("router"))
        assert small.shape == (1, 32, 32, 3)
        assert small.dtype == np.uint8
        assert small[0, :, :14].max() == 0
        assert small[0, :, 18:].min() == 255


def test_the_routers_input_averages_neighbours(catalog: Catalog) -> None:
    """Squares of 0 and 255, one pixel each at twice the router's size: on average 127.5."""
    pixels = np.repeat(np.indices((64, 64)).sum(axis=0)[:, :, None] % 2 * 255, 3, axis=2).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    small = router_input(open_picture(buffer.getvalue()), catalog.card("router"))
    assert np.abs(small[0, 2:-2, 2:-2].astype(float) - 127.5).max() <= 2

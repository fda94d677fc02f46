"""What is drawn from a picture as long as it is held: its heat map, the layers of that, and the report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from PIL import Image
from starlette.responses import Response

from journal.api import Told
from models import Diagnosis
from report.overlay import draw_layers, draw_overlay
from web.answers import PATH
from web.desk import AnyDesk, Desk, KnownCaller, Spoken
from web.diagnoses import find_told
from web.openapi import DRAWING, PDF, REPORT_PAGE
from web.problems import Problem
from web.texts import Code

if TYPE_CHECKING:
    from report.document import Document

_QUICKLY: Final = 1
_PNG: Final = "image/png"
# A report is a page of its own that loads and runs nothing; it says so to whoever shows it.
_NOTHING_RUNS: Final = {"Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'"}

router = APIRouter(prefix=f"{PATH}/{{id}}", tags=["views"], default_response_class=Response)

_View = Callable[[Diagnosis], bytes]


@router.get("/heatmap.png", summary="Where the model looked", responses=DRAWING)
async def get_heatmap(id: str, desk: AnyDesk, caller: KnownCaller, language: Spoken) -> Response:
    """The picture with what the model looked at laid over it, and a legend in the language asked for. 410 when the
    picture is no longer held."""
    data = await _drawn(desk, await find_told(desk, id, caller), partial(_sheet, language=language))
    return _answer(data, _PNG, language)


@router.get("/picture.png", summary="The picture as it was read", responses=DRAWING)
async def get_picture(id: str, desk: AnyDesk, caller: KnownCaller, language: Spoken) -> Response:
    """Upright, without metadata, and scaled to 1280 pixels at most; of formats too that no browser shows. 410 when it
    is no longer held."""
    data = await _drawn(desk, await find_told(desk, id, caller), lambda diagnosis: _png(draw_layers(diagnosis)[0]))
    return Response(data, media_type=_PNG)


@router.get("/heat.png", summary="What the model looked at, alone", responses=DRAWING)
async def get_heat(id: str, desk: AnyDesk, caller: KnownCaller, language: Spoken) -> Response:
    """The colours of the heat map on a transparent ground, of the size of `picture.png`, to be laid over it with any
    opacity; `heatmap.png` has them at 0.55. 410 when the picture is no longer held."""
    data = await _drawn(desk, await find_told(desk, id, caller), lambda diagnosis: _png(draw_layers(diagnosis)[1]))
    return Response(data, media_type=_PNG)


@router.get("/report.pdf", summary="The report, for a doctor or a file", responses=PDF)
async def get_report(id: str, desk: AnyDesk, caller: KnownCaller, language: Spoken) -> Response:
    """One A4 page in the language asked for: picture and heat map, findings, thresholds, how well the model does, its
    limits, and the id of this answer. 410 when the picture is no longer held."""
    told = await find_told(desk, id, caller)
    data = await _drawn(desk, told, partial(_pdf, told=told, desk=desk, language=language))
    name = f"second-look-{told.received_at:%Y-%m-%d}.pdf"
    return _answer(data, "application/pdf", language, {"Content-Disposition": f'inline; filename="{name}"'})


@router.get("/report.html", summary="The report as a page", responses=REPORT_PAGE)
async def get_report_page(id: str, desk: AnyDesk, caller: KnownCaller, language: Spoken) -> Response:
    """What `report.pdf` says, as one page of HTML with its pictures inside. 410 when the picture is no longer held."""
    told = await find_told(desk, id, caller)
    data = await _drawn(desk, told, partial(_page, told=told, desk=desk, language=language))
    return _answer(data, "text/html", language, _NOTHING_RUNS)


async def _drawn(desk: Desk, told: Told, view: _View) -> bytes:
    """``view`` of the picture, which is decoded once more. Raises ``Problem`` when it is no longer held."""
    held = desk.shelf.get(told.id)
    if held is None:
        raise Problem(Code.EXPIRED)

    def draw() -> bytes:
        return view(held.with_picture(desk.reader.open_picture(held.data)))

    async with desk.drawings:
        return await asyncio.to_thread(draw)


def _answer(data: bytes, media_type: str, language: str, headers: dict[str, str] | None = None) -> Response:
    headers = {"Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
    return Response(data, headers=headers, media_type=media_type)


def _sheet(diagnosis: Diagnosis, language: str) -> bytes:
    with Image.open(BytesIO(draw_overlay(diagnosis, language))) as sheet:
        return _png(sheet)


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG", compress_level=_QUICKLY)
    return file.getvalue()


def _pdf(diagnosis: Diagnosis, told: Told, desk: Desk, language: str) -> bytes:
    from report.pdf import render_pdf  # noqa: PLC0415 - with what it needs, a second that the start can do without

    return render_pdf(_composed(diagnosis, told, desk, language))


def _page(diagnosis: Diagnosis, told: Told, desk: Desk, language: str) -> bytes:
    from report.html import render_html  # noqa: PLC0415 - as above

    return render_html(_composed(diagnosis, told, desk, language)).encode()


def _composed(diagnosis: Diagnosis, told: Told, desk: Desk, language: str) -> Document:
    from report.document import compose  # noqa: PLC0415 - as above

    return compose(diagnosis, desk.reader.catalog.card(diagnosis.model), told.received_at, told.id, language)

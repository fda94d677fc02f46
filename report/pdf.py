"""A report as one A4 page of PDF. It imports reportlab and matplotlib, so import it where it is needed."""

from __future__ import annotations

import gc
from io import BytesIO
from threading import Lock
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepInFrame, Paragraph, Table

from models.metrics import step
from report import pdf_shapes as shapes
from report.document import BRAND, Document, Passage
from report.document import Table as Figures
from report.pdf_style import BACKGROUNDS, FAINT, INKS, LINE, MUTED, REGULAR, Style, register_fonts

_SIDE: Final = 13 * mm
_TOP: Final = 11 * mm
_WIDTH: Final = A4[0] - 2 * _SIDE
_HEIGHT: Final = A4[1] - 2 * _TOP
_GAP: Final = 6 * mm
_COLUMN: Final = (_WIDTH - _GAP) / 2
_FEW: Final = 4

# Pictures shrink before letters do: (height of the pictures in points, scale of the letters).
_STEPS: Final = tuple(
    (height * mm, letters)
    for letters, heights in (
        (1.12, (76, 70)),
        (1.06, (74, 66)),
        (1.0, (72, 66, 60, 54, 48)),
        (0.95, (48, 42)),
        (0.9, (42,)),
        (0.86, (42,)),
    )
    for height in heights
)

# reportlab's paragraphs are parsed by one parser for the whole process, and the fonts of a page are kept in common.
_ONE_AT_A_TIME: Final = Lock()


def render_pdf(document: Document) -> bytes:
    """``document`` as a PDF of exactly one page; the same document gives the same bytes.

    Takes a good part of a second of CPU: to be called in a thread.
    """
    with _ONE_AT_A_TIME, step("report"):
        try:
            return _drawn(document)
        finally:
            # A canvas and what is drawn on it refer to each other: megabytes a page, which else would stay until
            # Python looks for such things by itself, in a program that is seldom asked for reports after dozens.
            gc.collect()


def _drawn(document: Document) -> bytes:
    register_fonts()
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1, lang=document.language, initialFontName=REGULAR)
    canvas.setDateFormatter(lambda *_: document.when.strftime("D:%Y%m%d%H%M%S+00'00'"))
    canvas.setTitle(f"{BRAND}: {document.title}")
    canvas.setSubject(document.notice)
    canvas.setAuthor(BRAND)
    canvas.setCreator(BRAND)
    canvas.setProducer(BRAND)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    foot = _foot(document)
    _, needed = foot.wrapOn(canvas, _WIDTH, _HEIGHT)
    page, height = _fitted(document, canvas, _HEIGHT - needed - 2 * mm)
    page.drawOn(canvas, _SIDE, A4[1] - _TOP - height)
    foot.drawOn(canvas, _SIDE, _TOP)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _fitted(document: Document, canvas: Canvas, room: float) -> tuple[Any, float]:
    """The page in the largest pictures and letters that fit into ``room``, and its height, both in points."""
    page = None
    for pictures, letters in _STEPS:
        page = _page(document, pictures, Style(letters))
        _, height = page.wrapOn(canvas, _WIDTH, room)
        if height <= room:
            return page, height
    frame = KeepInFrame(_WIDTH, room, [page], mode="shrink")
    _, height = frame.wrapOn(canvas, _WIDTH, room)
    return frame, height


def _foot(document: Document) -> Table:
    style = Style(1.0)
    return _grid(
        [[style.small(document.disclaimer, colour=MUTED)]],
        [_WIDTH],
        [("LINEABOVE", (0, 0), (0, 0), 0.8, LINE), ("TOPPADDING", (0, 0), (0, 0), 1.2 * mm)],
    )


def _page(document: Document, pictures: float, style: Style) -> Table:
    rows = [
        _header(document, style),
        _verdict(document, style),
        _illustration(document, pictures, style),
        *_reading(document, style),
        _beside(_measured(document, style), _small_print(document, style)),
    ]
    gap = 3.2 * mm
    layout = [("BOTTOMPADDING", (0, row), (0, row), gap) for row in range(len(rows) - 1)]
    return _grid([[row] for row in rows], [_WIDTH], layout)


def _grid(cells: list[list[Any]], widths: list[float], layout: list[tuple[Any, ...]] | None = None) -> Table:
    """A table without lines and without room between its cells, unless ``layout`` asks for them."""
    bare = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    bare += [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]  # type: ignore[misc]
    return Table(cells, widths, style=[*bare, *(layout or [])], hAlign="LEFT")


def _beside(left: Any, right: Any) -> Table:
    return _grid([[left, "", right]], [_COLUMN, _GAP, _COLUMN])


def _header(document: Document, style: Style) -> Table:
    facts = [[style.small(row.name, colour=MUTED), style.small(row.value)] for row in document.facts]
    title = [style.brand(BRAND), style.title(document.title)]
    width = 58 * mm
    name = max(style.width_of_small(row.name) for row in document.facts) + 3 * mm
    head = _grid([[title, _grid(facts, [name, width - name])]], [_WIDTH - width, width])
    notice = style.notice(document.notice)
    return _grid(
        [[head], [notice]],
        [_WIDTH],
        [
            ("BOTTOMPADDING", (0, 0), (0, 0), 2 * mm),
            ("LINEABOVE", (0, 1), (0, 1), 0.8, LINE),
            ("TOPPADDING", (0, 1), (0, 1), 1.2 * mm),
        ],
    )


def _verdict(document: Document, style: Style) -> Table:
    ink = INKS[document.verdict]
    words = [style.verdict(f"{document.verdict_name} · {document.subject}", ink), style.body(document.summary)]
    sign = 13 * mm
    return _grid(
        [[shapes.sign(document.verdict, 8 * mm), words]],
        [sign, _WIDTH - sign],
        [
            ("BACKGROUND", (0, 0), (-1, -1), BACKGROUNDS[document.verdict]),
            ("ROUNDEDCORNERS", [3, 3, 3, 3]),
            ("VALIGN", (0, 0), (0, 0), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (0, 0), 3.5 * mm),
            ("TOPPADDING", (0, 0), (-1, -1), 2 * mm),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.4 * mm),
            ("RIGHTPADDING", (1, 0), (1, 0), 3 * mm),
        ],
    )


def _illustration(document: Document, height: float, style: Style) -> Table:
    shown = document.illustration
    plates = shown.plates
    scale = min(_COLUMN / plates.width, height / plates.height)
    size = plates.width * scale, plates.height * scale
    legend = _grid(
        [[style.tiny(shown.less), shapes.picture(plates.ramp, 24 * mm, 2 * mm), style.tiny(shown.more)]],
        [style.width_of_tiny(shown.less) + 5, 24 * mm + 5, style.width_of_tiny(shown.more) + 5],
        [("VALIGN", (0, 0), (-1, -1), "MIDDLE")],
    )
    left = [shapes.picture(plates.picture, *size), style.caption(shown.picture)]
    right = [shapes.picture(plates.overlay, *size), style.caption(shown.overlay), legend]
    return _beside(left, right)


def _reading(document: Document, style: Style) -> list[Any]:
    """Findings beside advice; a long list of findings leaves room for the scale below the advice."""
    findings, advice = _findings(document, style), _advice(document, style)
    if len(document.findings) > _FEW:
        return [_beside(findings, [*advice, *_scale(document, _COLUMN, style)])]
    return [_beside(findings, advice), _scale(document, _WIDTH, style)]


def _findings(document: Document, style: Style) -> list[Any]:
    rows: list[list[Any]] = []
    name, figure = _COLUMN * 0.44, _COLUMN * 0.33
    bar = _COLUMN - name - figure
    for finding in document.findings:
        counted = finding.code in document.counted
        rows.append(
            [
                style.body(finding.name, bold=counted),
                shapes.bar(finding.probability, bar - 3 * mm, style.size(5.5), counted),
                style.figure(finding.figure, finding.strength),
            ]
        )
    layout = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("RIGHTPADDING", (0, 0), (0, -1), 2 * mm),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, FAINT),
    ]
    after = [style.small(document.about_findings, before=2)] if document.about_findings else []
    return [style.heading(document.findings_title), _grid(rows, [name, bar, figure], layout), *after]


def _advice(document: Document, style: Style) -> list[Any]:
    return [
        style.heading(document.next_step.title),
        *(style.body(sentence) for sentence in document.next_step.sentences),
        *([style.body(document.illustration.where, before=4)] if document.illustration.where else []),
    ]


def _scale(document: Document, width: float, style: Style) -> list[Any]:
    scale = document.scale
    return [
        style.heading(scale.title),
        shapes.scale(scale, width, style.size(7)),
        style.small(" ".join(scale.sentences), before=3),
    ]


def _measured(document: Document, style: Style) -> list[Any]:
    data = _passage(document.data, style, bullets=False)
    return [*_table(document.figures, style), *data]


def _small_print(document: Document, style: Style) -> list[Any]:
    return [
        *_passage(document.limits, style, bullets=True),
        *_rows(document.model, style),
    ]


def _passage(passage: Passage, style: Style, *, bullets: bool) -> list[Paragraph]:
    make = style.bullet if bullets else style.small
    return [style.heading(passage.title), *(make(sentence) for sentence in passage.sentences)]


def _table(table: Figures, style: Style) -> list[Any]:
    """Names on the left, figures flush right."""
    value, beside = _COLUMN * 0.16, _COLUMN * 0.24
    rows = [[style.small(""), *(style.right(text, colour=MUTED) for text in table.head)]]
    rows += [[style.small(row.name), style.right(row.value, bold=True), style.right(row.beside)] for row in table.rows]
    layout = [("LINEBELOW", (0, 0), (-1, -2), 0.4, FAINT), ("BOTTOMPADDING", (0, 0), (-1, -1), 0.8)]
    grid = [_grid(rows, [_COLUMN - value - beside, value, beside], layout)] if table.rows else []
    return [style.heading(table.title), *grid, style.small(table.note, colour=MUTED, before=2)]


def _rows(table: Figures, style: Style) -> list[Any]:
    """Names and values run on, as values may be long."""
    return [style.heading(table.title), *(style.named(row.name, row.value) for row in table.rows)]

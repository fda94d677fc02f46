"""What is drawn on the PDF beside letters: verdict signs, bars, the scale of the verdict, pictures."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, Rect, Shape, String
from reportlab.lib.colors import white
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Image

from models.diagnosis import Verdict
from report.document import Scale
from report.pdf_style import ACCENT, BACKGROUNDS, BOLD, FAINT, INK, INKS, LINE, REGULAR

_ZONES: Final = (Verdict.UNSUSPICIOUS, Verdict.UNCLEAR, Verdict.SUSPICIOUS)


def sign(verdict: Verdict, side: float) -> Drawing:
    """Triangle, diamond or circle, as the signs of answers are: told apart by shape where colours are not."""
    drawing = Drawing(side, side)
    drawing.add(_outline(verdict, 0, 0, side))
    return drawing


def _outline(verdict: Verdict, x: float, y: float, side: float) -> Shape:
    middle = side / 2
    shape: Shape
    if verdict is Verdict.SUSPICIOUS:
        shape = Polygon([x, y + side * 0.06, x + side, y + side * 0.06, x + middle, y + side * 0.94])
    elif verdict is Verdict.UNCLEAR:
        shape = Polygon([x + middle, y, x + side, y + middle, x + middle, y + side, x, y + middle])
    else:
        shape = Circle(x + middle, y + middle, middle * 0.92)
    shape.fillColor, shape.strokeColor = INKS[verdict], None
    return shape


def bar(share: float, width: float, height: float, counted: bool) -> Drawing:
    """``share``, 0..1, of ``width``; in the accent where the verdict counts it."""
    drawing = Drawing(width, height)
    drawing.add(Rect(0, 0, width, height, rx=1, ry=1, fillColor=FAINT, strokeColor=None))
    filled = max(0.6, min(1.0, share) * width)
    drawing.add(Rect(0, 0, filled, height, rx=1, ry=1, fillColor=ACCENT if counted else LINE, strokeColor=None))
    return drawing


def scale(of: Scale, width: float, points: float) -> Drawing:
    """The three zones from 0 to 1 with their names, and a mark where the picture lies."""
    bottom, height = points * 0.5, points * 1.7
    drawing = Drawing(width, bottom + height + points * 1.6)
    edges = (0.0, of.lower, of.upper, 1.0)
    for verdict, name, left, right in zip(_ZONES, of.zones, edges, edges[1:], strict=False):
        room = (right - left) * width
        drawing.add(Rect(left * width, bottom, room, height, fillColor=BACKGROUNDS[verdict], strokeColor=None))
        side = points * 0.75
        size = _fitting(name, points, room - side - 8)
        needed = pdfmetrics.stringWidth(name, REGULAR, size) + 3 if size else 0
        start = left * width + (room - side - needed) / 2
        drawing.add(_outline(verdict, start, bottom + (height - side) / 2, side))
        if size:
            text = String(start + side + 3, bottom + height / 2 - size * 0.36, name)
            text.fontName, text.fontSize, text.fillColor = REGULAR, size, INKS[verdict]
            drawing.add(text)
    for edge in (of.lower, of.upper):
        drawing.add(Line(edge * width, bottom, edge * width, bottom + height, strokeColor=white, strokeWidth=1.5))
    _mark(drawing, of, width, bottom + height, points)
    return drawing


def _mark(drawing: Drawing, of: Scale, width: float, top: float, points: float) -> None:
    at, half = min(width - 1, max(1.0, of.value * width)), points * 0.45
    drawing.add(Polygon([at, top, at - half, top + half, at + half, top + half], fillColor=INK, strokeColor=None))
    room = pdfmetrics.stringWidth(of.figure, BOLD, points) / 2
    text = String(min(width - room, max(room, at)), top + half + 1.5, of.figure)
    text.fontName, text.fontSize, text.fillColor, text.textAnchor = BOLD, points, INK, "middle"
    drawing.add(text)


def _fitting(text: str, points: float, room: float) -> float | None:
    """The size in which ``text`` fits into ``room``, at most ``points``; None where it would be too small to read."""
    needed = pdfmetrics.stringWidth(text, REGULAR, points)
    size = points * min(1.0, room / needed)
    return float(size) if size >= 5.5 else None


def picture(data: bytes, width: float, height: float) -> Image:
    """A JPEG or PNG of ``width`` x ``height`` points, flush left."""
    return Image(BytesIO(data), width, height, hAlign="LEFT")

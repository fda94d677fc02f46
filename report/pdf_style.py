"""Letters and colours of the PDF: the one font that Cyrillic and Latin share, embedded as far as it is used."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Final

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from models.diagnosis import Verdict

REGULAR: Final = "DejaVuSans"
BOLD: Final = "DejaVuSans-Bold"

INK: Final = HexColor(0x1B1F27)
MUTED: Final = HexColor(0x5B6472)
LINE: Final = HexColor(0xB9C0CB)
FAINT: Final = HexColor(0xE3E7ED)
ACCENT: Final = HexColor(0x1F4E79)
INKS: Final[Mapping[Verdict, Color]] = MappingProxyType(
    {
        Verdict.SUSPICIOUS: HexColor(0xB3261E),
        Verdict.UNCLEAR: HexColor(0x9A5B00),
        Verdict.UNSUSPICIOUS: HexColor(0x1E6B3A),
    }
)
BACKGROUNDS: Final[Mapping[Verdict, Color]] = MappingProxyType(
    {
        Verdict.SUSPICIOUS: HexColor(0xFBECEA),
        Verdict.UNCLEAR: HexColor(0xFCF3E2),
        Verdict.UNSUSPICIOUS: HexColor(0xE9F4EC),
    }
)


@cache
def register_fonts() -> None:
    """Makes the fonts known to reportlab; they come with matplotlib."""
    import matplotlib as mpl  # noqa: PLC0415 - takes a second, and only its folder is wanted

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


class Style:
    """Paragraphs in the sizes of the page, all times ``letters``; every text given is plain and is escaped here."""

    def __init__(self, letters: float) -> None:
        self._letters = letters

    def size(self, points: float) -> float:
        """``points`` as they are on this page."""
        return points * self._letters

    def brand(self, text: str) -> Paragraph:
        return self._make(escape(text), 9, bold=True, colour=ACCENT)

    def title(self, text: str) -> Paragraph:
        return self._make(escape(text), 15, bold=True)

    def notice(self, text: str) -> Paragraph:
        return self._make(escape(text), 7.2, bold=True, colour=MUTED)

    def verdict(self, text: str, colour: Color) -> Paragraph:
        return self._make(escape(text), 13.5, bold=True, colour=colour, after=2)

    def heading(self, text: str) -> Paragraph:
        return self._make(escape(text), 8.6, bold=True, colour=ACCENT, before=6, after=1.5)

    def body(self, text: str, *, bold: bool = False, before: float = 0) -> Paragraph:
        return self._make(escape(text), 8, bold=bold, before=before)

    def small(self, text: str, *, colour: Color = INK, before: float = 0) -> Paragraph:
        return self._make(escape(text), 6.8, colour=colour, before=before)

    def tiny(self, text: str) -> Paragraph:
        return self._make(escape(text), 6.5, colour=MUTED)

    def caption(self, text: str) -> Paragraph:
        return self._make(escape(text), 6.8, colour=MUTED, before=1.5)

    def right(self, text: str, *, bold: bool = False, colour: Color = INK) -> Paragraph:
        return self._make(escape(text), 6.8, bold=bold, colour=colour, right=True)

    def figure(self, figure: str, words: str) -> Paragraph:
        text = f'<font name="{BOLD}">{escape(figure)}</font><br/><font size="{self.size(6.5)}">{escape(words)}</font>'
        return self._make(text, 8)

    def named(self, name: str, value: str) -> Paragraph:
        return self._make(f'<font color="{MUTED.hexval()}">{escape(name)}:</font> {escape(value)}', 6.8)

    def bullet(self, text: str) -> Paragraph:
        return self._make(escape(text), 6.8, bullet="•")

    def width_of_small(self, text: str) -> float:
        """Points that ``small`` needs for ``text`` on one line."""
        return float(pdfmetrics.stringWidth(text, REGULAR, self.size(6.8)))

    def width_of_tiny(self, text: str) -> float:
        """Points that ``tiny`` needs for ``text`` on one line."""
        return float(pdfmetrics.stringWidth(text, REGULAR, self.size(6.5)))

    def _make(
        self,
        markup: str,
        points: float,
        *,
        bold: bool = False,
        colour: Color = INK,
        before: float = 0,
        after: float = 0,
        right: bool = False,
        bullet: str | None = None,
    ) -> Paragraph:
        size = self.size(points)
        style = ParagraphStyle(
            "",
            fontName=BOLD if bold else REGULAR,
            fontSize=size,
            leading=size * 1.24,
            textColor=colour,
            spaceBefore=self.size(before),
            spaceAfter=self.size(after),
            alignment=2 if right else 0,
            leftIndent=self.size(8) if bullet else 0,
            bulletFontName=REGULAR,
            bulletFontSize=size,
            splitLongWords=1,
        )
        return Paragraph(markup, style, bulletText=bullet)

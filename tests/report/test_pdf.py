"""The report as a PDF: one page, readable, complete, and silent about everything else."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import replace

import pytest
from babel.messages.pofile import read_po
from reportlab.pdfbase import pdfmetrics

from models.diagnosis import Verdict
from report.document import Document, compose
from report.language import LANGUAGES
from report.pdf import render_pdf
from report.pdf_style import BOLD, REGULAR, register_fonts
from report.words import LOCALES
from tests.report.pdf_reading import ReadPdf, read_pdf
from tests.report.reports import MODELS, WHEN, card_of, reading, report
from tests.report.samples import DERMNET_SKIN, LABELS

A4 = (595.28, 841.89)
SMALLEST_LETTERS = 6.0


def words(text: str) -> str:
    """``text`` without the line breaks and gaps of a layout."""
    return re.sub(r"\s+", "", text)


def rendered(document: Document) -> ReadPdf:
    return read_pdf(render_pdf(document))


def all_texts(document: Document) -> list[str]:
    tables = [row for table in (document.figures, document.model) for row in table.rows]
    rows = [text for row in (*document.facts, *tables) for text in (row.name, row.value, row.beside)]
    parts = document.next_step, document.limits, document.data
    passages = [text for one in parts for text in (one.title, *one.sentences)]
    findings = [text for one in document.findings for text in (one.name, one.figure, one.strength)]
    shown = document.illustration
    return [
        *(document.title, document.notice, document.verdict_name, document.subject, document.summary),
        *(shown.picture, shown.overlay, shown.less, shown.more, shown.where),
        *(document.findings_title, *findings, document.about_findings),
        *(document.scale.title, document.scale.figure, *document.scale.sentences),
        *(document.figures.title, document.figures.note, document.model.title, document.disclaimer),
        *rows,
        *passages,
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("model", MODELS)
def test_everything_stands_on_one_page_of_a4_in_letters_that_can_be_read(
    model: str, verdict: Verdict, language: str
) -> None:
    for lead in (LABELS[model][0], LABELS[model][-1]):
        document = report(model, lead, verdict, language)
        page = rendered(document)
        assert page.pages == 1
        assert page.size == pytest.approx(A4, abs=0.01)
        text = words(page.text)
        assert [part for part in all_texts(document) if words(part) not in text] == []
        assert "\N{REPLACEMENT CHARACTER}" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", MODELS)
def test_the_longest_texts_of_our_models_leave_the_letters_readable(
    model: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("report.pdf.KeepInFrame", None)  # it would shrink the page as a whole
    lead = max(LABELS[model], key=len)
    made = replace(reading(model, lead, Verdict.UNCLEAR, 0.16), weights_hash="f" * 64)
    document = compose(made, card_of(model), WHEN, "4f9c1d60-0d2e-4b6e-a1de-2f1f5f6f7a8b", language)
    # The names of the zones on the scale may be smaller, as the sentences below say them again.
    page = rendered(replace(document, scale=replace(document.scale, zones=("a", "b", "c"))))
    assert page.pages == 1
    assert min(page.sizes) >= SMALLEST_LETTERS


def test_a_card_that_never_ends_still_gives_one_page() -> None:
    of = card_of("melanoma")
    wordy = of.model_copy(update={"limits": ("слово " * 60,) * 30, "data": of.data * 20})
    page = rendered(compose(reading("melanoma", "malignant", Verdict.SUSPICIOUS), wordy, WHEN, "1", "ru"))
    assert page.pages == 1
    assert words(card_of("melanoma").data[0].source) in words(page.text)


@pytest.mark.parametrize("size", [(4000, 300), (300, 4000), (64, 64)])
def test_a_picture_of_any_shape_fits(size: tuple[int, int]) -> None:
    document = compose(
        reading("melanoma", "malignant", Verdict.SUSPICIOUS, size=size), card_of("melanoma"), WHEN, "1", "en"
    )
    page = rendered(document)
    assert page.pages == 1
    assert min(page.sizes) >= SMALLEST_LETTERS


def test_the_fonts_are_in_the_file() -> None:
    page = rendered(report("melanoma", "malignant", Verdict.SUSPICIOUS, "ru"))
    assert {name.partition("+")[2] for name in page.embedded} == {"DejaVuSans", "DejaVuSans-Bold"}
    assert len(page.fonts) == 2
    assert len(render_pdf(report("melanoma", "malignant", Verdict.SUSPICIOUS, "ru"))) < 300_000


def test_the_fonts_have_every_letter_of_every_text() -> None:
    register_fonts()
    signs = "•…–—“”«»№·×≥≤"
    for path in LOCALES.glob("*.po"):
        with path.open("rb") as file:
            texts = [str(text) for message in read_po(file) for text in (message.id, message.string)]
        used = set(signs.join(texts))
        assert {"ё", "é"} & used
        # Pictograms are for chats; reports draw their signs.
        used = {character for character in used if unicodedata.category(character) not in ("So", "Mn", "Cc")}
        for font in (REGULAR, BOLD):
            known = pdfmetrics.getFont(font).face.charToGlyph
            assert [character for character in sorted(used) if ord(character) not in known] == []


@pytest.mark.parametrize(("language", "title"), [("en", "Report of a reading"), ("ru", "Отчёт о прочтении снимка")])
def test_the_file_says_of_itself_what_is_meant_and_nothing_else(language: str, title: str) -> None:
    document = report("melanoma", "malignant", Verdict.SUSPICIOUS, language)
    page = rendered(document)
    assert page.language == language
    assert page.info == {
        "Title": f"Second Look: {title}",
        "Subject": document.notice,
        "Author": "Second Look",
        "Creator": "Second Look",
        "Producer": "Second Look",
        "Keywords": "",
        "CreationDate": "D:20260921140500+00'00'",
        "ModDate": "D:20260921140500+00'00'",
    }


def test_the_same_document_gives_the_same_bytes() -> None:
    made = [render_pdf(report("skin", "mel", Verdict.SUSPICIOUS, "ru")) for _ in range(2)]
    assert made[0] == made[1]


def test_several_at_once_do_not_get_in_each_others_way() -> None:
    documents = [report("melanoma", "malignant", verdict, language) for verdict in Verdict for language in LANGUAGES]
    alone = [render_pdf(document) for document in documents]
    together: dict[int, bytes] = {}
    threads = [
        threading.Thread(target=lambda place=place: together.update({place: render_pdf(documents[place])}))
        for place in range(len(documents))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[place] for place in range(len(documents))] == alone


def test_markup_in_a_text_is_shown_and_not_obeyed() -> None:
    of = card_of("melanoma").model_copy(update={"limits": ("<b>bold</b> & <br/> so on", "5 < 6")})
    text = words(rendered(compose(reading("melanoma", "benign", Verdict.UNCLEAR), of, WHEN, "<i>1</i>", "en")).text)
    assert "<b>bold</b>&<br/>soon" in text
    assert "5<6" in text
    assert "<i>1</i>" in text


def test_a_class_without_words_of_its_own_is_called_by_its_code() -> None:
    made = reading(DERMNET_SKIN, "Eczema Photos", Verdict.UNCLEAR)
    odd = replace(made, findings=(replace(made.findings[0], label="New_Kind<x>"), *made.findings[1:]))
    assert "“NewKind<x>”" in words(rendered(compose(odd, card_of(DERMNET_SKIN), WHEN, "1", "en")).text)

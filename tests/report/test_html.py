"""The report as a page of HTML: whole in itself, harmless, complete."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from models.diagnosis import Verdict
from report.document import compose
from report.html import render_html
from report.language import LANGUAGES
from tests.report.reports import MODELS, WHEN, card_of, reading, report
from tests.report.samples import LABELS
from tests.report.test_pdf import all_texts

VOID = {"meta", "img", "polygon", "circle", "br", "link", "input"}


class Page(HTMLParser):
    """Elements with their attributes, the text outside of style, and that every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("model", MODELS)
def test_everything_is_said(model: str, verdict: Verdict, language: str) -> None:
    document = report(model, LABELS[model][0], verdict, language)
    page = Page(render_html(document))
    assert [text for text in all_texts(document) if re.sub(r"\s+", " ", text) not in page.text] == []
    assert page.all("html") == [{"lang": language}]
    assert all(zone in page.text for zone in document.scale.zones)


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs() -> None:
    html = render_html(report("melanoma", "malignant", Verdict.SUSPICIOUS, "en"))
    page = Page(html)
    assert not {"script", "link", "iframe", "object", "embed", "form", "a"} & {tag for tag, _ in page.elements}
    assert all((image["src"] or "").startswith("data:image/") for image in page.all("img"))
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|javascript:", html)
    assert "default-src 'none'" in html


def test_every_picture_is_described() -> None:
    document = report("melanoma", "malignant", Verdict.SUSPICIOUS, "en")
    images = Page(render_html(document)).all("img")
    assert [image["alt"] for image in images] == [document.illustration.picture, document.illustration.where, "→"]
    assert images[0]["width"] == str(document.illustration.plates.width)


def test_markup_in_a_text_is_shown_and_not_obeyed() -> None:
    evil = '<script>alert("x")</script>'
    of = card_of("melanoma").model_copy(update={"limits": (evil,)})
    html = render_html(compose(reading("melanoma", "benign", Verdict.UNCLEAR), of, WHEN, evil, "en"))
    assert "<script" not in html
    assert Page(html).text.count(evil) == 2


def test_bars_are_as_long_as_the_probabilities() -> None:
    html = render_html(report("melanoma", "malignant", Verdict.SUSPICIOUS, "ru", 0.925))
    assert re.findall(r'<div style="width: ([\d.]+)%">', html) == ["92.50", "7.50"]


def test_the_same_document_gives_the_same_page() -> None:
    assert len({render_html(report("skin", "mel", Verdict.SUSPICIOUS, "ru")) for _ in range(2)}) == 1

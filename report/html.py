"""A report as one HTML page that needs nothing else. It imports Jinja, so import it where it is needed."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from report.document import BRAND, Document

_TEMPLATE: Final = "document.html"


def render_html(document: Document) -> str:
    """``document`` with its pictures inside; nothing is loaded from elsewhere and nothing runs in the page."""
    return _template().render(document=document, brand=BRAND)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["base64"] = lambda data: b64encode(data).decode("ascii")
    environment.filters["css_percent"] = lambda share: f"{100 * share:.2f}%"
    return environment.get_template(_TEMPLATE)

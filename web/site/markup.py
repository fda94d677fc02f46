"""Parts of pages as HTML. Every text is escaped where it is put in (Jinja's autoescape)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE: Final = (Path(__file__).parent / "static" / "site.css").read_text("utf-8")


def put(template: str, **values: Any) -> None:
    """The template ``templates/<template>.html`` on the page."""
    st.html(_TEMPLATES.get_template(f"{template}.html").render(values))


def put_style() -> None:
    """How all parts look."""
    st.html(f"<style>{_STYLE}</style>")

"""The parts of a page that live in the browser: where a picture is taken in, and the heat map with its slider.

Streamlit's own uploader and camera speak English alone and cannot paste, so these are components of ours.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from web.site.language import Speech
from web.site.pictures import Layers, data_url

_STATIC: Final = Path(__file__).parent / "static"
MEGABYTE: Final = 2**20
MOST_MEGABYTES: Final = 40
"""The largest file that is handed on; the API says for itself what is too large for it."""

_LONGEST_NAME: Final = 120
_LONGEST_PREVIEW: Final = 400_000
_PREVIEW: Final = re.compile(r"data:image/jpeg;base64,[A-Za-z0-9+/]+={0,2}")
# As opaque as in the pictures that the other channels send.
_OPACITY: Final = 55


@dataclass(frozen=True)
class Taken:
    """A picture as the browser hands it over; ``preview`` is a small copy as a data URL, or empty."""

    name: str
    data: bytes
    preview: str


def intake(
    key: str, speech: Speech, chosen: Taken | None, put: Callable[[Taken | None], None], *, pastes: bool
) -> None:
    """A place for a picture: ``put`` gets each that comes, ahead of the run of the script that shows it, and None as
    soon as one is on its way that takes the place of another.

    ``pastes``: Ctrl+V on the page is for this one.
    """

    def make_room() -> None:
        if st.session_state[key].get("picture") is None:
            put(None)

    def keep() -> None:
        taken = _taken(st.session_state[key].get("picture"))
        if taken is not None:
            put(taken)

    shown = None
    if chosen is not None:
        name = f"{chosen.name} · {speech.size(len(chosen.data))}"
        shown = {"name": name, "preview": chosen.preview or None}
    data = {"words": _intake_words(speech), "chosen": shown, "most": MOST_MEGABYTES * MEGABYTE, "pastes": pastes}
    _component("intake")(key=key, data=data, on_begun_change=make_room, on_picture_change=keep)


def overlay(key: str, speech: Speech, layers: Layers, alt: str, caption: str = "") -> None:
    """The picture, the heat map over it, and a slider for how opaque that is."""
    words = {
        "language": speech.language,
        "slider": speech("How strongly the heat map shows"),
        "alt": alt,
        "caption": caption,
    }
    data = {
        "words": words,
        "picture": data_url(layers.picture, "image/webp"),
        "heat": data_url(layers.heat, "image/webp"),
        "opacity": _OPACITY,
    }
    _component("overlay")(key=key, data=data)


def set_tongue(speech: Speech) -> None:
    """Tell the browser which language the page is in."""
    _component("tongue")(key="tongue", data={"language": speech.language, "skip": speech("To the content")})


def _taken(value: Any) -> Taken | None:
    """What the browser sent, None where it is nothing of the kind: anybody can send anything."""
    if not isinstance(value, dict):
        return None
    name, data, preview = (value.get(part) for part in ("name", "data", "preview"))
    if not isinstance(name, str) or not isinstance(data, str):
        return None
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        return None
    if not isinstance(preview, str) or len(preview) > _LONGEST_PREVIEW or not _PREVIEW.fullmatch(preview):
        preview = ""
    return Taken(name[:_LONGEST_NAME], content, preview)


def _intake_words(_: Speech) -> dict[str, str]:
    return {
        "invitation": _("Drop a picture here, or:"),
        "choose": _("Choose a file"),
        "another": _("Choose another file"),
        "paste": _("Paste"),
        "photograph": _("Use the camera"),
        "shoot": _("Take the picture"),
        "close": _("Close the camera"),
        "formats": _("JPEG, PNG, HEIC, DICOM and others."),
        "keys": _("Ctrl+V pastes a copied picture."),
        "preview": _("The picture that you chose"),
        "pasted": _("Pasted picture"),
        "photographed": _("Photo from the camera"),
        "sending": _("Taking the picture in …"),
        "tooLarge": _("This file is larger than {limit} MB. Take a smaller copy.").format(limit=MOST_MEGABYTES),
        "unreadable": _("The browser could not read this file. Choose it again."),
        "nothingToPaste": _("There is no picture in the clipboard. Copy one first."),
        "pasteRefused": _("The browser does not let this page see the clipboard. Press Ctrl+V instead."),
        "noCamera": _("There is no camera here, or the browser does not let this page use it."),
    }


@cache
def _component(name: str) -> ComponentRenderer:
    files = [_STATIC / f"{name}.{kind}" for kind in ("html", "css", "js")]
    html, css, js = (file.read_text("utf-8") if file.exists() else None for file in files)
    return st.components.v2.component(f"second_look_{name}", html=html, css=css, js=js)

"""What is drawn from a held picture: heat map, its layers, the report; and that it all goes with the picture."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from report.overlay import MOST_OPAQUE
from tests.report.pdf_reading import read_pdf
from tests.tiny_models import flat_png
from tests.waiting import wait_until
from tests.web.server import Served, served

VIEWS = ("heatmap.png", "picture.png", "heat.png", "report.pdf", "report.html")


def view(api: Served, answer: dict[str, object], name: str, language: str = "en") -> httpx.Response:
    return api.http.get(f"/v1/diagnoses/{answer['id']}/{name}", headers={"Accept-Language": language})


def image(response: httpx.Response) -> Image.Image:
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    picture = Image.open(BytesIO(response.content))
    assert picture.format == "PNG"
    return picture


def test_the_layers_are_of_one_size_and_make_the_overlay(api: Served) -> None:
    """The tiny model's heat map is the brightness of each part, so a picture dark on its left is hot on its right."""
    pixels = np.full((480, 800, 3), (110, 0, 60), np.uint8)
    pixels[:, 400:] = (255, 255, 200)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    answer = api.post(file.getvalue()).json()
    picture, heat, sheet = (image(view(api, answer, name)) for name in ("picture.png", "heat.png", "heatmap.png"))
    assert (picture.mode, heat.mode, sheet.mode) == ("RGB", "RGBA", "RGB")
    assert picture.size == heat.size == (800, 480)
    assert (sheet.width, sheet.height > 480) == (800, True)
    assert np.abs(np.asarray(picture, int) - pixels).max() <= 1
    opacity = np.asarray(heat)[..., 3] / 255
    assert opacity[240, 100] < 0.15
    assert opacity[240, 700] == pytest.approx(1, abs=0.01)
    # Laid over the picture as the overlay has it, the two are the overlay, away from its line.
    share = MOST_OPAQUE * opacity[..., None]
    mixed = share * np.asarray(heat)[..., :3] + (1 - share) * pixels
    near = np.s_[100:380, 600:760]
    assert np.abs(mixed[near] - np.asarray(sheet)[:480][near]).mean() < 4


def test_pictures_of_any_format_are_shown_as_they_were_read(api: Served) -> None:
    file = BytesIO()
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned by a quarter
    Image.new("RGB", (300, 200), (200, 90, 128)).save(file, "TIFF", exif=turned)
    answer = api.post(file.getvalue(), model="melanoma").json()
    shown = image(view(api, answer, "picture.png"))
    assert shown.width / shown.height == pytest.approx(200 / 300, abs=0.01)
    assert shown.getpixel((20, 20)) == (200, 90, 128)
    assert not shown.getexif()


@pytest.mark.parametrize(("language", "verdict"), [("en", "Suspicious · skin"), ("ru", "Подозрительно · кожа")])
def test_the_report_is_one_page_in_the_language_asked_for(api: Served, language: str, verdict: str) -> None:
    answer = api.post(flat_png(red=204, width=320, height=240)).json()
    assert answer["links"]["report"] == f"/v1/diagnoses/{answer['id']}/report.pdf"
    response = view(api, answer, "report.pdf", language)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf")
    assert response.headers["content-language"] == language
    assert re.fullmatch(r'inline; filename="second-look-\d{4}-\d\d-\d\d\.pdf"', response.headers["content-disposition"])
    sheet = read_pdf(response.content)
    assert (sheet.pages, sheet.language) == (1, language)
    assert verdict in sheet.text
    assert answer["id"] in sheet.text.replace("\n", "")
    assert sheet.info["Author"] == sheet.info["Producer"] == "Second Look"
    page = view(api, answer, "report.html", language)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert f'<html lang="{language}"' in page.text
    assert answer["id"] in page.text
    assert verdict in page.text


def test_views_are_there_for_as_long_as_the_picture_is_held(folder: Path) -> None:
    with served(folder, api_keep_minutes=1.2 / 60) as api:
        answer = api.post(flat_png(red=204)).json()
        links = answer["links"]
        assert {name: link.rpartition("/")[2] for name, link in links.items() if name != "self"} == {
            "heatmap": "heatmap.png",
            "picture": "picture.png",
            "heat": "heat.png",
            "report": "report.pdf",
        }
        wait_until(lambda: not api.desk.shelf.size)
        for name in VIEWS:
            gone = view(api, answer, name, "ru")
            assert (gone.status_code, gone.json()["code"]) == (410, "expired")
            assert "отчёт" in gone.json()["detail"]
        later = api.http.get(links["self"]).json()["links"]
        assert later == {**dict.fromkeys(links), "self": links["self"]}


def test_views_belong_to_the_key_that_asked(folder: Path) -> None:
    with served(folder, api_keys="required") as api:
        ours, other = api.new_key(), api.new_key("another")
        answer = api.post(flat_png(red=204), headers=ours).json()
        for name in VIEWS:
            path = f"/v1/diagnoses/{answer['id']}/{name}"
            statuses = [api.http.get(path, headers=key).status_code for key in (ours, other, {})]
            assert statuses == [200, 404, 401]

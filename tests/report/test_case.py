"""Several pictures of one case in one text."""

from __future__ import annotations

import pytest

from models import Refusal, Verdict
from report.answer import utf16_length
from report.case import CasePicture, Unread, summarise
from tests.report.samples import card, diagnosis

SUSPICIOUS, UNCLEAR, UNSUSPICIOUS = Verdict.SUSPICIOUS, Verdict.UNCLEAR, Verdict.UNSUSPICIOUS
BLURRED = CasePicture(Refusal("blurred", "blurred", {}, "melanoma"))


def skin(malignant: float, verdict: Verdict) -> CasePicture:
    return CasePicture(diagnosis({"malignant": malignant, "benign": 1 - malignant}, verdict), card("melanoma"))


def xray(pneumonia: float, verdict: Verdict) -> CasePicture:
    probabilities = {"pneumonia": pneumonia, "normal": 1 - pneumonia}
    return CasePicture(diagnosis(probabilities, verdict, model="pneumonia"), card("pneumonia"))


def lines(text: str) -> list[str]:
    """What is said of each picture, by the number of the picture."""
    return text.split("\n\n")[1].splitlines()


def steps(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("👉")]


def test_the_worst_comes_first_and_each_line_names_its_picture() -> None:
    pictures = [
        skin(0.1, UNSUSPICIOUS),
        BLURRED,
        skin(0.75, SUSPICIOUS),
        skin(0.5, UNCLEAR),
        CasePicture(Unread.FAILED),
        skin(0.91, SUSPICIOUS),
        skin(0.2, UNSUSPICIOUS),
        CasePicture(Unread.TAKEN_BACK),
    ]
    text = summarise(pictures, "en")
    assert text.startswith("🗂 8 pictures in this album")
    assert lines(text) == [
        "Picture 6 · 🔺 Suspicious · malignant skin growth: strong resemblance, 91%",
        "Picture 3 · 🔺 Suspicious · malignant skin growth: clear resemblance, 75%",
        "Picture 4 · 🔶 Unclear · malignant skin growth: some resemblance, 50%",
        "Picture 7 · 🟢 Unsuspicious · harmless (benign) skin growth: clear resemblance, 80%",
        "Picture 1 · 🟢 Unsuspicious · harmless (benign) skin growth: strong resemblance, 90%",
        "Picture 2 · 📷 The picture is blurred",
        "Picture 5 · ⚠️ Not read: something went wrong",
        "Picture 8 · 🚫 Not read: it was taken back",
    ]
    (step,) = steps(text)
    assert step.startswith("👉 Go by picture 6. Show this spot to a dermatologist within the next few days.")
    assert "3 pictures were not read" in text


def test_of_several_kinds_all_that_the_verdict_is_about_counts_for_the_order() -> None:
    kinds = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")

    def several(**probabilities: float) -> CasePicture:
        shares = dict.fromkeys(kinds, 0.0) | probabilities
        return CasePicture(diagnosis(shares, SUSPICIOUS, model="skin"), card("skin"))

    text = summarise([several(mel=0.5, nv=0.5), several(mel=0.4, bcc=0.4, nv=0.2)], "en")
    assert [line[:9] for line in lines(text)] == ["Picture 2", "Picture 1"]


def test_where_all_is_calm_the_step_is_that_of_calm_and_no_picture_is_singled_out() -> None:
    text = summarise([skin(0.1, UNSUSPICIOUS), skin(0.05, UNSUSPICIOUS)], "en")
    assert "Go by" not in text
    (step,) = steps(text)
    assert step.startswith("👉 Look at it once a month")
    assert "not read" not in text


def test_skin_and_xray_have_a_step_each_unless_one_of_them_can_wait() -> None:
    both = steps(summarise([skin(0.9, SUSPICIOUS), xray(0.5, UNCLEAR), skin(0.8, SUSPICIOUS)], "en"))
    assert [step[:18] for step in both] == ["👉 Go by picture 1.", "👉 Go by picture 2."]
    assert "X-ray" in both[1]
    (only,) = steps(summarise([xray(0.1, UNSUSPICIOUS), skin(0.9, SUSPICIOUS)], "en"))
    assert only.startswith("👉 Go by picture 2. Show this spot")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "No reading was made"), ("ru", "о вашем здоровье это ничего не говорит")]
)
def test_where_nothing_was_read_nothing_is_said_about_health(language: str, said: str) -> None:
    text = summarise([BLURRED, CasePicture(Unread.FAILED)], language)
    assert said in steps(text)[0]
    assert "ℹ️" not in text


@pytest.mark.parametrize(
    ("count", "heading", "unread"),
    [
        (2, "В альбоме 2 снимка", "1 снимок не прочитан, и о нём"),
        (5, "В альбоме 5 снимков", "4 снимка не прочитаны, и о них"),
        (6, "В альбоме 6 снимков", "5 снимков не прочитано, и о них"),
    ],
)
def test_numbers_have_their_russian_forms(count: int, heading: str, unread: str) -> None:
    text = summarise([skin(0.9, SUSPICIOUS), *[BLURRED] * (count - 1)], "ru")
    assert heading in text
    assert unread in text
    assert "Снимок 1 · 🔺 Подозрительно · злокачественное образование кожи" in text


@pytest.mark.parametrize("language", ["en", "ru"])
def test_ten_pictures_fit_a_message(language: str) -> None:
    text = summarise([*[skin(0.9, SUSPICIOUS)] * 5, *[xray(0.9, SUSPICIOUS)] * 5], language)
    assert utf16_length(text) < 4096 / 2

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pytest

from models.card import Conformal, Risk
from models.diagnosis import Verdict
from report.answer import CAPTION_LIMIT, Answer, utf16_length
from report.findings import KNOWN_LABELS
from report.labels_dermnet import DERMNET
from report.language import LANGUAGES
from report.words import describe
from tests.report.samples import DERMNET_SKIN, LABELS, POSITIVE, card, diagnosis, spread

BANDS = {
    ("en", Verdict.SUSPICIOUS): "🔺 Suspicious",
    ("en", Verdict.UNCLEAR): "🔶 Unclear",
    ("en", Verdict.UNSUSPICIOUS): "🟢 Unsuspicious",
    ("ru", Verdict.SUSPICIOUS): "🔺 Подозрительно",
    ("ru", Verdict.UNCLEAR): "🔶 Неясно",
    ("ru", Verdict.UNSUSPICIOUS): "🟢 Не вызывает подозрений",
}
FORBIDDEN = re.compile(
    r"\byou (do not |don't |may |might |probably |likely )*have\b|\bno cancer|cancer[- ]free|diagnosis is|diagnosed"
    r"|\byou are (healthy|ill|sick)|\bhealthy\b|nothing to worry"
    r"|\bу вас\b|\bвы (здоровы|больны)|\bрака нет|\bнет рака|без рака|диагноз|не о чем беспоко",
    re.IGNORECASE,
)


def answer(model: str, label: str, verdict: Verdict, probability: float, language: str) -> Answer:
    return describe(diagnosis(spread(model, label, probability), verdict, model=model), card(model), language)


def test_the_matrix_covers_every_label_with_words() -> None:
    assert {label for labels in LABELS.values() for label in labels} == set(KNOWN_LABELS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("model", "label"), [(model, label) for model in LABELS for label in LABELS[model]])
def test_every_answer_is_whole_and_fits_under_a_picture(model: str, label: str, language: str) -> None:
    for verdict, probability in product(Verdict, (0.1501, 0.3, 0.72, 0.999)):
        told = answer(model, label, verdict, probability, language)
        text = told.text()
        assert text.startswith(BANDS[language, verdict])
        assert utf16_length(text) <= CAPTION_LIMIT
        for part in (told.subject, told.summary, told.where, told.next_step, told.limits):
            assert part
            assert part in text
        assert 1 <= len(told.findings) <= 3
        assert all(finding.text in text for finding in told.findings)
        assert not FORBIDDEN.search(text)
        assert "{" not in text
        assert bool(re.search("[а-яё]", text)) is (language == "ru")


@pytest.mark.parametrize(
    "phrase",
    ["You have melanoma", "you do not have it", "No cancer here", "The diagnosis is", "У вас пневмония", "рака нет"],
)
def test_the_net_for_forbidden_phrases_has_no_hole(phrase: str) -> None:
    assert FORBIDDEN.search(phrase)


def test_bands_are_told_apart_by_shape_without_colour() -> None:
    assert len({band[0] for band in BANDS.values()}) == 3
    assert len({BANDS["ru", verdict] for verdict in Verdict}) == 3


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "mole (naevus): clear resemblance, 60%",
                "melanoma: some resemblance, 30%",
                "basal cell carcinoma: faint resemblance, 7%",
            ],
        ),
        (
            "ru",
            [
                "родинка (невус): заметное сходство, 60\N{NO-BREAK SPACE}%",
                "меланома: некоторое сходство, 30\N{NO-BREAK SPACE}%",
                "базальноклеточный рак (базалиома): слабое сходство, 7\N{NO-BREAK SPACE}%",
            ],
        ),
    ],
)
def test_findings_are_three_in_words_and_figures_most_probable_first(language: str, expected: list[str]) -> None:
    reading = diagnosis({"bcc": 0.07, "nv": 0.6, "mel": 0.3, "df": 0.03}, model="skin")
    assert [finding.text for finding in describe(reading, card("skin"), language).findings] == expected


def test_the_finding_that_the_verdict_speaks_of_is_always_named() -> None:
    reading = diagnosis({"nv": 0.5, "bkl": 0.2, "df": 0.12, "mel": 0.1, "vasc": 0.08}, model="skin")
    assert [finding.code for finding in describe(reading, card("skin"), "en").findings] == ["nv", "bkl", "mel"]


def test_what_hardly_shows_is_not_named() -> None:
    reading = diagnosis({"pneumonia": 0.004, "normal": 0.996}, Verdict.UNSUSPICIOUS, model="pneumonia")
    findings = describe(reading, card("pneumonia"), "en").findings
    assert [finding.text for finding in findings] == [
        "X-ray without signs of pneumonia: strong resemblance, more than 99%"
    ]


def test_no_model_is_shown_as_sure() -> None:
    reading = diagnosis({"malignant": 0.0, "benign": 1.0}, Verdict.SUSPICIOUS)
    figures = [finding.figure for finding in describe(reading, card("melanoma"), "ru").findings]
    assert figures == ["больше 99\N{NO-BREAK SPACE}%", "меньше 1\N{NO-BREAK SPACE}%"]


def test_a_weak_alarm_says_why_it_is_one() -> None:
    weak = answer("melanoma", "malignant", Verdict.SUSPICIOUS, 0.3, "en").summary
    strong = answer("melanoma", "malignant", Verdict.SUSPICIOUS, 0.72, "en").summary
    assert strong == "The model finds signs of a malignant skin growth, such as melanoma."
    assert weak.startswith(strong)
    assert "a doctor should check" in weak


def test_an_unsuspicious_picture_is_called_by_what_it_looks_like() -> None:
    assert (
        answer("skin", "nv", Verdict.UNSUSPICIOUS, 0.9, "en").summary
        == "To the model this looks like an ordinary mole."
    )
    assert answer("skin", "nv", Verdict.UNSUSPICIOUS, 0.9, "ru").summary.endswith("похоже на обычную родинку.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_xray_names_the_emergency_numbers_whatever_the_verdict(language: str) -> None:
    for verdict in Verdict:
        step = answer("pneumonia", "pneumonia", verdict, 0.6, language).next_step
        assert "103" in step
        assert "112" in step
    assert ("сегодня" if language == "ru" else "today") in answer(
        "pneumonia", "pneumonia", Verdict.SUSPICIOUS, 0.9, language
    ).next_step


def test_skin_advice_follows_the_risk() -> None:
    high = answer("skin", "mel", Verdict.SUSPICIOUS, 0.8, "en").next_step
    assert "next few days" in high
    slower = {"bcc": Risk.MODERATE, "nv": Risk.NONE}
    reading = diagnosis({"bcc": 0.8, "nv": 0.2}, model="skin")
    assert "two or three weeks" in describe(reading, card("skin", slower), "en").next_step
    assert "two or three weeks" in describe(reading, card("skin"), "en").next_step
    watch = answer("skin", "nv", Verdict.UNSUSPICIOUS, 0.9, "en").next_step
    assert "ABCDE" in watch
    assert "dermatologist" in watch


def test_each_model_names_its_own_limits() -> None:
    children = answer("pneumonia", "normal", Verdict.UNSUSPICIOUS, 0.9, "en").limits
    assert "children aged 1 to 5" in children
    light = answer("melanoma", "benign", Verdict.UNSUSPICIOUS, 0.9, "en").limits
    assert "light skin" in light
    for limits in (children, light):
        assert "not a medical device" in limits


def test_a_model_without_words_of_its_own_still_says_what_it_is_not() -> None:
    reading = diagnosis({"malignant": 0.9, "benign": 0.1}, model="other")
    assert "not a medical device" in describe(reading, None, "en").limits


@pytest.mark.parametrize(("language", "name"), [("en", "“Nail Fungus Photos”"), ("ru", "«Nail Fungus Photos»")])
def test_an_unknown_label_is_called_by_its_code_made_readable(language: str, name: str) -> None:
    reading = diagnosis({"Nail_Fungus-Photos": 0.9, "nv": 0.1}, model="skin")
    told = describe(reading, None, language)
    assert told.findings[0].name == name
    assert told.findings[0].risk is Risk.MODERATE
    assert name in told.summary


def test_long_unknown_labels_do_not_drown_the_verdict() -> None:
    reading = diagnosis({letter * 500: 0.3 for letter in "abc"}, model="skin")
    for language in LANGUAGES:
        text = describe(reading, None, language).text()
        assert utf16_length(text) <= CAPTION_LIMIT
        assert text.startswith(BANDS[language, Verdict.SUSPICIOUS])


def test_without_a_card_the_known_risks_count() -> None:
    reading = diagnosis({"nv": 0.6, "mel": 0.4}, model="skin")
    told = describe(reading, None, "en")
    assert "melanoma" in told.summary
    assert "next few days" in told.next_step


def dermnet(label: str, verdict: Verdict, probability: float = 0.7, language: str = "en") -> Answer:
    return answer(DERMNET_SKIN, label, verdict, probability, language)


def folder(begin: str) -> str:
    (found,) = (code for code in DERMNET if code.startswith(begin))
    return found


def test_all_23_folders_of_dermnet_have_words() -> None:
    assert len(DERMNET) == 23
    assert list(DERMNET) == sorted(DERMNET)
    for language in LANGUAGES:
        names = {dermnet(code, Verdict.SUSPICIOUS, language=language).findings[0].name for code in DERMNET}
        assert len(names) == 23
        assert not any("Photos" in name or "«" in name or "“" in name for name in names)


def test_what_can_turn_serious_within_days_is_shown_to_a_doctor_now_with_the_signs_of_an_emergency() -> None:
    for begin in ("Bullous", "Cellulitis", "Exanthems", "Vasculitis"):
        suspicious = dermnet(folder(begin), Verdict.SUSPICIOUS).next_step
        assert suspicious.startswith("Show this to a doctor today or tomorrow.")
        assert "hospital at once (112" in suspicious
        unclear = dermnet(folder(begin), Verdict.UNCLEAR, 0.2).next_step
        assert unclear.startswith("Show this to a doctor within the next few days.")
        assert "hospital at once (112" in unclear
        assert "103" in dermnet(folder(begin), Verdict.SUSPICIOUS, language="ru").next_step


@pytest.mark.parametrize(
    ("begin", "step"),
    [
        ("Lupus", "dermatologist in the coming weeks"),
        ("Psoriasis", "dermatologist in the coming weeks"),
        ("Vascular Tumors", "within two or three weeks"),
        ("Eczema", "if it spreads, bothers you or is still there"),
        ("Seborrheic", "ABCDE"),
        ("Urticaria", "call an ambulance at once"),
        ("Scabies", "A red ring that grows"),
        ("Herpes", "avoid sex"),
        ("Nail", "dark stripe"),
    ],
)
def test_unsuspicious_is_not_the_end_of_it(begin: str, step: str) -> None:
    told = dermnet(folder(begin), Verdict.UNSUSPICIOUS)
    assert step in told.next_step
    assert ("a doctor should see it" in told.summary) is (told.findings[0].risk is Risk.MODERATE)


def test_the_riskiest_finding_of_weight_sets_the_pace() -> None:
    def step(**probabilities: float) -> str:
        return describe(diagnosis(probabilities, model="skin"), card("skin"), "en").next_step

    assert "two or three weeks" in step(bcc=0.7, mel=0.09, nv=0.21)
    assert "next few days" in step(bcc=0.7, mel=0.1, nv=0.2)
    rash = {folder("Melanoma"): 0.5, folder("Bullous"): 0.3, folder("Eczema"): 0.2}
    told = describe(diagnosis(rash, model=DERMNET_SKIN), card(DERMNET_SKIN), "en")
    assert "melanoma" in told.summary
    assert "today or tomorrow" in told.next_step


def test_the_heat_map_of_another_class_is_said_to_be_one() -> None:
    reading = diagnosis({"nv": 0.6, "mel": 0.3, "bkl": 0.1}, Verdict.UNCLEAR, model="skin")
    assert describe(reading, card("skin"), "en").where.endswith("In colour is what looks to it like an ordinary mole.")
    assert "In colour is" not in answer("skin", "mel", Verdict.UNCLEAR, 0.3, "en").where


def test_the_skin_model_says_what_it_learned_from() -> None:
    ham = answer("skin", "nv", Verdict.UNSUSPICIOUS, 0.9, "en").limits
    assert "seven kinds" in ham
    assert "HAM10000" in ham
    assert "weights made from Dermnet may not be passed on" in ham
    own = dermnet(folder("Eczema"), Verdict.UNSUSPICIOUS).limits
    assert "23 groups" in own
    assert "passed on" not in own


def test_all_that_is_risky_is_what_the_verdict_is_about() -> None:
    for model, labels in LABELS.items():
        risky = {label for label in labels if KNOWN_LABELS[label] is Risk.HIGH}
        assert risky <= set(POSITIVE[model])


SETS = Conformal(coverage=0.9, cuts=dict.fromkeys(LABELS["skin"], 0.1), chosen_on="made up")


@pytest.mark.parametrize(
    ("language", "named", "too_many"),
    [
        (
            "en",
            "In about 90% of pictures like those it learned from, the right name is one of these.",
            "More than three",
        ),
        ("ru", "верное название — одно из этих", "Возможных названий больше трёх"),
    ],
)
def test_a_set_of_names_is_said_to_be_one(language: str, named: str, too_many: str) -> None:
    sure = card("skin").model_copy(update={"conformal": SETS})
    reading = diagnosis({"nv": 0.6, "bkl": 0.25, "mel": 0.05, "df": 0.1}, Verdict.UNSUSPICIOUS, model="skin")
    answer = describe(replace(reading, label_set=("nv", "bkl")), sure, language)
    assert named in answer.reliance.replace("\N{NO-BREAK SPACE}", " ")
    assert [finding.code for finding in answer.findings] == ["nv", "bkl"]
    alone = describe(replace(reading, label_set=("nv",)), sure, language)
    assert [finding.code for finding in alone.findings] == ["nv"]
    assert named not in alone.reliance.replace("\N{NO-BREAK SPACE}", " ")
    assert "90" in alone.reliance
    answer = describe(replace(reading, verdict=Verdict.UNCLEAR, label_set=()), sure, language)
    assert too_many in answer.reliance
    assert len(answer.findings) == 3
    assert named not in describe(reading, card("skin"), language).summary

"""The site's side of the API: against the real one, and against servers that are in a bad way."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import httpx
import pytest
from PIL import Image
from pydantic import SecretStr

from tests.tiny_models import flat_png
from tests.web.server import Served
from web.site.api import Api, ApiProblem, Cause, Problem
from web.site.asking import EXPIRED, fetch_layers, fetch_report, read, read_again, speak
from web.site.components import Taken
from web.site.session import MOST_READINGS, Place, Reading, Session

PICTURE = Taken("mole.png", flat_png(red=204, width=200, height=120), "")


def failing(answer: Callable[[httpx.Request], httpx.Response]) -> Api:
    return Api("http://api.test", transport=httpx.MockTransport(answer))


def problem_of(api: Api) -> Problem:
    with pytest.raises(ApiProblem) as caught:
        api.models("en")
    return caught.value.problem


def test_a_picture_is_read_shown_and_reported_in_either_language(api: Served) -> None:
    client, session, place = Api(api.base), Session(), Place()
    place.put(PICTURE)
    read(client, session, place, None, "en")
    reading = place.reading
    assert reading is not None
    answer = reading.answer("en")
    assert (answer.verdict, answer.model, answer.words.title) == ("suspicious", "melanoma", "Suspicious")
    assert {finding.label: round(finding.probability, 3) for finding in answer.findings} == {
        "malignant": 0.8,
        "benign": 0.2,
    }
    assert reading.layers is not None
    with Image.open(BytesIO(reading.layers.picture)) as picture, Image.open(BytesIO(reading.layers.heat)) as heat:
        assert picture.size == heat.size == (640, 384)
        assert (picture.format, heat.format, heat.mode) == ("WEBP", "WEBP", "RGBA")
        assert picture.getpixel((320, 192))[0] == pytest.approx(204, abs=3)  # type: ignore[index]
    assert speak(client, reading, "ru") is None
    assert reading.answer("ru").words.title == "Подозрительно"
    assert reading.answer("ru").id == answer.id
    fetch_report(client, reading, "ru")
    assert reading.reports["ru"].startswith(b"%PDF")
    assert session.readings == [reading]


def test_the_models_come_in_words_of_the_language(api: Served) -> None:
    told = Api(api.base).models("ru")
    assert [model.name for model in told.models] == ["melanoma", "pneumonia", "skin"]
    assert told.models[0].title == "Модель меланомы"
    assert told.models[0].label_name("malignant") == "злокачественное образование кожи"
    assert "Что она читает" in told.models[0].about


def test_a_picture_that_is_refused_comes_with_advice_and_stays_in_its_place(api: Served) -> None:
    place = Place()
    place.put(Taken("letter.txt", b"no picture at all", ""))
    read(Api(api.base), Session(), place, "melanoma", "ru")
    assert place.reading is None
    assert place.taken is not None
    assert place.problem is not None
    assert (place.problem.code, place.problem.status) == ("not_a_picture", 422)
    assert "JPEG" in place.problem.advice


def test_a_key_goes_with_every_request_and_a_wrong_one_is_told(api: Served) -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("Authorization"))
        return httpx.Response(200, json={"models": [], "default": "melanoma"})

    Api("http://api.test", SecretStr("sl_secret"), httpx.MockTransport(answer)).models("en")
    assert asked == ["Bearer sl_secret"]
    assert problem_of(Api(api.base, SecretStr("sl_wrong"))).code == "key_wrong"


def broken(error: type[httpx.HTTPError]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("the address of a picture")

    return answer


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (broken(httpx.ConnectError), Problem(Cause.UNREACHABLE)),
        (broken(httpx.RemoteProtocolError), Problem(Cause.UNREACHABLE)),
        (broken(httpx.ReadTimeout), Problem(Cause.TIMED_OUT)),
        (lambda _: httpx.Response(200, text="<html>"), Problem(Cause.NOT_UNDERSTOOD, 200)),
        (lambda _: httpx.Response(404, text="nginx"), Problem(Cause.NOT_UNDERSTOOD, 404)),
        (
            lambda _: httpx.Response(502, text="nginx", headers={"Retry-After": "7"}),
            Problem(Cause.UNREACHABLE, 502, wait=7),
        ),
        (
            lambda _: httpx.Response(
                503,
                json={"title": "Too much to do", "status": 503, "detail": "Try later.", "code": "busy", "more": 1},
                headers={"Retry-After": "99999"},
            ),
            Problem("busy", 503, "Too much to do", "Try later.", wait=3600),
        ),
    ],
)
def test_what_keeps_the_api_from_answering_is_a_value(
    answer: Callable[[httpx.Request], httpx.Response], problem: Problem
) -> None:
    assert problem_of(failing(answer)) == problem


def test_sending_again_after_no_answer_is_the_same_request_and_after_an_answer_a_new_one() -> None:
    keys: list[str] = []
    answers = [
        httpx.ReadTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.Response(429, json={"title": "", "status": 429, "detail": "", "code": "rate_limited"}),
        httpx.ReadTimeout("slow"),
        httpx.ReadTimeout("slow"),
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        next_one = answers[len(keys) - 1]
        if isinstance(next_one, Exception):
            raise next_one
        return next_one

    api, session, place = failing(answer), Session(), Place()
    place.put(PICTURE)
    for model in (None, None, None, None, "skin"):
        read(api, session, place, model, "en")
    assert keys[0] == keys[1] == keys[2]
    assert len(set(keys)) == 3


def test_what_is_no_longer_held_is_said_and_can_be_read_again(api: Served) -> None:
    client, place = Api(api.base), Place()
    place.put(PICTURE)
    read(client, Session(), place, None, "en")
    reading = place.reading
    assert reading is not None
    api.loop.call_soon_threadsafe(api.desk.shelf.clear)
    fetch_report(client, reading, "en")
    assert reading.report_problem is not None
    assert (reading.report_problem.code, reading.report_problem.status) == ("expired", 410)
    reading.answers.clear()
    reading.answers["ru"] = client.diagnosis(f"/v1/diagnoses/{_id(api)}", "ru")
    assert reading.answers["ru"].links.report is None
    fetch_layers(client, reading, "ru")
    assert reading.layers_problem == EXPIRED
    read_again(client, reading, "ru")
    assert (reading.layers_problem, reading.report_problem) == (None, None)
    fetch_report(client, reading, "ru")
    assert reading.reports["ru"].startswith(b"%PDF")


def _id(api: Served) -> str:
    ((found,),) = api.rows("select id from api_requests where state = 'answered' order by received_at desc limit 1")
    return str(found)


def test_a_session_keeps_the_newest_and_makes_room(api: Served) -> None:
    place = Place()
    place.put(PICTURE)
    session = Session()
    read(Api(api.base), session, place, None, "en")
    first = place.reading
    assert first is not None
    for number in range(MOST_READINGS):
        session.keep(Reading(Taken(f"{number}", b"", ""), None, first.answers))
    assert [reading.taken.name for reading in session.readings] == [str(n) for n in reversed(range(MOST_READINGS))]
    session.keep(Reading(Taken("large", bytes(130 * 2**20), ""), None, first.answers))
    assert [reading.taken.name for reading in session.readings] == ["large"]
    session.places["left"].put(PICTURE)
    session.forget()
    assert session == Session()

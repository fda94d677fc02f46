"""A picture without a command reaches the model that reads its kind; sent to the wrong one, a button mends it."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.stack import Stack
from tests.tiny_models import flat_png, write_tiny_router

# To the tiny router red is skin, green a child's X-ray, blue an adult's, and what is dark is something else.
SKIN = flat_png(red=204, green=60, blue=90)
XRAY = flat_png(red=60, green=204, blue=90)
ADULT = flat_png(red=60, green=90, blue=204)
CAT = flat_png(red=60, green=70, blue=80)


async def test_pictures_find_their_model_or_are_refused_with_the_reason(stack: Stack, weights: Path) -> None:
    write_tiny_router(weights)
    with stack.bot():
        person = stack.person()
        said = [await person.reply_to(await person.sends("photo", data)) for data in (SKIN, XRAY, ADULT, CAT)]
    assert "· skin" in said[0]["caption"]
    assert "· chest X-ray" in said[1]["caption"]
    assert said[2]["text"].startswith("📷 Not a child's X-ray")
    assert "ambulance" in said[2]["text"]
    assert said[3]["text"].startswith("📷 Not a picture that I can read")
    assert not any("reply_markup" in message for message in said[2:])
    assert stack.rows("select state, model, refusal_code from requests order by id") == [
        ("answered", "melanoma", None),
        ("answered", "pneumonia", None),
        ("refused", None, "adult_xray"),
        ("refused", None, "unknown_kind"),
    ]


async def test_an_xray_sent_to_the_skin_model_is_read_at_the_press_of_a_button(stack: Stack, weights: Path) -> None:
    write_tiny_router(weights)
    with stack.bot():
        person = stack.person(language="ru")
        refusal = await person.reply_to(await person.sends("document", XRAY, caption="/melanoma"))
        ((button,),) = refusal["reply_markup"]["inline_keyboard"]
        await person.presses(refusal, button["callback_data"])
        (answer,) = await person.waits_for(lambda message: "photo" in message)
    assert refusal["text"].startswith("📷 Снимок другого рода")
    assert "рентген грудной клетки" in refusal["text"]
    assert button["text"] == "Прочитать как рентген грудной клетки"
    assert "рентген" in answer["caption"]
    assert stack.rows("select state, model, refusal_code from requests order by id") == [
        ("refused", "melanoma", "wrong_kind"),
        ("answered", "pneumonia", None),
    ]

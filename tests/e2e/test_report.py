"""The report of an answer as a person gets it: a PDF of one page, across a restart too."""

from __future__ import annotations

import asyncio

from tests.e2e.stack import Message, Person, Stack
from tests.report.pdf_reading import ReadPdf, read_pdf
from tests.tiny_models import flat_png

MALIGNANT = flat_png(red=204, width=320, height=240)


async def page(person: Person, message: Message) -> ReadPdf:
    """The PDF that ``message`` brought."""
    data = await person.document(message["document"])
    assert data.startswith(b"%PDF-")
    return read_pdf(data)


async def test_a_picture_its_answer_and_the_report_of_it(stack: Stack) -> None:
    person, other = stack.person(language="ru"), stack.person()
    with stack.bot():
        answer = await person.reply_to(await person.sends("photo", MALIGNANT))
        await stack.until(lambda: stack.accepted("answered") == 1)
        report = await person.reply_to(await person.says("/report", reply_to_message_id=answer["message_id"]))
        sheet = await page(person, report)
        await other.says("/report")
        told = (await other.waits_for(lambda message: True))[-1]
        assert "report" in await person.menu()
    assert report["document"]["file_name"].startswith("second-look-")
    assert report["document"]["mime_type"] == "application/pdf"
    assert (sheet.pages, sheet.language) == (1, "ru")
    assert "Подозрительно · кожа" in sheet.text
    assert str(person.chat_id) not in sheet.text
    assert told["text"].startswith("I have no answer of yours to report on.")
    assert stack.rows("select wants, reopens, state from requests order by id") == [
        ("answer", None, "answered"),
        ("report", 1, "answered"),
    ]


async def test_a_report_of_a_forgotten_or_foreign_answer_is_refused(stack: Stack) -> None:
    person, other = stack.person(), stack.person()
    with stack.bot():
        answer = await person.reply_to(await person.sends("photo", MALIGNANT))
        await other.reply_to(await other.sends("photo", MALIGNANT))
        await stack.until(lambda: stack.accepted("answered") == 2)
        await person.says("/forget")
        question = (await person.waits_for(lambda message: "forget:1" in str(message.get("reply_markup"))))[-1]
        await person.presses(question, "forget:1")
        await person.waits_for(lambda message: message.get("text", "").startswith("It is done"))
        before = len(await person.messages())
        await person.says("/report", reply_to_message_id=answer["message_id"])
        told = (await person.waits_for(lambda message: True, count=before + 1))[-1]
        await person.says("/report")
        alone = (await person.waits_for(lambda message: True, count=before + 2))[-1]
    assert told["text"].startswith("There is no answer of mine behind this message.")
    assert alone["text"].startswith("I have no answer of yours to report on.")
    assert stack.rows("select count(*) from requests where wants = 'report'") == [(0,)]


async def test_a_report_that_was_asked_for_before_a_kill_comes_after_it(stack: Stack) -> None:
    person = stack.person()
    with stack.bot() as bot:
        answer = await person.reply_to(await person.sends("photo", MALIGNANT))
        await stack.until(lambda: stack.accepted("answered") == 1)
        await stack.fault(method="getFile", delay=30)
        asked = await person.says("/report", reply_to_message_id=answer["message_id"])
        while len(await stack.calls("getFile")) < 2:  # else the delay would wait for the next bot
            await asyncio.sleep(0.05)
        bot.kill()
        bot.wait()
    with stack.bot():
        report = await person.reply_to(asked)
        await stack.until(lambda: stack.accepted("answered") == 2)
        assert (await page(person, report)).pages == 1
    assert len([message for message in await person.messages() if "document" in message]) == 1

"""What is said beside pictures: consent, links, models, letters, what a doctor said, groups, and things going wrong."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from bot import consent_texts, texts
from models import ModelCard
from report.model_words import model_page
from tests.e2e.stack import Message, Person, Stack
from tests.e2e.test_personal import asked, edited
from tests.tiny_models import flat_png, write_tiny_skin

MALIGNANT = flat_png(red=204, width=320, height=240)
GROUP = -700_700


def buttons(message: Message) -> dict[str, str]:
    """The data of each button by what it says."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return {button["text"]: button.get("callback_data", button.get("url")) for row in rows for button in row}


THUMBS = ["📄 Отчёт PDF", "👍 Врач подтвердил", "👎 Врач не согласен"]


async def until_buttons(person: Person, message: Message, wanted: list[str]) -> None:
    """Wait until ``message`` has just the buttons that say ``wanted``."""
    number = message["message_id"]
    await person.waits_for(lambda found: found["message_id"] == number and list(buttons(found)) == wanted)


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_person_is_greeted_agrees_once_and_is_asked_no_more(stack: Stack, language: str) -> None:
    _ = texts.translator(language)
    person = stack.person(language)
    with stack.bot():
        greeting = await asked(person, "/start")
        assert buttons(greeting) == {_(consent_texts.I_UNDERSTAND): "agree"}
        await person.presses(greeting, "agree")
        thanked = await edited(person, greeting)
        await person.reply_to(await person.sends("photo", MALIGNANT))
        await stack.until(lambda: stack.accepted("answered") == 1)
        again = await asked(person, "/start")
    assert thanked["text"].endswith(_(consent_texts.THANKS))
    assert buttons(thanked) == buttons(again) == {}
    assert again["text"] == texts.greeting(("melanoma", "pneumonia"), _)
    assert len(await person.all_messages()) == 3


async def test_the_notice_comes_once_after_the_first_answer_also_of_an_album(stack: Stack) -> None:
    person = stack.person(language="ru")
    notice = texts.translator("ru")(consent_texts.NOTICE)
    with stack.bot():
        for part in [await person.sends("photo", MALIGNANT, media_group_id="5") for _ in range(3)]:
            await person.reply_to(part)
    with stack.bot():
        await person.reply_to(await person.sends("photo", MALIGNANT))
        await stack.until(lambda: stack.accepted("answered") == 4)
        sent = await person.all_messages()
    assert [message.get("text") for message in sent].count(notice) == 1
    assert [message.get("text") for message in sent].index(notice) >= 1


async def test_with_require_pictures_wait_for_the_button_and_a_killed_bot_forgets_none(stack: Stack) -> None:
    person, other = stack.person(), stack.person()
    with stack.bot(CONSENT="require") as process:
        sent = [await person.sends("photo", MALIGNANT) for _ in range(2)]
        waiting = await person.reply_to(sent[0])
        in_group = Person(stack.session, stack.base, GROUP)
        group_picture = await in_group.sends("photo", MALIGNANT, caption="/melanoma", user_id=person.chat_id)
        pointed = await in_group.reply_to(group_picture)
        await stack.until(lambda: stack.accepted("received") == 3)
        process.kill()
        process.wait()
    with stack.bot(CONSENT="require"):
        await asked(other, "/help")
        assert stack.accepted("received") == 3
        await person.presses(waiting, "agree")
        assert (await edited(person, waiting))["text"] == consent_texts.THANKS_READING
        await stack.until(lambda: stack.accepted("answered") == 3)
        answers = [message for message in await person.messages() if "photo" in message]
        in_the_group = [message for message in await in_group.messages() if "photo" in message]
    assert list(buttons(pointed).values()) == ["https://t.me/second_look_1000001_bot?start=consent"]
    replied = [message["reply_to_message"]["message_id"] for message in answers + in_the_group]
    assert replied == [message["message_id"] for message in (*sent, group_picture)]


async def test_a_link_makes_ready_for_a_model_and_opens_its_words(stack: Stack) -> None:
    person = stack.person()
    with stack.bot():
        ready = await asked(person, "/start pneumonia")
        answer = await person.reply_to(await person.sends("photo", MALIGNANT))
        overview = await asked(person, "/start models")
        await person.presses(overview, "model:melanoma")
        page = await edited(person, overview)
        await person.presses(page, "model:")
        assert (await edited(person, page))["text"] == overview["text"]
    assert texts.ready_for("pneumonia", str) in ready["text"]
    assert "chest X-ray" in answer["caption"].partition("\n")[0]
    card = ModelCard.read(stack.folder / "weights" / "melanoma" / "card.json")
    assert page["text"] == model_page(card, "en")


async def test_the_other_model_reads_the_same_picture_and_a_doctors_word_outlives_a_restart(stack: Stack) -> None:
    write_tiny_skin(stack.folder / "weights")
    person = stack.person(language="ru")
    with stack.bot():
        sent = await person.sends("photo", MALIGNANT)
        answer = await person.reply_to(sent)
        await stack.until(lambda: stack.accepted("answered") == 1)
        assert list(buttons(answer)) == ["🔎 Прочитать моделью кожи", *THUMBS]
        await person.presses(answer, "read:skin")
        (_, second) = await person.waits_for(lambda message: "photo" in message, count=2)
        await until_buttons(person, answer, THUMBS)
    with stack.bot():
        await person.presses(answer, "judge:1:1")
        await until_buttons(person, answer, [THUMBS[0], "✅ Врач подтвердил", THUMBS[2]])
        await person.presses(answer, "judge:1:0")
        await until_buttons(person, answer, [*THUMBS[:2], "✅ Врач не согласен"])
    assert second["reply_to_message"]["message_id"] == sent["message_id"]
    assert stack.rows("select model, feedback from requests") == [("melanoma", "not_confirmed"), ("skin", None)]
    toasts = [call["params"].get("text", "") for call in await stack.calls("answerCallbackQuery")]
    assert sum(toast.startswith("Спасибо") for toast in toasts) == 2


async def test_a_letter_is_waited_for_through_a_restart_and_kept(stack: Stack) -> None:
    person = stack.person(language="ru")
    with stack.bot():
        question = await asked(person, "/feedback")
    with stack.bot():
        thanks = await asked(person, "Спасибо, понятно всё.")
        at_once = await asked(person, "/feedback Ещё раз спасибо.")
    assert "2000" in question["text"]
    assert thanks["text"] == at_once["text"]
    assert stack.rows("select text from letters") == [("Спасибо, понятно всё.",), ("Ещё раз спасибо.",)]
    assert "Спасибо" not in stack.log.read_text()


async def test_in_a_lively_group_only_who_asks_is_answered_and_kept(stack: Stack) -> None:
    group = Person(stack.session, stack.base, GROUP)
    asker, others = 810_001, (820_002, 830_003)
    name = "@second_look_1000001_bot"
    with stack.bot(LOG_LEVEL="DEBUG"):
        pictures = []
        for who in others:
            await group.says("hello everybody", user_id=who, first_name=f"Name{who}")
            pictures.append(await group.sends("photo", MALIGNANT, user_id=who, caption="my arm"))
        await group.says("nice", user_id=asker, reply_to_message_id=pictures[0]["message_id"])
        question = await group.says(f"{name} ?", user_id=asker, reply_to_message_id=pictures[0]["message_id"])
        answer = await group.reply_to(question)
        own = await group.sends("photo", MALIGNANT, user_id=asker, caption=f"and mine {name}")
        await group.reply_to(own)
        await group.says("/history@second_look_1000001_bot", user_id=others[0])
        await group.waits_for(lambda message: "t.me/second_look" in message.get("text", ""))
        await stack.until(lambda: stack.accepted("answered") == 2)
    assert len(await group.messages()) == 3
    assert "photo" in answer
    assert stack.rows("select user_id, of_another, file_id = '' from requests") == [(asker, 1, 1), (asker, 0, 0)]
    assert stack.rows("select id from users") == [(asker,)]
    file_ids = [size["file_id"].encode() for picture in pictures for size in picture["photo"]]
    dump = json.dumps([stack.rows(f"select * from {table}") for table in ("users", "requests", "choices", "letters")])
    needles = [*map(str, others), *(f"Name{who}" for who in others), *(file_id.decode() for file_id in file_ids)]
    assert [needle for needle in needles if needle in dump] == []
    log = stack.log.read_text()
    assert [needle for needle in (*map(str, (asker, *others)), *needles) if needle in log] == []


async def test_a_block_a_deleted_picture_and_a_lost_file_are_journaled_and_make_no_noise(stack: Stack) -> None:
    person, stranger = stack.person(), stack.person()
    with stack.bot():
        await person.reply_to(await person.sends("photo", MALIGNANT))
        await stack.fault(method="getFile", status=400, times=3, description="Bad Request: wrong file_id")
        lost = await person.reply_to(await person.sends("document", MALIGNANT))
        await stack.until(lambda: stack.accepted("failed") == 1)
        await stranger.says("hello")
        await stranger.waits_for(lambda message: True)
        await stranger._post("block", json={"blocked": True})
        await person._post("block", json={"blocked": True})
        await stack.until(lambda: stack.rows("select blocked_at is not null from users") == [(1,)])
        await person._post("block", json={"blocked": False})
        await stack.until(lambda: stack.rows("select blocked_at is not null from users") == [(0,)])
        await stack.fault(method="sendPhoto", status=403, times=1, description="Forbidden: bot was blocked by the user")
        await person.sends("photo", MALIGNANT)
        await stack.until(lambda: stack.accepted("failed") == 2)
    assert "does not have this file" in lost["text"]
    assert stack.rows("select failure_code from requests where state = 'failed'") == [
        ("file_gone",),
        ("undeliverable",),
    ]
    log = stack.log.read_text()
    assert "Traceback" not in log
    assert str(person.chat_id) not in log


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name in names:
            packed.writestr(name, b"words " * 50)
    return buffer.getvalue()


FILES: dict[str, tuple[bytes, str, str]] = {
    "letter.pdf": (b"%PDF-1.7\n1 0 obj\n<< /Encrypt 5 0 R >>\n" + bytes(500), "document PDF", "PDF"),
    "film.mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(500), "a video", "видео"),
    "song.mp3": (b"ID3\x04" + bytes(500), "a sound recording", "звукозапись"),
    "xray.zip": (archive("IM000001", "IM000002"), "an archive", "архив"),
    "letter.docx": (archive("[Content_Types].xml", "word/document.xml"), "an office document", "офисный"),
    "page.html": (b"<!doctype html><html><body>My mole</body></html>", "a web page", "веб-страница"),
    "words.jpg": (b"Dear doctor, my mole itches. " * 20, "not a picture", "не изображение"),
    "empty.png": (b"", "is empty", "пуст"),
}


async def test_each_kind_of_file_that_is_no_picture_is_called_what_it_is_in_both_languages(stack: Stack) -> None:
    told: dict[str, Any] = {"en": {}, "ru": {}}
    with stack.bot():
        for language, found in told.items():
            person = stack.person(language)
            for name, (data, *_) in FILES.items():
                found[name] = (await person.reply_to(await person.sends("document", data, name)))["text"]
    for name, (_, english, russian) in FILES.items():
        assert english.split(maxsplit=1)[-1] in told["en"][name].partition("\n")[0], name
        assert russian in told["ru"][name].partition("\n")[0], name
    assert len(set(told["en"].values())) == len(set(told["ru"].values())) == len(FILES)
    assert "Traceback" not in stack.log.read_text()

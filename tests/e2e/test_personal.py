"""What a person has the bot do about themselves: the language of its answers, and what is kept of them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.e2e.stack import Message, Person, Stack
from tests.tiny_models import flat_png

MALIGNANT = flat_png(red=204, width=320, height=240)


async def asked(person: Person, command: str) -> Message:
    """The bot's first message after ``command``."""
    before = len(await person.messages())
    await person.says(command)
    return (await person.waits_for(lambda message: True, count=before + 1))[-1]


async def edited(person: Person, message: Message) -> Message:
    """``message`` once the bot has put something else in its place."""

    def is_it(found: Message) -> bool:
        return found["message_id"] == message["message_id"] and found["text"] != message["text"]

    return (await person.waits_for(is_it))[-1]


async def menus_of_chats(stack: Stack) -> list[dict[str, Any]]:
    """The calls that gave one chat a menu of its own."""
    return [call for call in await stack.calls("setMyCommands") if "scope" in call["params"]]


async def until_menus(stack: Stack, count: int) -> None:
    """Wait until ``count`` menus were set: the bot sets them beside its answers."""
    async with asyncio.timeout(60):
        while len(await menus_of_chats(stack)) < count:
            await asyncio.sleep(0.05)


async def test_a_chosen_language_counts_for_words_pictures_and_menu_and_outlives_a_restart(stack: Stack) -> None:
    person = stack.person(language="en")
    with stack.bot():
        question = await asked(person, "/language")
        await person.presses(question, "speak:ru")
        assert (await edited(person, question))["text"] == "Теперь я отвечаю по-русски."
        await stack.until(lambda: stack.rows("select chosen_language from users") == [("ru",)])
        await until_menus(stack, 1)
    with stack.bot():
        await until_menus(stack, 2)
        answer = await person.reply_to(await person.sends("photo", MALIGNANT))
        unreadable = await person.reply_to(await person.sends("document", b"no picture", name="letter.txt"))
        greeting = await asked(person, "/start")
    assert answer["caption"].startswith("🔺 Подозрительно · кожа")
    assert unreadable["text"].startswith("📎 Это не изображение")
    assert greeting["text"].startswith("Здравствуйте!")
    menus = await menus_of_chats(stack)
    assert [f'"chat_id":{person.chat_id}' in call["params"]["scope"].replace(" ", "") for call in menus] == [True, True]
    assert stack.rows("select language, chosen_language from users") == [("en", "ru")]


async def test_what_privacy_says_is_kept_is_what_the_journal_has_columns_for(stack: Stack) -> None:
    """A column more is a reason to look at the words of /privacy again."""
    person = stack.person(language="ru")
    with stack.bot():
        words = (await asked(person, "/privacy"))["text"]
        tables = {name for (name,) in stack.rows("select name from sqlite_master where type = 'table'")}
        columns = {name: [row[1] for row in stack.rows(f"pragma table_info({name})")] for name in tables}
    assert "file_id" in words
    assert "/language" in words
    assert columns["users"] == [
        *("id", "language", "first_seen", "last_seen", "chosen_language", "consented_at", "blocked_at"),
    ]
    assert columns["albums"] == [
        *("bot_id", "chat_id", "album", "user_id", "last_part_at", "summary_message_id"),
        *("leased_by", "leased_until"),
    ]
    assert columns["letters"] == ["id", "bot_id", "user_id", "written_at", "text"]
    assert columns["choices"] == ["bot_id", "chat_id", "user_id", "model", "expires_at"]
    assert not {"name", "username", "first_name", "text", "caption", "picture", "data"} & set(columns["requests"])


async def test_an_export_is_a_file_with_all_rows_of_the_person_and_of_nobody_else(stack: Stack) -> None:
    person, other = stack.person(), stack.person()
    with stack.bot():
        assert (await asked(person, "/export"))["text"].startswith("I keep nothing of you")
        sent = await person.sends("document", MALIGNANT)
        await person.reply_to(sent)
        await other.reply_to(await other.sends("document", b"no picture"))
        export = (await asked(person, "/export"))["document"]
        others = (await asked(other, "/export"))["document"]
        kept, kept_of_other = [json.loads(await person.document(document)) for document in (export, others)]
    assert export["file_name"] == "second-look.json"
    assert [(row["file_id"], row["verdict"]) for row in kept["requests"]] == [
        (sent["document"]["file_id"], "suspicious")
    ]
    assert [row["refusal_code"] for row in kept_of_other["requests"]] == ["not_a_picture"]
    assert [row["id"] for row in kept_of_other["users"]] == [other.chat_id]


async def test_who_is_forgotten_is_in_none_of_the_journals_files_nor_in_the_log(stack: Stack) -> None:
    person, other = stack.person(), stack.person()
    person.chat_id = 7_654_321_098
    with stack.bot(LOG_LEVEL="DEBUG"):
        await other.reply_to(await other.sends("photo", MALIGNANT))
        sent = await person.sends("document", MALIGNANT, first_name="Wilhelmina", username="wilhelmina_77")
        answer = await person.reply_to(sent)
        await person.says("/report", reply_to_message_id=answer["message_id"])
        await person.waits_for(lambda message: "document" in message)
        await person.presses(answer, "judge:2:1")
        for _ in range(2):
            await person.sends("photo", MALIGNANT, media_group_id="70707070707")
        await stack.until(lambda: stack.accepted("answered") == 5)
        await stack.until(lambda: stack.rows("select count(*) from albums where summary_message_id > 0") == [(1,)])
        await person.says("/feedback The quick answer pleased Wilhelmina.")
        await person.says("/pneumonia")
        await person.says("/cancel")
        await person.waits_for(lambda message: "does not count any more" in message.get("text", ""))
        file_id = sent["document"]["file_id"]
        words = (file_id, "70707070707", "Wilhelmina", "wilhelmina_77", str(person.chat_id))
        needles = [*(word.encode() for word in words), person.chat_id.to_bytes(6, "big")]
        assert stack.rows("select feedback from requests where feedback is not null") == [("confirmed",)]
        # A name is never written, and a number not in letters; all else is found as long as it is kept.
        assert [needle for needle in needles if needle not in stack.held()] == needles[3:5]
        question = await asked(person, "/forget")
        await person.presses(question, "forget:1")
        assert (await edited(person, question))["text"].startswith("It is done: I keep nothing of you any more.")
        assert [needle for needle in needles if needle in stack.held()] == []
        assert (await asked(person, "/export"))["text"].startswith("I keep nothing of you")
    assert [needle for needle in needles if needle in stack.held()] == []
    assert stack.rows("select id from users") == [(other.chat_id,)]
    log = stack.log.read_bytes()
    assert b"done in" in log
    assert [needle for needle in needles if needle in log] == []


async def test_an_earlier_answer_is_found_in_the_history_and_seen_again(stack: Stack) -> None:
    person, other = stack.person(language="ru"), stack.person()
    with stack.bot():
        first = await person.reply_to(await person.sends("photo", MALIGNANT))
        await person.reply_to(await person.sends("photo", MALIGNANT, caption="/pneumonia"))
        await other.reply_to(await other.sends("photo", MALIGNANT))
        await stack.until(lambda: stack.accepted("answered") == 3)
    with stack.bot():
        page = await asked(person, "/history")
        data = [button["callback_data"] for button in page["reply_markup"]["inline_keyboard"][0]]
        await person.presses(page, data[1])
        again = await person.reply_to(page)
        overlays = [await person.file(answer) for answer in (first, again)]
        await stack.until(lambda: stack.accepted("answered") == 4)
        assert (await asked(person, "/history"))["text"] == page["text"]
    lines = page["text"].split("\n\n")[1].split("\n")
    assert [line.split(" · ")[1] for line in lines] == ["модель рентгена", "модель меланомы"]
    assert [line.split(" · ")[2] for line in lines] == ["🔺 Подозрительно"] * 2
    assert again["caption"] == first["caption"]
    assert overlays[0] == overlays[1]
    assert stack.rows("select model, verdict from requests where reopens is not null") == [("melanoma", "suspicious")]

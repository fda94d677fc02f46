"""The menu of commands: an admin's chat has more in it, in whichever language."""

from __future__ import annotations

from bot import operator_texts, texts
from tests.bot.conftest import FakeReader, Serving, Telegram

ADMIN = {"admin_ids": frozenset({10})}


def named(telegram: Telegram, language: str = "", scope: str = "chat 10") -> dict[str, str] | None:
    commands = telegram.world.persons_bot().profile.commands.get((scope, language))
    return None if commands is None else {item["command"]: item["description"] for item in commands}


async def chooses(telegram: Telegram, language: str) -> None:
    await telegram.text("/language")
    questions = await telegram.until(lambda: [m for m in telegram.sent() if "speak:" in str(m.get("reply_markup"))])
    presses = len(telegram.shown())
    await telegram.press(questions[-1], f"speak:{language}")
    await telegram.until(lambda: len(telegram.shown()) > presses)


async def test_an_admin_who_starts_the_bot_has_the_menu_at_once_in_both_languages_and_is_greeted(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving(**ADMIN):
        await telegram.text("/start")
        (greeting,) = await telegram.answers(1)
        await telegram.until(lambda: named(telegram, "ru"))
        await telegram.text("/start", chat=11)
        await telegram.answers(1, chat=11)
    models = ("melanoma", "pneumonia")
    assert greeting["text"].startswith(texts.greeting(models, texts.translator("en")))
    for code, language in (("", "en"), ("ru", "ru")):
        _ = texts.translator(language)
        extra = {name: _(text) for name, text in operator_texts.COMMANDS.items()}
        assert named(telegram, code) == {**texts.commands(models, _), **extra}
    assert named(telegram, scope="chat 11") is None
    assert not set(operator_texts.COMMANDS) & set(named(telegram, scope="default") or {})


async def test_a_language_that_an_admin_chose_counts_for_the_menu_and_outlives_a_restart(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    menus = telegram.world.persons_bot().profile.commands
    async with serving(**ADMIN):
        await telegram.text("/start")
        await telegram.until(lambda: named(telegram, "ru"))
        await chooses(telegram, "en")
        await telegram.until(lambda: named(telegram, "ru") is None)
        assert (named(telegram) or {})["stats"] == "Figures and charts"
        await chooses(telegram, "ru")
        await telegram.until(lambda: (named(telegram) or {}).get("stats") == "Цифры и графики")
    menus.clear()
    async with serving(**ADMIN):
        await telegram.until(lambda: (named(telegram) or {}).get("stats") == "Цифры и графики")
        assert named(telegram, "ru") is None
        await chooses(telegram, "telegram")
        await telegram.until(lambda: (named(telegram, "ru") or {}).get("stats") == "Цифры и графики")
        assert (named(telegram) or {})["stats"] == "Figures and charts"


async def test_of_an_admin_who_was_forgotten_the_menu_stays(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving(**ADMIN):
        await chooses(telegram, "ru")
        await telegram.until(lambda: (named(telegram) or {}).get("stats") == "Цифры и графики")
        await telegram.text("/forget")
        question = (await telegram.answers(2))[-1]
        await telegram.press(question, "forget:1")
        await telegram.until(lambda: (named(telegram) or {}).get("stats") == "Figures and charts")
        await telegram.until(lambda: named(telegram, "ru"))

"""Links, groups, languages and screens of the chat page, in headless Chromium; the test itself plays the bot."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)
from playwright.async_api import Page, expect

from tests.sandbox.conftest import BROWSER, OpenPage
from tests.sandbox.pages import FITS, LONG, Next, Picture, begin, bots, files

pytestmark = BROWSER


NAME = "second_look_4200_bot"


@pytest.fixture
async def page(base: str, bot: Bot, open_page: OpenPage) -> Page:
    await bot.get_me()
    return await open_page(f"{base}/", locale="ru-RU")


async def test_texts_commands_and_links(page: Page, bot: Bot, following: Next, base: str) -> None:
    chat = await begin(page, following)
    await bot.set_my_commands([BotCommand(command="help", description="Справка")])
    await bot.set_my_commands(
        [BotCommand(command="history", description="Ответы")], scope=BotCommandScopeChat(chat_id=chat)
    )
    await bot.send_message(
        chat,
        f"<b>x</b> /history <a href='https://t.me/{NAME}?start=skin'>here</a> <a href='https://t.me/other'>there</a>"
        "<blockquote expandable>" + "long " * 80 + "</blockquote>",
        parse_mode="HTML",
    )
    words = bots(page).locator(".words").last
    await expect(words.locator("strong")).to_have_text("x")
    await expect(words.get_by_text("there")).to_have_attribute("target", "_blank")
    quote = words.locator("blockquote")
    folded = (await quote.bounding_box())["height"]
    await quote.click()
    await expect(quote).to_have_attribute("aria-expanded", "true")
    assert (await quote.bounding_box())["height"] > 2 * folded
    await page.fill("#text", "/")
    await expect(page.locator("#commands [role=option]")).to_have_text(["/historyОтветы"])
    await page.fill("#text", "")
    await words.get_by_text("/history").click()
    update = await following()
    assert update.message is not None
    assert update.message.text == "/history"
    await words.get_by_text("here", exact=True).click()
    await expect(page.locator("#again")).to_have_text("Начать")
    await page.click("#again")
    update = await following()
    assert update.message is not None
    assert (update.message.text, update.message.chat.id) == ("/start skin", chat)
    await expect(page.locator("#composer")).to_be_visible()
    assert page.url == f"{base}/"


async def test_a_link_with_a_word_and_someone_new(base: str, bot: Bot, following: Next, open_page: OpenPage) -> None:
    await bot.get_me()
    page = await open_page(f"{base}/?start=pneumonia")
    await page.click("#start")
    update = await following()
    assert update.message is not None
    assert update.message.text == "/start pneumonia"
    await page.reload()
    await expect(page.locator(".own")).to_have_count(1)
    await expect(page.locator("#again")).to_be_hidden()
    await page.click("#menu-button")
    await page.click("#someone-new")
    await expect(page.locator("#welcome")).to_be_visible()
    await page.click("#start")
    other = await following()
    assert other.message is not None
    assert other.message.text == "/start"
    assert other.message.chat.id != update.message.chat.id


async def test_other_kinds_of_messages_are_shown(page: Page, person: Any, bot: Bot, following: Next) -> None:
    person.base = person.base.replace("/77", f"/{await begin(page, following)}")
    kinds = ["video", "voice", "sticker", "poll", "location"]
    for kind in kinds:
        await person.post("other", kind=kind)
    names = ["Видео", "Голосовое сообщение", "🙂", "Опрос", "Геопозиция"]
    for number, name in enumerate(names, 1):
        await expect(page.locator(".own").nth(number)).to_contain_text(name)


async def test_a_group(page: Page, bot: Bot, following: Next, picture: Picture) -> None:
    await page.click("#menu-button")
    await page.click("#group")
    await expect(page.locator("#name")).to_have_text("Семья")
    await expect(page.locator("#composer")).to_be_hidden()
    await page.click("#start")
    change = (await following()).my_chat_member
    assert change is not None
    assert (change.chat.title, change.new_chat_member.status) == ("Семья", "member")
    assert (await following()).message is not None
    await expect(page.locator(".event")).to_have_text("Second Look теперь в группе")

    await page.click("#writers button:nth-of-type(2)")
    await page.fill("#text", "между собой")
    await page.press("#text", "Enter")
    await page.type("#text", "@se")
    await page.press("#text", "Enter")
    await page.type("#text", "привет")
    await page.press("#text", "Enter")
    message = (await following()).message
    assert message is not None
    assert (message.text, message.from_user.first_name) == (f"@{NAME} привет", "Анна")
    first = bots(page).first
    await expect(first.locator(".from")).to_have_text("Анна")
    await expect(first.locator(".face")).to_have_count(0)
    await expect(bots(page).nth(1).locator(".face")).to_have_text("А")

    await page.click("#writers button:nth-of-type(1)")
    await page.set_input_files("#files", files(picture, 1))
    await page.fill("#caption", "/melanoma")
    await page.click("#preview-send")
    message = (await following()).message
    assert message is not None
    assert message.caption == "/melanoma"
    await expect(page.locator(".own .photo")).to_have_count(1)
    await message.as_(bot).reply("seen")
    await expect(bots(page).last.locator(".from")).to_have_text("Second Look")

    await page.click("#menu-button")
    await page.click("#promote")
    change = (await following()).my_chat_member
    assert change is not None
    assert change.new_chat_member.status == "administrator"
    await page.click("#menu-button")
    await page.click("#add-bot")
    change = (await following()).my_chat_member
    assert change is not None
    assert change.new_chat_member.status == "kicked"
    await expect(page.locator(".event").last).to_have_text("Second Look больше не в группе")
    await page.click("#menu-button")
    await page.click("#group")
    await expect(page.locator("#start")).to_have_text("Начать")


async def test_the_language_changes_everything(page: Page, bot: Bot, following: Next) -> None:
    await bot.set_my_description("О боте", language_code="ru")
    await bot.set_my_description("About")
    chat = await begin(page, following)
    await bot.send_document(chat, BufferedInputFile(b"x", "a.bin"))
    await expect(page.locator(".file")).to_contain_text("BIN · 1 Б")
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await page.click("#language button[value=en]")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator(".file")).to_contain_text("BIN · 1 B")
    await expect(page.locator("#text")).to_have_attribute("placeholder", "Message")
    shown = await page.evaluate(
        "document.body.innerText + [...document.querySelectorAll('*')].map(node => "
        "[node.ariaLabel, node.title, node.placeholder].join(' ')).join(' ')"
    )
    assert not [
        word
        for word in shown.split()
        if any("а" <= letter <= "я" for letter in word.lower()) and word not in ("Русский", "РУ")
    ]
    await page.fill("#text", "hi")
    await page.press("#text", "Enter")
    update = await following()
    assert update.message is not None
    assert update.message.from_user.language_code == "en"


@pytest.mark.parametrize("width", [360, 414, 1280])
async def test_nothing_is_wider_than_the_window(
    base: str, bot: Bot, following: Next, open_page: OpenPage, picture: Picture, width: int
) -> None:
    await bot.get_me()
    page = await open_page(f"{base}/", viewport={"width": width, "height": 740}, color_scheme="dark")
    chat = await begin(page, following)
    keys = [[InlineKeyboardButton(text=LONG, callback_data=str(number)) for number in range(3)]]
    markup = InlineKeyboardMarkup(inline_keyboard=keys)
    await bot.send_message(chat, "длинноеслово" * 40, reply_markup=markup)
    await bot.send_message(chat, "<pre>" + "x" * 300 + "</pre>", parse_mode="HTML")
    await bot.send_photo(chat, BufferedInputFile(picture(1200, 80), "wide.jpg"), caption="шире", reply_markup=markup)
    await bot.send_photo(chat, BufferedInputFile(picture(60, 900), "tall.jpg"))
    await bot.send_document(chat, BufferedInputFile(b"x", "очень_длинное_имя_файла" * 5 + ".pdf"))
    await expect(bots(page)).to_have_count(5)
    assert await page.evaluate(FITS)


async def test_a_finger_that_holds_a_message_opens_its_menu(
    base: str, bot: Bot, following: Next, open_page: OpenPage
) -> None:
    await bot.get_me()
    page = await open_page(f"{base}/", has_touch=True, is_mobile=True)
    await begin(page, following)
    touch = (
        "([type, x, y]) => { const target = document.querySelector('.own .bubble'); const touches = type === 'touchend'"
        " ? [] : [new Touch({ identifier: 1, target, clientX: x, clientY: y })];"
        " target.dispatchEvent(new TouchEvent(type, { touches, bubbles: true, cancelable: true })); }"
    )
    box = await page.locator(".own .bubble").bounding_box()
    assert box is not None
    place = [box["x"] + 5, box["y"] + 5]
    await page.evaluate(touch, ["touchstart", *place])
    await expect(page.locator("#message-menu [role=menuitem]").first).to_be_focused()
    await page.evaluate(touch, ["touchend", *place])
    sizes = [await one.bounding_box() for one in await page.locator("#message-menu button").all()]
    assert len(sizes) == 4
    assert all(size["height"] >= 44 for size in sizes if size)
    for selector in ("#attach", "#slash", "#send", "#menu-button", "#language button"):
        for node in await page.locator(selector).all():
            box = await node.bounding_box()
            assert box is None or min(box["width"], box["height"]) >= 44, selector

"""The chat page in headless Chromium, with a small bot behind it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReactionTypeEmoji,
)
from playwright.async_api import Page, expect

from tests.sandbox.conftest import BROWSER, OpenPage

pytestmark = BROWSER
BREAKABLE = """() => {
    const real = window.fetch;
    window.fetch = (...all) => (window.cut ? Promise.reject(new TypeError("cut")) : real(...all));
}"""
DROP = """([data, kind]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
    const send = (node, name) =>
        node.dispatchEvent(new DragEvent(name, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    send(document.body, "dragenter");
    send(document.querySelector(`.zone[data-kind=${kind}]`), "drop");
}"""


async def echo_photo(message: Message, bot: Bot) -> None:
    await message.react([ReactionTypeEmoji(emoji="👀")])
    await bot.send_chat_action(message.chat.id, "upload_photo")
    file = message.photo[-1] if message.photo else message.document
    assert file is not None
    content = await bot.download(file.file_id)
    assert content is not None
    button = InlineKeyboardButton(text="Change it", callback_data="change")
    await message.reply_photo(
        BufferedInputFile(content.read(), "echo.jpg"),
        caption="<b>Seen</b> &lt;img src=x onerror=alert(1)&gt;",
        parse_mode="HTML",
        reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]),
    )


async def change(query: CallbackQuery) -> None:
    await query.answer("as you wish")
    assert isinstance(query.message, Message)
    await query.message.edit_caption(caption="changed")


async def echo(message: Message) -> None:
    assert message.from_user is not None
    await message.answer(f"{message.from_user.language_code}: {message.text}")


@pytest.fixture
async def polling(bot: Bot) -> AsyncIterator[None]:
    dispatcher = Dispatcher()
    dispatcher.message.register(echo_photo, F.photo | F.document)
    dispatcher.message.register(echo)
    dispatcher.callback_query.register(change)
    await bot.set_my_commands([BotCommand(command="help", description="What I can do")])
    task = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=1))
    yield
    await dispatcher.stop_polling()
    await task


@pytest.fixture
async def page(base: str, polling: None, open_page: OpenPage) -> Page:
    return await open_page(f"{base}/")


async def test_a_picked_photo_is_answered_and_the_button_works(
    page: Page, picture: Callable[..., bytes], tmp_path: Path
) -> None:
    path = tmp_path / "mole.png"
    path.write_bytes(picture(320, 240, "PNG"))
    await page.click("#start")
    await expect(page.locator(".message:not(.own) .words")).to_contain_text("en: /start")
    await page.set_input_files("#files", str(path))
    await page.fill("#caption", "what is this?")
    await page.click("#preview-send")
    answer = page.locator(".message:not(.own)", has=page.locator(".photo"))
    await expect(answer.locator("strong")).to_have_text("Seen")
    await expect(answer.locator(".words")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(answer.locator(".quote")).to_contain_text("what is this?")
    assert await answer.locator(".photo img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    await expect(page.locator(".message.own .pill")).to_contain_text("👀")
    await expect(page.locator(".message.own .tick.read")).to_have_count(2)
    await answer.locator(".key").click()
    await expect(answer.locator(".words")).to_contain_text("changed")
    await expect(page.locator("#toast")).to_have_text("as you wish")
    await expect(answer.locator(".key")).to_have_count(0)
    await answer.locator(".photo").click()
    await expect(page.locator("#viewer")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#viewer")).to_be_hidden()


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_a_dropped_picture_goes_as_what_it_was_dropped_on(
    page: Page, picture: Callable[..., bytes], kind: str
) -> None:
    data = base64.b64encode(picture(200, 150, "PNG")).decode()
    await expect(page.locator("#welcome")).to_be_visible()
    await page.evaluate(DROP, [data, kind])
    await expect(page.locator(f"#preview-kind button[value={kind}]")).to_have_attribute("aria-pressed", "true")
    await page.click("#preview-send")
    own = {"photo": ".message.own .photo", "document": ".message.own .file"}[kind]
    await expect(page.locator(own)).to_have_count(1)
    await expect(page.locator(".message:not(.own) .key")).to_have_text("Change it")


async def test_language_commands_and_a_lost_connection(page: Page) -> None:
    await page.click("#language button[value=ru]")
    await expect(page.locator("#start")).to_have_text("Начать")
    await page.fill("#text", "/h")
    await expect(page.locator("#commands [role=option]")).to_contain_text("What I can do")
    await page.press("#text", "Enter")
    await expect(page.locator(".message:not(.own) .words")).to_contain_text("ru: /help")
    await page.reload()
    await expect(page.locator(".message")).to_have_count(2)
    await page.evaluate(BREAKABLE)
    await page.evaluate("window.cut = true; dispatchEvent(new Event('offline'))")
    await expect(page.locator("#banner")).to_be_visible()
    await page.fill("#text", "still there?")
    await page.press("#text", "Enter")
    await expect(page.locator(".failure")).to_contain_text("нет соединения")
    await page.evaluate("window.cut = false; dispatchEvent(new Event('online'))")
    await expect(page.locator("#banner")).to_be_hidden()
    await page.locator(".failure button").first.click()
    await expect(page.locator(".message:not(.own) .words").last).to_contain_text("ru: still there?")

"""What the chat page shows and does, in headless Chromium; the test itself plays the bot."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import (
    BufferedInputFile,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
)
from playwright.async_api import Page, Route, expect

from tests.sandbox.conftest import BROWSER, OpenPage
from tests.sandbox.pages import FITS, LONG, Next, Picture, begin, bots, files

pytestmark = BROWSER


@pytest.fixture
async def page(base: str, bot: Bot, open_page: OpenPage) -> Page:
    await bot.get_me()
    return await open_page(f"{base}/", locale="ru-RU")


async def test_pictures_go_as_albums_of_ten(page: Page, following: Next, picture: Picture) -> None:
    await page.set_input_files("#files", files(picture, 12))
    await expect(page.locator("#preview-note")).to_have_text("Они уйдут альбомами по десять.")
    await page.fill("#caption", "/melanoma")
    await page.click("#preview-send")
    messages = [(await following()).message for _ in range(12)]
    groups = [message.media_group_id for message in messages if message]
    assert [groups.count(group) for group in dict.fromkeys(groups)] == [10, 2]
    assert [message.caption for message in messages if message and message.caption] == ["/melanoma"]
    albums = page.locator(".own .album")
    await expect(albums).to_have_count(2)
    await expect(albums.first.locator("img")).to_have_count(10)
    await expect(page.locator(".own.sending")).to_have_count(0)
    box = await albums.first.bounding_box()
    last = await albums.first.locator(".photo").last.bounding_box()
    assert box is not None
    assert last is not None
    assert last["x"] + last["width"] <= box["x"] + box["width"] + 1
    assert last["y"] + last["height"] <= box["y"] + box["height"] + 1


async def test_an_album_that_is_no_photos_can_go_as_files(page: Page, following: Next, picture: Picture) -> None:
    await page.set_input_files("#files", files(picture, 2))
    await expect(page.locator("#preview-kind button[value=photo]")).to_have_attribute("aria-pressed", "true")
    await page.route("**/album?*", lambda route: route.fulfill(status=400, json={"description": "Bad Request: no"}))
    await page.click("#preview-send")
    again = page.locator(".failure button").first
    await expect(again).to_have_text("Отправить файлом")
    await page.unroute("**/album?*")
    await again.click()
    sent = [(await following()).message for _ in range(2)]
    assert [message.document.file_name for message in sent if message and message.document] == ["0.jpg", "1.jpg"]
    await expect(page.locator(".own .file")).to_have_count(2)
    await expect(page.locator(".own")).to_have_count(1)


async def test_an_album_and_files_of_the_bot(page: Page, bot: Bot, following: Next, picture: Picture) -> None:
    chat = await begin(page, following)
    media: list[Any] = [InputMediaPhoto(media=BufferedInputFile(picture(), "p.jpg")) for _ in range(3)]
    await bot.send_media_group(chat, media)
    await expect(bots(page).locator(".album img")).to_have_count(3)
    await bot.send_document(chat, BufferedInputFile(b"%PDF-1.4", "отчёт.pdf"), caption="Отчёт")
    await bot.send_document(chat, BufferedInputFile(b"{}" * 1024, "second-look.json"))
    pdf, json = page.locator(".file").nth(0), page.locator(".file").nth(1)
    await expect(pdf.locator(".whole")).to_have_attribute("target", "_blank")
    await expect(pdf.locator(".whole")).to_have_attribute("aria-label", "Открыть отчёт.pdf")
    async with page.expect_download() as saved:
        await pdf.locator("a.icon").click()
    assert (await saved.value).suggested_filename == "отчёт.pdf"
    await expect(json).to_contain_text("JSON · 2 КБ")
    async with page.expect_download() as saved:
        await json.locator(".whole").click()
    assert (await saved.value).suggested_filename == "second-look.json"


async def test_buttons_answers_and_edits(page: Page, bot: Bot, following: Next, picture: Picture) -> None:
    chat = await begin(page, following)
    rows = [
        [("Похоже на правду", "yes"), ("Не похоже на правду", "no")],
        [(LONG, "again")],
    ]
    keys = [[InlineKeyboardButton(text=text, callback_data=data) for text, data in row] for row in rows]
    keys.append([InlineKeyboardButton(text="Сайт", url="https://example.org/a")])
    keys.append([InlineKeyboardButton(text="Скопировать", copy_text=CopyTextButton(text="x"))])
    keyboard = InlineKeyboardMarkup(inline_keyboard=keys)
    sent = await bot.send_photo(chat, BufferedInputFile(picture(90, 60), "p.jpg"), caption="a", reply_markup=keyboard)
    key = page.locator(".key", has_text=LONG)
    await key.click()
    await expect(key).to_have_attribute("aria-busy", "true")
    assert await page.evaluate(FITS)
    assert all([(await one.bounding_box())["height"] >= 44 for one in await page.locator(".key").all()])
    await expect(page.locator("a.key")).to_have_attribute("href", "https://example.org/a")
    query = (await following()).callback_query
    assert query is not None
    await bot.answer_callback_query(query.id, "Читаю ещё раз")
    await expect(page.locator("#toast")).to_have_text("Читаю ещё раз")
    await expect(key).not_to_have_attribute("aria-busy", "true")
    await page.locator(".key").first.click()
    query = (await following()).callback_query
    assert query is not None
    await bot.answer_callback_query(query.id, "Важное\nсообщение", show_alert=True)
    await expect(page.locator("#alert-text")).to_have_text("Важное\nсообщение")
    await page.click("#alert button")

    media = InputMediaPhoto(media=BufferedInputFile(picture(300, 90), "chart.png"), caption="b")
    await bot.edit_message_media(media, chat_id=chat, message_id=sent.message_id)
    await expect(bots(page).locator(".words")).to_contain_text("b")
    await expect(page.locator(".key")).to_have_count(0)
    image = bots(page).locator(".photo img")
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 300
    await expect(page.locator("#announce")).to_have_text("Second Look: Фото, b")
    await bot.delete_message(chat, sent.message_id)
    await expect(bots(page)).to_have_count(0)


async def test_a_message_is_never_seen_twice(page: Page, bot: Bot, following: Next) -> None:
    chat = await begin(page, following)

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await bot.send_message(chat, "an answer")
        await expect(bots(page)).to_have_count(1)
        await expect(page.locator(".own")).to_have_text(
            [re.compile("start"), re.compile("one.*Sending|one.*Отправляется")]
        )
        await route.fulfill(response=answer)

    await page.route("**/text?*", late)
    await page.fill("#text", "one")
    await page.press("#text", "Enter")
    await expect(page.locator(".own .tick.sent, .own .tick.read")).to_have_count(2)
    texts = await page.locator(".message .words").all_inner_texts()
    assert [text.split()[0] for text in texts] == ["/start", "one", "an"]


async def test_editing_and_deleting_what_one_wrote(page: Page, bot: Bot, following: Next) -> None:
    await begin(page, following)
    await page.fill("#text", "one")
    await page.press("#text", "Enter")
    written = (await following()).message
    assert written is not None
    own = page.locator(f".own[data-id='{written.message_id}']")
    await own.locator(".bubble").click(button="right")
    await page.locator("#message-menu .edit").click()
    await page.fill("#text", "two")
    await page.press("#text", "Enter")
    edited = (await following()).edited_message
    assert edited is not None
    assert edited.text == "two"
    await expect(own.locator(".meta")).to_contain_text("изменено")
    await own.locator(".bubble").click(button="right")
    await page.locator("#message-menu .bin").click()
    await expect(own).to_have_count(0)

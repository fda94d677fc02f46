"""The site in headless Chromium, with the real API behind it."""

from __future__ import annotations

import asyncio
import base64
import re
from contextlib import suppress
from pathlib import Path

import httpx
from playwright.async_api import FileChooser, Page, expect

from tests.sandbox.conftest import BROWSER
from tests.tiny_models import flat_png
from tests.web.site.conftest import OpenPage, Stack

pytestmark = BROWSER
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SUSPICIOUS, CALM = flat_png(red=204), flat_png(red=51)
VERDICT = ".sl-band h2"
# Of every element, those in shadow roots too: how far right the rightmost one reaches.
RIGHTMOST = """() => {
    const inside = (e) => (e.shadowRoot ? all(e.shadowRoot) : []);
    const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...inside(e)]);
    return Math.max(...all(document.body).map((e) => e.getBoundingClientRect().right));
}"""
COPY = """async (data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
}"""
# Names, kinds of files and keys, which are the same in both languages; and names of symbols, which a font draws.
SAME = (
    r"English|JPEG|PNG|HEIC|DICOM|PDF|Ctrl\+V|none|CC0|ABCDE|mole\.png|HAM10000|"
    r"[a-z]+_[a-z_]+|description|download|delete"
)


async def put(page: Page, data: bytes, number: int = 0) -> None:
    """Choose a file in the ``number``-th place for pictures."""
    place = page.locator(".intake").nth(number)
    await place.locator("input.file").set_input_files({"name": "mole.png", "mimeType": "image/png", "buffer": data})
    await expect(place.locator(".name")).to_contain_text("mole.png")


async def settle(page: Page) -> None:
    """All of the page is there: what comes later may take the focus away."""
    await expect(page.get_by_role("radio", name="Skin model")).to_be_visible()
    await expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def count_of_gets(stack: Stack) -> int:
    """How often the site has asked its API for something, once no more of it comes: a line is written after its
    answer."""
    before = -1
    while (count := stack.log.count("GET /v1")) != before:
        before = count
        await asyncio.sleep(0.5)
    return count


async def go(page: Page, name: str) -> None:
    await page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()


async def expect_fitting(page: Page) -> None:
    assert await page.evaluate(RIGHTMOST) <= page.viewport_size["width"] + 1  # type: ignore[index]


async def expect_russian(page: Page) -> None:
    text = await page.locator("body").inner_text()
    assert re.search("[а-яё]{4}", text)
    assert re.findall("[A-Za-z]{3,}", re.sub(SAME, "", text)) == []


async def test_a_picture_is_read_looked_at_reported_and_found_again(stack: Stack, open_page: OpenPage) -> None:
    page = await open_page(stack.site)
    await put(page, SUSPICIOUS)
    await expect(page.locator("img.preview")).to_have_attribute("alt", "The picture that you chose")
    await press(page, "Read the picture")
    await expect(page.locator(VERDICT)).to_have_text("Suspicious")
    await expect(page.locator(".sl-findings li").first).to_contain_text("80%")
    await expect(page.locator(".sl-chart li")).to_contain_text(["malignant skin growth80%", "20%"])
    await expect(page.locator(".sl-chart li.sl-positive")).to_have_count(1)
    bars = page.locator(".sl-chart .sl-bar")
    await expect(bars).to_have_count(3)
    assert [await bar.get_attribute("style") for bar in await bars.all()] == [
        "width: 80.0%",
        "width: 20.0%",
        "width: 80.0%",
    ]
    await expect(page.get_by_text("What to do next")).to_be_visible()
    await expect(page.get_by_text("not a medical device").first).to_be_visible()

    slider, heat = page.get_by_label("How strongly the heat map shows"), page.locator("img.heat")
    await expect(heat).to_have_css("opacity", "0.55")
    before = await count_of_gets(stack)
    await slider.focus()
    await page.keyboard.press("ArrowRight")
    await expect(heat).to_have_css("opacity", "0.6")
    await page.keyboard.press("Home")
    await expect(heat).to_have_css("opacity", "0")
    await expect(slider).to_have_attribute("aria-valuetext", "0%")
    sizes = [
        await page.locator(f"img.{name}").evaluate("i => i.decode().then(() => [i.naturalWidth, i.width])")
        for name in ("picture", "heat")
    ]
    assert sizes[0] == sizes[1]
    assert sizes[0][0] > 0
    assert await count_of_gets(stack) == before

    await press(page, "Make the report (PDF)")
    async with page.expect_download() as download:
        await page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    saved = await download.value
    assert re.fullmatch(r"second-look-\d{4}-\d\d-\d\d\.pdf", saved.suggested_filename)
    assert Path(await saved.path()).read_bytes().startswith(b"%PDF")

    await page.get_by_text("What this model knows, and how often it errs").click()
    await expect(page.locator(".sl-card")).to_contain_text("It learned mostly from light skin.")
    # An X-ray's model has nothing to say of a mole.
    await expect(page.get_by_role("button", name="Chest X-ray model")).to_have_count(0)
    await press(page, "Skin model")
    await expect(page.locator(".sl-chart ul li")).to_have_count(7)
    await press(page, "Read another picture")
    await expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    await go(page, "Earlier answers")
    await expect(page.locator(".sl-earlier")).to_have_count(2)
    await expect(page.locator(".sl-earlier").last).to_contain_text("mole.png")
    await page.get_by_role("button", name="Show the answer").last.click()
    await expect(page.locator(".sl-findings li").first).to_contain_text("malignant skin growth")
    await expect(page.locator("img.heat")).to_have_css("opacity", "0.55")
    await go(page, "Earlier answers")
    await press(page, "Forget all of them")
    await expect(page.get_by_text("Nothing has been read in this session yet.")).to_be_visible()
    assert "mole.png" not in stack.log


async def test_on_a_phone_in_russian_all_is_russian_and_fits_and_the_language_can_be_changed(
    stack: Stack, open_page: OpenPage
) -> None:
    page = await open_page(stack.site, locale="ru-RU", color_scheme="dark", **PHONE)
    await expect(page.get_by_role("button", name="Выбрать файл")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await expect(page).to_have_title("Второй взгляд")
    await expect_russian(page)
    await expect_fitting(page)
    await put(page, CALM)
    await press(page, "Прочитать снимок")
    await expect(page.locator(VERDICT)).to_have_text("Не вызывает подозрений")
    await expect(page.locator(".sl-findings li").first).to_contain_text("80\N{NO-BREAK SPACE}%")
    await press(page, "Сделать отчёт (PDF)")
    await expect(page.get_by_text("Сохранить отчёт (PDF,")).to_be_visible()
    await page.get_by_text("Что эта модель знает и как часто ошибается").click()
    await expect_russian(page)
    await expect_fitting(page)
    for view, waited in (
        ("Сравнить два", ".intake >> nth=1"),
        ("Прежние ответы", ".sl-earlier"),
        ("Модели", ".sl-card"),
    ):
        await go(page, view)
        await expect(page.locator(waited).first).to_be_visible()
        await expect_russian(page)
        await expect_fitting(page)
    await go(page, "Прочитать снимок")
    await expect(page.locator(VERDICT)).to_have_text("Не вызывает подозрений")
    await go(page, "English")
    await expect(page.locator(VERDICT)).to_have_text("Unsuspicious")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_text("Make the report (PDF)")).to_be_visible()
    assert page.url.endswith("?lang=en")
    await page.reload()
    await expect(page.get_by_role("button", name="Choose a file")).to_be_visible()


async def test_everything_can_be_done_with_the_keyboard(stack: Stack, open_page: OpenPage) -> None:
    page = await open_page(stack.site)
    # Listened for from the start: a browser that has much to do takes its time to hand them over.
    choosers: asyncio.Queue[FileChooser] = asyncio.Queue()
    page.on("filechooser", choosers.put_nowait)
    await settle(page)

    async def tab_to(name: str) -> None:
        """Go on with the Tab key to what is called ``name``, wherever in shadow roots it is."""
        focused = """() => {
            let e = document.activeElement;
            while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
            return [e.textContent, e.ariaLabel, e.value, e.labels?.[0]?.textContent].join(" ");
        }"""
        for _ in range(30):
            await page.keyboard.press("Tab")
            if name in await page.evaluate(focused):
                return
        raise AssertionError(f"nowhere: {name}")

    await tab_to("Choose a file")
    await page.keyboard.press("Enter")
    async with asyncio.timeout(60):
        chooser = await choosers.get()
    await chooser.set_files({"name": "mole.png", "mimeType": "image/png", "buffer": SUSPICIOUS})
    await expect(page.locator(".intake .name")).to_contain_text("mole.png")
    await settle(page)
    await tab_to("Let the picture decide")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("radio", name="Skin model")).to_be_checked()
    # Streamlit takes no press of a button that it is about to draw anew; who sees nothing happen presses again.
    for _ in range(3):
        with suppress(AssertionError):
            await settle(page)
            await tab_to("Read the picture")
            await page.keyboard.press("Enter")
            await expect(page.locator(".sl-chart ul li")).to_have_count(7, timeout=15_000)
            break
    await expect(page.locator(".sl-chart ul li")).to_have_count(7)
    await tab_to("How strongly the heat map shows")
    await page.keyboard.press("End")
    await expect(page.locator("img.heat")).to_have_css("opacity", "1")


async def test_a_picture_comes_from_the_clipboard_from_the_camera_and_by_dropping(
    stack: Stack, open_page: OpenPage
) -> None:
    page = await open_page(stack.site)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    name = page.locator(".intake .name")
    await settle(page)
    await page.evaluate(COPY, base64.b64encode(flat_png()).decode())
    await page.keyboard.press("Control+V")
    await expect(name).to_contain_text("Pasted picture")
    await press(page, "Use the camera")
    await press(page, "Take the picture")
    await expect(name).to_contain_text("Photo from the camera")
    await expect(page.locator(".camera")).to_be_hidden()
    await press(page, "Paste")
    await expect(name).to_contain_text("Pasted picture")
    await page.evaluate("navigator.clipboard.writeText('only words')")
    await press(page, "Paste")
    await expect(page.locator(".news")).to_have_text("There is no picture in the clipboard. Copy one first.")
    await page.locator(".zone").evaluate(
        """(zone) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["no picture"], "dropped.dcm"));
            zone.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }"""
    )
    await expect(name).to_contain_text("dropped.dcm")
    await expect(page.locator("img.preview")).to_be_hidden()


async def test_two_pictures_stand_side_by_side_each_with_its_own_answer(stack: Stack, open_page: OpenPage) -> None:
    page = await open_page(stack.site, **PHONE)
    await go(page, "Compare two")
    await expect(page.get_by_text("does not measure change")).to_be_visible()
    await put(page, CALM, 0)
    await expect(page.get_by_role("button", name="Read both")).to_be_disabled()
    await put(page, SUSPICIOUS, 1)
    await press(page, "Read both")
    await expect(page.locator(VERDICT)).to_have_text(["Unsuspicious", "Suspicious"])
    await expect(page.locator(".sl-pair img")).to_have_count(2)
    left, right = [await image.bounding_box() for image in await page.locator(".sl-pair img").all()]
    assert left
    assert right
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert right["x"] + right["width"] <= 390
    await expect_fitting(page)
    await go(page, "Earlier answers")
    await expect(page.locator(".sl-earlier")).to_have_count(2)


async def test_what_is_refused_too_large_or_no_longer_held_is_told_and_the_picture_stays(
    narrow: Stack, open_page: OpenPage
) -> None:
    page = await open_page(narrow.site, locale="ru-RU")
    problem, name = page.locator(".sl-problem"), page.locator(".intake .name")
    await put(page, b"a letter, not a picture")
    await press(page, "Прочитать снимок")
    await expect(problem).to_contain_text("JPEG")
    await expect(name).to_contain_text("mole.png")
    await go(page, "English")
    await expect(problem).to_have_count(0)
    await press(page, "Read the picture")
    await expect(problem).to_contain_text("No reading was made")
    await go(page, "Русский")
    await put(page, SUSPICIOUS + bytes(1_500_000))
    await expect(name).to_contain_text("1,4 МБ")
    await press(page, "Прочитать снимок")
    await expect(problem).to_contain_text("Файл слишком большой")
    await expect(name).to_contain_text("1,4 МБ")
    await put(page, SUSPICIOUS)
    await expect(name).to_contain_text("1 КБ")
    await press(page, "Прочитать снимок")
    await expect(page.locator(VERDICT)).to_have_text("Подозрительно")
    await page.wait_for_timeout(12_500)
    await press(page, "Сделать отчёт (PDF)")
    await expect(problem).to_contain_text("больше не держит этот снимок")
    await expect(page.locator("img.picture")).to_be_visible()
    await press(page, "Прочитать снимок снова")
    await expect(problem).to_have_count(0)
    await press(page, "Сделать отчёт (PDF)")
    await expect(page.get_by_test_id("stDownloadButton")).to_be_visible()
    await press(page, "Прочитать другой снимок")
    await put(page, SUSPICIOUS)
    # Until it is too many, however long each takes: what is allowed grows again meanwhile.
    with httpx.Client(timeout=60) as http:
        while http.post(f"{narrow.api}/v1/diagnoses", files={"file": SUSPICIOUS}).status_code != 429:
            pass
    await press(page, "Прочитать снимок")
    await expect(problem).to_contain_text(re.compile(r"Повторите через \d+ секунд"))
    await expect(problem).to_contain_text("ваш снимок по-прежнему здесь")
    await expect(name).to_contain_text("mole.png")
    await expect(page.get_by_role("button", name="Повторить")).to_be_enabled()


async def test_an_api_that_is_away_is_told_and_the_same_picture_is_read_when_it_is_back(
    apart: Stack, open_page: OpenPage
) -> None:
    page = await open_page(apart.site)
    problem = page.locator(".sl-problem")
    await expect(problem).to_contain_text("cannot be reached")
    await put(page, SUSPICIOUS)
    await press(page, "Read the picture")
    await expect(problem).to_contain_text("your picture is still here")
    await go(page, "Русский")
    await expect(problem).to_contain_text("Сервис, который читает снимки, недоступен")
    with apart.running("-m", "web", ready=f"{apart.api}/readyz"):
        await press(page, "Повторить")
        await expect(page.locator(VERDICT)).to_have_text("Подозрительно")
        await expect(page.locator("img.heat")).to_be_visible()
    await go(page, "English")
    await expect(problem).to_contain_text("cannot be reached")
    await expect(page.locator(VERDICT)).to_have_text("Подозрительно")
    await expect(page.locator("img.picture")).to_be_visible()

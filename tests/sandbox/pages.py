"""Helpers for tests of the chat page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.types import Update
from playwright.async_api import Locator, Page

Picture = Callable[..., bytes]
Next = Callable[[], Awaitable[Update]]

LONG = "Посмотреть этот же снимок ещё раз другой моделью: пневмония, рентген"
FITS = """() => {
    const scroll = document.getElementById("scroll");
    return document.documentElement.scrollWidth <= innerWidth && scroll.scrollWidth <= scroll.clientWidth;
}"""


async def begin(page: Page, following: Next) -> int:
    """Press the button of the welcome; return the number of the chat."""
    await page.click("#start")
    update = await following()
    assert update.message is not None
    return update.message.chat.id


def files(picture: Picture, count: int) -> list[Any]:
    sizes = [(64, 48), (48, 64), (90, 30)]
    return [
        {"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": picture(*sizes[number % 3])}
        for number in range(count)
    ]


def bots(page: Page) -> Locator:
    return page.locator(".message:not(.own)")

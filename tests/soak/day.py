"""An hour of everything that persons and programs do with bot and API, again and again, and what that leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp

from tests.e2e.stack import Message, Person, Stack, clean_environment, free_port, process
from tests.e2e.test_albums import send_album
from tests.e2e.test_bad_input import BAD
from tests.soak.usage import Usage, usage_of
from tests.tiny_models import flat_png, write_tiny_weights

PERSONS = 6
_COMMANDS = ("/start", "/help", "/models", "/history", "/privacy", "/language", "/export", "/feedback It was quick.")
_VIEWS = ("heatmap", "picture", "heat", "report")
_WATCHED = ("/metrics", "/readyz", "/v1/models", "/openapi.json")
_BAD_FILES = ("empty.png", "letter.jpg", "truncated.jpg", "bomb.png", "animated.gif", "corrupt.dcm")
_READY_SECONDS = 60


@dataclass(frozen=True)
class Left:
    """What there is at the end of an hour: of each process, and how many files there are in its folder."""

    processes: Mapping[str, Usage]
    files: int


async def live_through(folder: Path, hours: int) -> Sequence[Left]:
    """So many hours' use of a bot and an API that share a journal, one hour's as soon as the last one's is answered."""
    settings = {
        "MODELS_DIR": str(write_tiny_weights(folder / "weights")),
        "CACHE_DIR": str(folder / "cache"),
        "JOURNAL_KEEP_DAYS": "1",
        "API_KEEP_MINUTES": "0.05",  # of an hour that is over in seconds
        "RATE_LIMIT": "0",
        "API_RATE_LIMIT": "0",
        "LOG_LEVEL": "WARNING",
    }
    telegram, api = free_port(), free_port()
    log = folder / "log.txt"
    async with aiohttp.ClientSession() as session:
        stack = Stack(folder, telegram, session, settings)
        address = f"http://127.0.0.1:{api}"
        shared = f"sqlite+aiosqlite:///{stack.journal}"
        environment = clean_environment(**settings, JOURNAL_URL=shared, API_LISTEN=f"127.0.0.1:{api}")
        with process(["-m", "sandbox", "--port", str(telegram)], clean_environment(), folder, folder / "telegram.txt"):
            await _ready(session, stack.base)
            with stack.bot() as bot, process(["-m", "web"], environment, folder, log) as web:
                await _ready(session, f"{address}/readyz")
                left = []
                for hour in range(hours):
                    await _hour(stack, address, hour)
                    left.append(
                        Left(
                            {"bot": usage_of(bot.pid), "api": usage_of(web.pid)},
                            sum(1 for path in folder.rglob("*") if path.is_file()),
                        )
                    )
                return left


async def _ready(session: aiohttp.ClientSession, url: str) -> None:
    for _ in range(_READY_SECONDS * 10):
        try:
            async with session.get(url) as response:
                if response.status < 500:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError(f"nothing serves at {url}")


async def _hour(stack: Stack, api: str, hour: int) -> None:
    persons = [stack.person("ru" if number % 2 else "en") for number in range(PERSONS)]
    async with asyncio.TaskGroup() as group:
        for number, person in enumerate(persons):
            group.create_task(_visit(person, hour * PERSONS + number))
        group.create_task(_calls(stack.session, api, hour))


async def _visit(person: Person, number: int) -> None:
    """One person's: what there is to read, pictures good and bad, an album, a report, and for some the end of it."""
    for command in _COMMANDS:
        await _answered(person, command)
    picture = flat_png(red=50 + number % 150)
    answer = await person.reply_to(await person.sends("photo", picture))
    await person.reply_to(await person.sends("document", picture, caption="/pneumonia"))
    bad = _BAD_FILES[number % len(_BAD_FILES)]
    await person.reply_to(await person.sends("document", BAD[bad][0], name=bad))
    for part in await send_album(person, picture, flat_png(red=220), b"no picture"):
        await person.reply_to(part)
    await person.reply_to(await person.says("/report", reply_to_message_id=answer["message_id"]))
    if number % 3 == 0:
        await person.says("/forget")
        question = (await person.waits_for(_asks_to_forget))[0]
        await person.presses(question, "forget:1")


def _asks_to_forget(message: Message) -> bool:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return any(button.get("callback_data") == "forget:1" for row in rows for button in row)


async def _answered(person: Person, command: str) -> None:
    before = len(await person.all_messages())
    await person.says(command)
    while len(await person.all_messages()) == before:
        await asyncio.sleep(0.05)


async def _calls(session: aiohttp.ClientSession, api: str, hour: int) -> None:
    """A program's: pictures alone and in a batch, asked for twice, with all that can be drawn of them."""
    for number in range(PERSONS):
        picture = flat_png(red=50 + number * 30)
        for _ in range(2):
            answer = await _post(session, api, [picture], key=f"{hour}-{number}")
        for name in _VIEWS:
            async with session.get(f"{api}{answer['links'][name]}") as response:
                assert response.status == 200, (name, response.status)
                await response.read()
        await _post(session, api, [picture, BAD[_BAD_FILES[number]][0] or b"-", b"no picture"])
    for path in _WATCHED:
        async with session.get(f"{api}{path}") as response:
            assert response.status == 200, (path, response.status)
            await response.read()


async def _post(session: aiohttp.ClientSession, api: str, pictures: list[bytes], key: str = "") -> Message:
    form = aiohttp.FormData()
    for picture in pictures:
        form.add_field("file", picture, filename="picture")
    body = form()  # so that it can be sent again
    headers = {"Content-Type": body.content_type} | ({"Idempotency-Key": key} if key else {})
    whole = await body.as_bytes()
    while True:
        async with session.post(f"{api}/v1/diagnoses", data=whole, headers=headers) as response:
            answer: Message = await response.json(content_type=None)
            # As the answer itself says: not now, but soon.
            if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
                await asyncio.sleep(float(response.headers["Retry-After"]))
                continue
            assert response.status == HTTPStatus.OK, answer
            return answer

"""What keeps the bot from serving is said in one line, with exit status 2 and no traceback."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import bot.runner
from bot.errors import CannotServe
from bot.settings import BotSettings
from journal import JournalUnavailable
from models import CatalogError, CorruptWeights
from tests.bot.conftest import BOT_ID, TOKEN, FakeReader, Serving, Telegram
from tests.tiny_models import write_tiny_weights

ROOT = Path(bot.runner.__file__).parents[1]


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({}, "BOT_TOKEN: is not set"),
        ({"BOT_API_URL": "http://127.0.0.1:1"}, "BOT_TOKEN: is not set"),
        ({"BOT_TOKEN": "no token at all"}, "BOT_TOKEN: is no token"),
        ({"BOT_TOKEN": TOKEN, "BOT_API_URL": "localhost"}, "BOT_API_URL: is no address"),
        ({"BOT_TOKEN": TOKEN, "WORKERS": "none"}, "WORKERS: "),
        ({"BOT_TOKEN": TOKEN, "ADMIN_IDS": "@robin"}, "ADMIN_IDS: is no list of Telegram's numbers of persons"),
        ({"BOT_TOKEN": TOKEN, "ADMIN_IDS": "1 2"}, "ADMIN_IDS: is no list of Telegram's numbers of persons"),
        ({"BOT_TOKEN": TOKEN, "ALLOWED_IDS": "1,-100"}, "ALLOWED_IDS: is no list of Telegram's numbers of persons"),
        ({"BOT_TOKEN": TOKEN, "ALLOWED_IDS": "4503599627370496"}, "ALLOWED_IDS: is no list of Telegram's numbers"),
        ({"BOT_TOKEN": TOKEN, "METRICS_LISTEN": "9100"}, "METRICS_LISTEN: is no HOST:PORT"),
        ({"BOT_TOKEN": TOKEN, "MODELS_DIR": "/nowhere"}, "/nowhere: no such folder of models"),
    ],
)
def test_wrong_settings_are_one_line_and_status_2(
    environment: dict[str, str],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert bot.runner.main() == 2
    said = capsys.readouterr().err
    assert said.startswith(line)
    assert said.count("\n") == 1
    assert not any(secret in said for secret in ("no token at all", TOKEN))


def test_the_process_says_one_line_and_exits_with_2(tmp_path: Path, weights: Path) -> None:
    environment = {
        "PYTHONPATH": str(ROOT),
        "BOT_TOKEN": TOKEN,
        "MODELS_DIR": str(weights),
        "JOURNAL_URL": f"sqlite+aiosqlite:///{tmp_path}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot"], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=110
    )
    assert (done.returncode, done.stderr) == (2, f"JOURNAL_URL: {tmp_path} cannot be opened: it is a directory\n")


@pytest.mark.parametrize("status", [401, 404])
async def test_a_token_that_telegram_does_not_know(
    telegram: Telegram, settings: BotSettings, reader: FakeReader, status: int
) -> None:
    telegram.fault("getMe", status, times=9)
    with pytest.raises(CannotServe, match=r"^BOT_TOKEN is not known to 127\.0\.0\.1:\d+"):
        await bot.runner.serve(settings)


async def test_nobody_at_the_address(settings: BotSettings, reader: FakeReader) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(CannotServe, match=r"^127\.0\.0\.1:\d+ cannot be reached") as caught:
            await bot.runner.serve(settings.model_copy(update={"bot_api_url": url}))
    assert TOKEN not in str(caught.value)


async def test_something_else_at_the_address(telegram: Telegram, settings: BotSettings, reader: FakeReader) -> None:
    url = f"{telegram.base}/static"
    with pytest.raises(CannotServe, match="no Bot API server"):
        await bot.runner.serve(settings.model_copy(update={"bot_api_url": url}))


async def test_a_hiccup_at_the_start_is_outlasted(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    telegram.fault("getMe", 502)
    async with serving():
        await telegram.text("/help")
        await telegram.answers(1)


async def test_a_journal_that_cannot_be_opened(settings: BotSettings, reader: FakeReader, tmp_path: Path) -> None:
    with pytest.raises(JournalUnavailable):
        await bot.runner.serve(settings.model_copy(update={"journal_url": f"sqlite+aiosqlite:///{tmp_path}"}))


async def test_no_models(settings: BotSettings, tmp_path: Path) -> None:
    with pytest.raises(CatalogError):
        await bot.runner.serve(settings.model_copy(update={"models_dir": tmp_path / "nothing"}))


async def test_models_that_are_not_what_their_card_says_end_it_before_a_picture_is_failed(
    telegram: Telegram, settings: BotSettings, tmp_path: Path
) -> None:
    weights = write_tiny_weights(tmp_path / "weights")
    with (weights / "pneumonia" / "model0.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(CorruptWeights, match=r"model0\.onnx"):
        await asyncio.wait_for(bot.runner.serve(settings.model_copy(update={"models_dir": weights})), 20)


async def test_while_the_models_load_what_comes_is_accepted(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    reader.loading_seconds = 60
    async with serving():
        await telegram.text("/help")
        await telegram.answers(1)


async def test_another_poller_ends_it(telegram: Telegram, settings: BotSettings, reader: FakeReader) -> None:
    async def poll() -> None:
        while True:
            async with telegram.session.get(f"{telegram.base}/bot{TOKEN}/getUpdates", params={"timeout": 50}):
                await asyncio.sleep(0.01)

    rival = asyncio.create_task(poll())
    with pytest.raises(CannotServe, match="Another program polls with this BOT_TOKEN"):
        await bot.runner.serve(settings)
    rival.cancel()


async def test_a_token_revoked_while_serving_ends_it(
    telegram: Telegram, settings: BotSettings, reader: FakeReader
) -> None:
    task = asyncio.create_task(bot.runner.serve(settings))
    await telegram.until(lambda: telegram.calls("getUpdates"))
    telegram.fault("getUpdates", 401, times=9)
    await telegram.text("/help")
    with pytest.raises(CannotServe, match="BOT_TOKEN is not valid any more"):
        await asyncio.wait_for(task, 10)


async def test_polling_goes_on_after_an_outage(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    async with serving():
        telegram.fault("getUpdates", 502, times=2)
        await telegram.text("/help")
        await telegram.answers(1)
        await telegram.text("/help")
        await telegram.answers(2)


async def test_a_webhook_left_over_is_taken_away(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    telegram.world.persons_bot().webhook = {"url": "http://127.0.0.1:1/"}
    async with serving():
        await telegram.text("/help")
        await telegram.answers(1)


async def test_telegram_is_asked_for_messages_their_edits_pressed_buttons_and_the_bots_own_standing_alone(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        pass
    assert (
        telegram.calls("getUpdates")[0]["params"]["allowed_updates"]
        == '["callback_query", "edited_message", "message", "my_chat_member"]'
    )
    assert telegram.calls("getUpdates")[0]["bot"] == BOT_ID


def test_telegrams_own_address_is_used_unless_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert BotSettings(bot_token=TOKEN).telegram == "api.telegram.org"  # type: ignore[arg-type]
    assert TOKEN not in repr(BotSettings(bot_token=TOKEN))  # type: ignore[arg-type]

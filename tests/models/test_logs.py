"""Lines in the log: where they belong, and what they never hold."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Catalog, DiagnosisService
from models.private_logs import JsonFormatter, PrivateFormatter, set_up
from models.tracing import in_thread, working_on
from tests.tiny_models import flat_png

TOKEN = "1000001:" + "t" * 35
PERSON = "".join(("Petr", "ova"))  # a traceback quotes the source, where the name is not to stand
logger = logging.getLogger("some.module")


class Log:
    """What has been logged as JSON."""

    def __init__(self, stream: io.StringIO) -> None:
        self.stream = stream

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def line(self, message: str) -> dict[str, Any]:
        (found,) = [line for line in self.lines if line["message"] == message]
        return found


@pytest.fixture
def log() -> Iterator[Log]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter([TOKEN]))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield Log(stream)
    root.setLevel(level)
    root.removeHandler(handler)


def fail() -> None:
    try:
        raise ValueError(PERSON)  # noqa: TRY301 - one error out of another is what is wanted
    except ValueError as error:
        raise KeyError(PERSON) from error


def test_a_line_says_when_how_bad_who_and_what(log: Log) -> None:
    logger.info('%d pictures\nof "one" kind, \u00e9', 3)
    logger.error("gone", extra={"alert": "models_amiss"})
    first, second = log.lines
    assert list(first) == ["ts", "level", "logger", "message", "request", "channel"]
    assert first | {"ts": None} == {
        "ts": None,
        "level": "INFO",
        "logger": "some.module",
        "message": '3 pictures\nof "one" kind, \u00e9',
        "request": None,
        "channel": None,
    }
    assert first["ts"].endswith("Z")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(first["ts"])) < timedelta(minutes=1)
    assert (second["level"], second["alert"]) == ("ERROR", "models_amiss")


def test_an_exception_is_its_class_and_its_frames(log: Log) -> None:
    try:
        fail()
    except KeyError:
        logger.exception("an attempt failed")
    (line,) = log.lines
    later, earlier = line["exception"]
    assert (later["class"], earlier["class"]) == ("builtins.KeyError", "builtins.ValueError")
    assert [frame.rpartition(" ")[2] for frame in later["frames"]] == [
        "test_an_exception_is_its_class_and_its_frames",
        "fail",
    ]
    assert Path(__file__).name in earlier["frames"][0]
    assert PERSON not in log.stream.getvalue()


def test_neither_form_shows_the_token() -> None:
    record = logging.makeLogRecord({"msg": "GET %s", "args": (f"http://x/bot{TOKEN}/getFile",)})
    for formatter in (JsonFormatter([TOKEN]), PrivateFormatter([TOKEN])):
        line = formatter.format(record)
        assert "GET http://x/bot[token]/getFile" in line
        assert TOKEN not in line
    assert PrivateFormatter([""]).format(record).endswith(TOKEN + "/getFile")


async def test_of_a_task_that_nobody_waited_for_the_exception_is_not_quoted(log: Log) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(asyncio.to_thread(fail))
    with pytest.raises(KeyError) as raised:
        await task
    context = {"message": "Task exception was never retrieved", "exception": raised.value, "future": task}
    plain = logging.StreamHandler(console := io.StringIO())
    plain.setFormatter(PrivateFormatter())
    logging.getLogger("asyncio").addHandler(plain)
    loop.default_exception_handler(context)
    logging.getLogger("asyncio").removeHandler(plain)
    assert log.line("Task exception was never retrieved")["exception"][0]["class"] == "builtins.KeyError"
    assert "Task exception was never retrieved\nbuiltins.KeyError" in console.getvalue()
    assert PERSON not in log.stream.getvalue() + console.getvalue()


async def test_the_request_goes_along_into_tasks_and_threads_and_no_further(log: Log) -> None:
    with ThreadPoolExecutor(1) as threads:
        with working_on("api", "r-1"):
            await asyncio.gather(
                asyncio.to_thread(logger.info, "to_thread"),
                asyncio.create_task(asyncio.to_thread(logger.info, "a task's thread")),
                in_thread(threads, lambda: logger.info("executor")),
            )
        await in_thread(threads, lambda: logger.info("afterwards"))
    for message in ("to_thread", "a task's thread", "executor"):
        line = log.line(message)
        assert (line["request"], line["channel"]) == ("r-1", "api")
    assert log.line("afterwards")["request"] is None


async def test_requests_side_by_side_are_told_apart(log: Log) -> None:
    async def work(request: str) -> None:
        with working_on("telegram", request):
            for _ in range(3):
                await asyncio.to_thread(logger.info, request)

    await asyncio.gather(*(work(str(number)) for number in range(5)))
    assert len(log.lines) == 15
    assert all(line["request"] == line["message"] for line in log.lines)


async def test_what_the_service_and_the_engine_log_meanwhile_has_the_request(
    log: Log, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.engines.onnxruntime import OnnxRuntimeEngine  # noqa: PLC0415

    infer = OnnxRuntimeEngine.infer
    told = logging.getLogger("models.engines.onnxruntime")

    def noisy(self: OnnxRuntimeEngine, images: Any) -> Any:
        told.info("computing")
        return infer(self, images)

    monkeypatch.setattr(OnnxRuntimeEngine, "infer", noisy)
    async with DiagnosisService(Catalog.load(weights), "onnxruntime") as service:
        with working_on("telegram", "77"):
            await service.diagnose(flat_png(204), "melanoma")
    ours = [line for line in log.lines if line["logger"].startswith("models.")]
    assert [line["request"] for line in ours if line["message"].startswith("Inference engine")] == [None]
    assert [line["request"] for line in ours if line["message"].startswith("Loaded melanoma")] == ["77"]
    assert {line["request"] for line in ours if line["message"] == "computing"} == {"77"}


def test_the_form_is_the_one_that_is_set(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    try:
        set_up("INFO", "json", [TOKEN])
        logger.info("one")
        logger.debug("never")
        set_up("INFO", "console", [TOKEN])
        with working_on("telegram", "12"):
            logger.info("two")
    finally:
        root.handlers[:], root.level = before
    one, two = capsys.readouterr().out.splitlines()
    assert json.loads(one)["message"] == "one"
    assert two.endswith("INFO some.module [request 12]: two")


def test_an_error_that_ends_the_program_is_a_line_like_any_other() -> None:
    program = "from models.private_logs import set_up; set_up('INFO', 'json'); {}['Petr' 'ova']"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (1, "")
    line = json.loads(done.stdout)
    assert (line["level"], line["exception"][0]["class"]) == ("CRITICAL", "builtins.KeyError")
    assert PERSON not in done.stdout

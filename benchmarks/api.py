"""The HTTP API as a caller meets it: ``POST /v1/diagnoses`` against the times that the answer itself reports.

The API runs as a process of its own with the shipped models and a fresh journal; one caller sends one picture at a time
over a connection that stays open. Each picture is made a JPEG of 1280 x 960 pixels, as a messenger or a site would.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import aiohttp
from PIL import Image

from benchmarks.folders import ROOT, CannotMeasure, free_port, pictures_in
from benchmarks.quantiles import Row

SIZE = (1280, 960)
JPEG_QUALITY = 90
WARM_UP = 5
PATIENCE_SECONDS = 60.0


async def measure_api(folder: Path, most: int, model: str | None) -> list[Row]:
    """A row of the pictures under ``folder`` that are read: the whole ``answer``; what it reports as its ``model``'s
    time, the router's among it; and what there is ``beyond`` that.

    Raises ``CannotMeasure``.
    """
    pictures = [await asyncio.to_thread(_as_jpeg, path) for path in pictures_in(folder, most)]
    times: dict[str, list[float]] = {"answer": [], "model": [], "beyond": []}
    async with _running() as (session, base):
        for picture in [*pictures[:WARM_UP], *pictures]:
            taken, infer = await _post(session, base, picture, model)
            if infer is not None:
                for name, value in zip(times, (taken, infer, taken - infer), strict=True):
                    times[name].append(value)
    kept = {name: values[min(WARM_UP, len(values) // 2) :] for name, values in times.items()}
    if not kept["answer"]:
        raise CannotMeasure(f"{folder}: every picture is refused")
    return [Row(model or "by kind", kept)]


async def _post(
    session: aiohttp.ClientSession, base: str, picture: bytes, model: str | None
) -> tuple[float, float | None]:
    """Milliseconds for the whole, and those that the answer reports of its models; None for a refusal."""
    form = aiohttp.FormData()
    form.add_field("file", picture, filename="picture.jpg")
    if model:
        form.add_field("model", model)
    begun = time.perf_counter()
    async with session.post(f"{base}/v1/diagnoses", data=form) as response:
        body = await response.json(content_type=None)
    taken = (time.perf_counter() - begun) * 1e3
    if response.status == 422 and body["code"] == "unknown_model":
        raise CannotMeasure(body["detail"])
    return taken, body["timings"]["infer"] if response.status == 200 else None


def _as_jpeg(path: Path) -> bytes:
    file = BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").resize(SIZE, Image.Resampling.BICUBIC).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


@asynccontextmanager
async def _running() -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "API_LISTEN": f"127.0.0.1:{port}",
            "API_RATE_LIMIT": "0",
            "JOURNAL_URL": f"sqlite+aiosqlite:///{folder}/journal.db",
            "LOG_LEVEL": "ERROR",
        }
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "web", env=environment, cwd=folder)
        try:
            async with aiohttp.ClientSession() as session:
                await _ready(session, f"http://127.0.0.1:{port}")
                yield session, f"http://127.0.0.1:{port}"
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _ready(session: aiohttp.ClientSession, base: str) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < deadline:
        try:
            async with session.get(f"{base}/readyz") as response:
                if response.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise CannotMeasure("the API did not start; what it said stands above")

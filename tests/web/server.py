"""The real app over real HTTP: uvicorn in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from journal import open_journal
from models.serving import build_service
from tests import databases
from web.app import build_app
from web.desk import Desk, make_desk
from web.keys import make_key
from web.runner import Server, listening, server_config
from web.settings import WebSettings

T = TypeVar("T")
Answer = dict[str, Any]


@dataclass
class Served:
    """A running API; ``http`` asks it as anybody on this machine."""

    base: str
    http: httpx.Client
    desk: Desk
    loop: asyncio.AbstractEventLoop
    folder: Path
    journal_url: str

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """``work`` in the server's own event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(100)

    def post(self, *files: bytes, model: str | None = None, **options: Any) -> httpx.Response:
        """``files`` as one form."""
        data = {} if model is None else {"model": model}
        parts = [("file", ("picture", file)) for file in files]
        return self.http.post("/v1/diagnoses", files=parts, data=data, **options)

    def new_key(self, name: str = "somebody") -> dict[str, str]:
        """A new key as the header that holds it."""
        key = make_key()
        self.run(self.desk.journal.api_keys.add(key.prefix, key.sha256, name))
        return {"Authorization": f"Bearer {key.text}"}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return databases.rows(self.journal_url, query)


@contextmanager
def served(folder: Path, change: Callable[[Desk], None] | None = None, **settings: Any) -> Iterator[Served]:
    """The API with tiny models of ``folder/weights``; ``change`` may alter its parts before it serves."""
    options = {
        "models_dir": folder / "weights",
        "journal_url": f"sqlite+aiosqlite:///{folder}/journal.db",
        "api_rate_limit": 0,
        "cache_dir": folder / "cache",
        **settings,
    }
    ready: list[Any] = []
    started = threading.Event()
    # Of the developer's own settings none is meant.
    for name in WebSettings.model_fields:
        os.environ.pop(name.upper(), None)

    async def serve() -> None:
        kept = WebSettings(_env_file=None, **options)  # type: ignore[call-arg]
        service = build_service(kept)
        journal = await open_journal(kept.journal_url)
        await service.start()
        desk = make_desk(kept, service, journal)
        desk.standing.loaded = True
        if change:
            change(desk)
        with listening("127.0.0.1", 0) as listener:
            server = Server(server_config(build_app(desk), kept))
            ready.extend((desk, server, asyncio.get_running_loop(), listener.getsockname()[1]))
            started.set()
            await server.serve([listener])
        desk.shelf.clear()
        await journal.close()
        await service.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(300)
    desk, server, loop, port = ready
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, timeout=60) as http:
        yield Served(base, http, desk, loop, folder, str(options["journal_url"]))
    server.should_exit = True
    thread.join(100)
    assert not thread.is_alive()

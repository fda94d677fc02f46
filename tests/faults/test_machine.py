"""The bot as a process on a machine that goes wrong: a locked journal, a full disk, a clock that jumps, no memory."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.stack import Message, Person, Stack
from tests.faults.faulty import faulty_bot, set_clock
from tests.faulty_engines import Faults
from tests.soak.usage import children_of
from tests.tiny_models import flat_png

STATES = "select state, attempts from requests order by id"
CANNOT = "The journal cannot be used"
LOCKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
HOUR = 3600.0


@contextmanager
def locked(journal: Path) -> Iterator[None]:
    """Another process holds the lock for writing."""
    with subprocess.Popen(
        [sys.executable, "-c", LOCKING, str(journal)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        yield
        other.communicate(b"")


class SmallDisk:
    """A file system of its own, filled to the last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, _child: subprocess.Popen[bytes]) -> None:
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            while True:
                try:
                    filler.write(bytes(4096))
                except OSError:
                    return

    def free(self, _child: subprocess.Popen[bytes]) -> None:
        (self.folder / "filler").unlink()


class LimitedFiles:
    """Files that may not grow beyond the largest that there is: where nobody may mount a small disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, child: subprocess.Popen[bytes]) -> None:
        largest = max(path.stat().st_size for path in self.folder.iterdir())
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    def free(self, child: subprocess.Popen[bytes]) -> None:
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture(params=[SmallDisk, LimitedFiles])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk | LimitedFiles]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if request.param is LimitedFiles:
        yield LimitedFiles(folder)
        return
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", folder], check=True)


async def picture_of(person: Person, red: int = 204) -> Message:
    return await person.sends("photo", flat_png(red=red))


async def replies(person: Person) -> list[int]:
    """The messages that were answered, as often as they were."""
    return [message["reply_to_message"]["message_id"] for message in await person.messages()]


async def test_while_another_process_locks_the_journal_all_waits_and_is_answered_once(stack: Stack) -> None:
    in_hand, late = stack.person(), stack.person()
    await stack.fault(method="sendPhoto", delay=1.5, times=1)
    with stack.bot():
        first = await picture_of(in_hand)
        while not await stack.calls("sendPhoto"):
            await asyncio.sleep(0.02)
        with locked(stack.journal):
            second = await picture_of(late)
            # Longer than SQLite itself waits for a lock, by the one who has an answer to note and by the one to accept.
            await stack.until(lambda: stack.log.read_text().count(CANNOT) >= 2)
        for person, message in ((in_hand, first), (late, second)):
            assert "80" in (await person.reply_to(message))["caption"]
            await stack.until(lambda: stack.accepted("answered") == 2)
            assert await replies(person) == [message["message_id"]]
    assert stack.rows(STATES) == [("answered", 1)] * 2


async def test_a_full_disk_holds_up_everything_and_loses_nothing(stack: Stack, disk: SmallDisk | LimitedFiles) -> None:
    stack.disk = disk.folder
    in_hand, late = stack.person(), stack.person()
    await stack.fault(method="sendPhoto", delay=1.0, times=1)
    with stack.bot() as child:
        first = await picture_of(in_hand)
        while not await stack.calls("sendPhoto"):
            await asyncio.sleep(0.02)
        disk.fill(child)
        second = await picture_of(late)
        await stack.until(lambda: stack.log.read_text().count(CANNOT) >= 3)
        assert [state for state, _ in stack.rows(STATES)] == ["received"]
        disk.free(child)
        for person, message in ((in_hand, first), (late, second)):
            assert "80" in (await person.reply_to(message))["caption"]
            await stack.until(lambda: stack.accepted("answered") == 2)
            assert await replies(person) == [message["message_id"]]
    assert stack.rows(STATES) == [("answered", 1)] * 2
    assert stack.rows("pragma integrity_check") == [("ok",)]


@pytest.mark.parametrize("hours", [6, -6])
async def test_a_clock_that_jumps_while_requests_wait_holds_up_and_loses_nothing(
    stack: Stack, faults: Faults, hours: int
) -> None:
    alone, album = stack.person(), stack.person()
    with faulty_bot(stack, faults, RATE_LIMIT="2") as child:
        await stack.until(lambda: "serving as bot" in stack.log.read_text())
        await stack.fault(method="getFile", delay=1.0, times=2)
        sent = await picture_of(alone)
        parts = [await album.sends("photo", flat_png(red=red), media_group_id="a") for red in (204, 51)]
        await stack.until(lambda: stack.accepted("received") == 3)
        set_clock(faults.folder, hours * HOUR)
        assert "80" in (await alone.reply_to(sent))["caption"]
        for part in parts:
            await album.reply_to(part)
        # What looks a while back or ahead has to find its way too: the summary of an album, and the limit of a person.
        await album.waits_for(lambda message: "photo" not in message, seconds=20)
        assert "80" in (await alone.reply_to(await picture_of(alone)))["caption"]
        set_clock(faults.folder, 0)
        assert "80" in (await alone.reply_to(await picture_of(alone)))["caption"]
        assert child.poll() is None
    assert stack.rows(STATES) == [("answered", 1)] * 5


def processes_of(pid: int) -> list[int]:
    """A process and those that it has started."""
    return [pid, *(found for child in children_of(pid) for found in processes_of(child))]


def leave_memory(pid: int, megabytes: int) -> None:
    """Let a process and its children take so much more than they have, and no more."""
    for number in processes_of(pid):
        status = dict(line.split(":", 1) for line in Path(f"/proc/{number}/status").read_text().splitlines())
        most = (int(status["VmData"].split()[0]) + megabytes * 1024) * 1024
        resource.prlimit(number, resource.RLIMIT_DATA, (most, most))


async def test_a_picture_that_takes_more_memory_than_there_is_is_told_in_words_and_the_others_are_read(
    stack: Stack,
) -> None:
    person, other = stack.person(), stack.person()
    huge = flat_png(red=204, width=8000, height=6000)
    with stack.bot() as child:
        await person.reply_to(await picture_of(person))
        leave_memory(child.pid, megabytes=64)
        sent = await person.sends("document", huge, name="huge.png")
        await stack.until(lambda: stack.accepted() == 2)
        small = await picture_of(other)
        # Where a library does not give back what it could not fill, the bot ends, to be started again.
        await stack.until(lambda: child.poll() is not None or stack.accepted("received") == 0)
    with stack.bot():
        words = await person.reply_to(sent)
        assert "photo" not in words
        assert len(words["text"]) > 20
        assert "80" in (await other.reply_to(small))["caption"]
    assert sorted(await replies(person) + await replies(other))[1:] == [sent["message_id"], small["message_id"]]

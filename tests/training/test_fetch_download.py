"""One download: what it asks the server for, what it leaves on the disk, and what it says when it cannot go on."""

from __future__ import annotations

import hashlib
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.web_server import Fault, WebServer, serving
from training.data import DataError
from training.fetch.download import ATTEMPTS, CHUNK, download, part_of
from training.fetch.sets import RemoteFile

BODY = bytes(range(256)) * 4000
HALF = 8 * CHUNK
"""A place in the middle, where a chunk ends."""
PAGE = "https://example.org/set"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serving() as found:
        found.files["/a.zip"] = BODY
        yield found


@pytest.fixture
def remote(server: WebServer) -> RemoteFile:
    return RemoteFile("a.zip", server.url("/a.zip"), len(BODY))


def _get(remote: RemoteFile, folder: Path, pauses: list[float] | None = None) -> bytes:
    pauses = [] if pauses is None else pauses
    path = download(remote, folder, PAGE, lambda done, total: None, pauses.append)
    assert not part_of(remote, folder).exists()
    assert [found.name for found in folder.iterdir()] == [remote.name]
    return path.read_bytes()


def test_a_file_arrives_whole_and_is_not_asked_for_again(server: WebServer, remote: RemoteFile, tmp_path: Path) -> None:
    assert _get(remote, tmp_path) == BODY
    assert _get(remote, tmp_path) == BODY
    assert server.ranges() == [None]
    ((_, headers),) = server.seen
    assert headers["User-Agent"].startswith("second-look")
    assert headers["Accept-Encoding"] == "identity"


def test_progress_is_told_from_the_first_byte_to_the_last(
    server: WebServer, remote: RemoteFile, tmp_path: Path
) -> None:
    told: list[tuple[int, int | None]] = []
    download(remote, tmp_path, PAGE, lambda done, total: told.append((done, total)))
    assert told[0] == (0, len(BODY))
    assert told[-1] == (len(BODY), len(BODY))


def test_a_server_that_closes_in_mid_file_is_asked_for_the_rest(
    server: WebServer, remote: RemoteFile, tmp_path: Path
) -> None:
    server.faults["/a.zip"] = [Fault(cut=2 * CHUNK + 100), Fault(cut=3 * CHUNK)]
    assert _get(remote, tmp_path) == BODY
    tag = f'"{hashlib.md5(BODY).hexdigest()}"'
    assert server.ranges() == [None, f"bytes={2 * CHUNK}-", f"bytes={5 * CHUNK}-"]
    assert [headers.get("If-Range") for _, headers in server.seen] == [None, tag, tag]


@pytest.fixture
def stopped(server: WebServer, remote: RemoteFile, tmp_path: Path) -> None:
    """A download in ``tmp_path`` that a person stopped."""
    server.faults["/a.zip"] = [Fault(cut=HALF)]

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(remote, tmp_path, PAGE, lambda done, total: None, interrupt)
    server.seen.clear()
    assert part_of(remote, tmp_path).stat().st_size == HALF


@pytest.mark.usefixtures("stopped")
def test_what_a_person_stopped_goes_on_where_it_was(server: WebServer, remote: RemoteFile, tmp_path: Path) -> None:
    assert _get(remote, tmp_path) == BODY
    assert server.ranges() == [f"bytes={HALF}-"]


@pytest.mark.usefixtures("stopped")
def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(
    server: WebServer, remote: RemoteFile, tmp_path: Path
) -> None:
    server.files["/a.zip"] = BODY[::-1]
    assert _get(remote, tmp_path) == BODY[::-1]
    assert server.ranges() == [f"bytes={HALF}-"]


@pytest.mark.usefixtures("stopped")
def test_a_server_that_heeds_no_range_sends_the_whole(server: WebServer, remote: RemoteFile, tmp_path: Path) -> None:
    server.faults["/a.zip"] = [Fault(whole=True)]
    assert _get(remote, tmp_path) == BODY


@pytest.mark.usefixtures("stopped")
def test_bytes_of_another_range_are_not_taken(server: WebServer, remote: RemoteFile, tmp_path: Path) -> None:
    server.faults["/a.zip"] = [Fault(skew=100)]
    assert _get(remote, tmp_path) == BODY
    assert server.ranges() == [f"bytes={HALF}-", None]


@pytest.mark.usefixtures("stopped")
def test_a_part_that_is_the_whole_is_taken_as_such(server: WebServer, remote: RemoteFile, tmp_path: Path) -> None:
    part_of(remote, tmp_path).write_bytes(BODY)
    assert _get(remote, tmp_path) == BODY
    assert server.ranges() == [f"bytes={len(BODY)}-"]


@pytest.mark.usefixtures("stopped")
def test_a_part_longer_than_the_file_is_thrown_away(server: WebServer, remote: RemoteFile, tmp_path: Path) -> None:
    part_of(remote, tmp_path).write_bytes(BODY + b"more")
    assert _get(remote, tmp_path) == BODY
    assert server.ranges()[-1] is None


def test_without_a_mark_of_its_version_only_a_digest_joins_two_halves(
    server: WebServer, remote: RemoteFile, tmp_path: Path
) -> None:
    server.tags = False
    for digest, ranges in ((None, [None]), ("md5:" + "0" * 32, [f"bytes={HALF}-"])):
        folder = tmp_path / str(digest)[:3]
        folder.mkdir()
        wanted = RemoteFile("a.zip", remote.url, len(BODY), digest)
        part_of(wanted, folder).write_bytes(BODY[:HALF])
        server.seen.clear()
        assert _get(wanted, folder) == BODY
        assert server.ranges() == ranges


def test_a_server_that_always_closes_is_given_up_and_what_came_is_kept(
    server: WebServer, remote: RemoteFile, tmp_path: Path
) -> None:
    server.faults["/a.zip"] = [Fault(cut=CHUNK), *[Fault(cut=0)] * 50]
    pauses: list[float] = []
    with pytest.raises(
        DataError,
        match=r"127\.0\.0\.1 .* 5 times in a row\. Is there a network\? 66 kB of a\.zip are kept, the same command",
    ):
        download(remote, tmp_path, PAGE, lambda done, total: None, pauses.append)
    assert len(server.seen) == 1 + ATTEMPTS
    assert pauses == sorted(pauses)
    assert part_of(remote, tmp_path).read_bytes() == BODY[:CHUNK]


def test_a_busy_server_is_asked_again_when_it_says(server: WebServer, remote: RemoteFile, tmp_path: Path) -> None:
    server.faults["/a.zip"] = [Fault(status=503, retry_after=7), Fault(status=429), Fault(status=500)]
    pauses: list[float] = []
    assert _get(remote, tmp_path, pauses) == BODY
    assert pauses == [7.0, 4.0, 8.0]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_final_and_says_where_to_look(
    server: WebServer, remote: RemoteFile, tmp_path: Path, status: int
) -> None:
    server.faults["/a.zip"] = [Fault(status=status)]
    with pytest.raises(DataError, match=f"does not give a.zip: {status} .* See {PAGE}; .*taken from {tmp_path}/a.zip"):
        download(remote, tmp_path, PAGE, lambda done, total: None)
    assert len(server.seen) == 1


def test_without_a_network_one_sentence_says_so(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        remote = RemoteFile("a.zip", f"http://127.0.0.1:{nobody.getsockname()[1]}/a.zip", 10)
    pauses: list[float] = []
    with pytest.raises(DataError, match=r"127\.0\.0\.1 cannot be reached, 5 times in a row\. Is there a network\?$"):
        download(remote, tmp_path, PAGE, lambda done, total: None, pauses.append)
    assert pauses == [2.0, 4.0, 8.0, 16.0]


def test_a_disk_too_small_is_told_before_the_first_byte(
    remote: RemoteFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=64 * 2**20 + 500_000))
    with pytest.raises(DataError, match=r"No disk space for a\.zip: 1 MB are needed and 500 kB are free"):
        download(remote, tmp_path, PAGE, lambda done, total: None)
    assert not part_of(remote, tmp_path).exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_is_told_too(remote: RemoteFile, tmp_path: Path) -> None:
    part_of(remote, tmp_path).symlink_to("/dev/full")
    with pytest.raises(DataError, match=r"No disk space left in .* goes on where it was"):
        download(remote, tmp_path, PAGE, lambda done, total: None)

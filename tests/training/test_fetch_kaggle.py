"""Dermnet by Kaggle's own client, against a server that answers as Kaggle does."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from tests.training.public_sets import small
from tests.training.web_server import Fault, WebServer, serving
from training.data import DataError
from training.fetch.download import CHUNK
from training.fetch.fetch import fetch
from training.fetch.progress import Bars
from training.fetch.sets import PublicSet

ASKED = "/api/v1/datasets.DatasetApiService/DownloadDataset"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """Kaggle, and a person's home without a key."""
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "home" / ".kaggle"))
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
    from kagglesdk import kaggle_env  # noqa: PLC0415 - it reads the home folder

    with serving() as found:
        monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.LOCAL, found.address)
        found.redirects[ASKED] = found.url("/dermnet.zip?signature=abc")
        yield found


@pytest.fixture
def dermnet(server: WebServer) -> PublicSet:
    wanted = replace(small("dermnet", server), kaggle="shubhamgoel27/dermnet")
    md5 = base64.b64encode(hashlib.md5(server.files["/dermnet.zip"]).digest()).decode()
    server.headers["/dermnet.zip"] = {"x-goog-hash": f"crc32c=AAAAAA==,md5={md5}"}
    return wanted


def _fetch(wanted: PublicSet, data: Path) -> list[str]:
    said: list[str] = []
    fetch(wanted, data, Bars(Console(quiet=True, stderr=True)), said.append, pause=lambda seconds: None)
    return said


def test_without_a_key_one_message_says_how_to_make_one_and_where_it_goes(
    server: WebServer, dermnet: PublicSet, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        _fetch(dermnet, tmp_path)
    message = str(caught.value)
    assert "https://www.kaggle.com/settings/api" in message
    assert "~/.kaggle/access_token" in message
    assert "KAGGLE_API_TOKEN" in message
    assert f"put it where the command looks first: {tmp_path}/.downloads/dermnet/dermnet.zip" in message
    assert "\n" not in message
    assert not server.seen


@pytest.mark.parametrize("place", ["token file", "token", "kaggle.json"])
def test_with_a_key_the_set_is_fetched_and_checked(
    server: WebServer, dermnet: PublicSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folder = tmp_path / "home" / ".kaggle"
    folder.mkdir(parents=True)
    if place == "token":
        monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_1234")
    elif place == "token file":
        (folder / "access_token").write_text("KGAT_1234\n")
    else:
        (folder / "kaggle.json").write_text(json.dumps({"username": "ann", "key": "1234"}))
    said = _fetch(dermnet, tmp_path)
    assert any(line.startswith("dermnet.zip: ") and line.endswith("md5 as published") for line in said)
    assert (tmp_path / "dermnet" / "train" / "Eczema Photos" / "e1.jpg").is_file()
    path, headers = server.seen[0]
    assert path == ASKED
    expected = "Basic " + base64.b64encode(b"ann:1234").decode() if place == "kaggle.json" else "Bearer KGAT_1234"
    assert headers["Authorization"] == expected
    assert "Authorization" not in server.seen[-1][1]  # the archive's own address is enough for it
    server.seen.clear()
    assert _fetch(dermnet, tmp_path) == [f"already here: {tmp_path}/dermnet"]
    assert not server.seen


def test_a_broken_archive_goes_on_with_a_new_address(
    server: WebServer, dermnet: PublicSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_1234")
    body = server.files["/dermnet.zip"] = server.files["/dermnet.zip"] + bytes(CHUNK)
    md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
    server.headers["/dermnet.zip"] = {"x-goog-hash": f"md5={md5}"}
    server.faults["/dermnet.zip"] = [Fault(), Fault(cut=CHUNK), *[Fault(cut=0)] * 5]
    with pytest.raises(DataError, match="are kept, the same command goes on"):
        _fetch(dermnet, tmp_path)
    server.redirects[ASKED] = server.url("/dermnet.zip?signature=def")
    server.seen.clear()
    _fetch(dermnet, tmp_path)
    assert server.seen[-1][0] == "/dermnet.zip?signature=def"
    assert server.ranges()[-1] == f"bytes={CHUNK}-"


def test_an_archive_downloaded_by_hand_needs_no_key(server: WebServer, dermnet: PublicSet, tmp_path: Path) -> None:
    folder = tmp_path / ".downloads" / "dermnet"
    folder.mkdir(parents=True)
    (folder / "dermnet.zip").write_bytes(server.files["/dermnet.zip"])
    _fetch(dermnet, tmp_path)
    assert (tmp_path / "dermnet" / "lookalikes.csv").is_file()
    assert not server.seen


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "Kaggle does not know your key. Kaggle gives this set only"),
        (403, "Kaggle refuses shubhamgoel27/dermnet: open https://www.kaggle.com/datasets/shubhamgoel27/dermnet"),
        (404, "Kaggle does not give shubhamgoel27/dermnet: 404"),
    ],
)
def test_a_refusal_of_kaggle_is_one_sentence(
    server: WebServer,
    dermnet: PublicSet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    message: str,
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_1234")
    server.faults[ASKED] = [Fault(status=status)]
    with pytest.raises(DataError) as caught:
        _fetch(dermnet, tmp_path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_kaggle_json_that_is_none_is_named(server: WebServer, dermnet: PublicSet, tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".kaggle"
    folder.mkdir(parents=True)
    (folder / "kaggle.json").write_text("{")
    with pytest.raises(
        DataError, match=r"Invalid Kaggle credentials file at .*kaggle\.json\. Kaggle gives this set only"
    ):
        _fetch(dermnet, tmp_path)


def test_without_a_network_kaggle_cannot_be_reached(
    server: WebServer, dermnet: PublicSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kagglesdk import kaggle_env  # noqa: PLC0415

    monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_1234")
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.LOCAL, "http://127.0.0.1:9")
    with pytest.raises(DataError, match=r"Kaggle cannot be reached\. Is there a network\?"):
        _fetch(dermnet, tmp_path)

"""Archives that are not to be trusted: refused as a whole, before anything is written."""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from training.data import DataError
from training.fetch.unpack import unpack


def _anywhere(archive: str, member: PurePosixPath) -> PurePosixPath:
    """A layout that trusts its archive."""
    return PurePosixPath(archive) / member


def _unpack(archive: Path, into: Path, limit: int = 10**6) -> set[PurePosixPath]:
    into.mkdir()
    return unpack(archive, _anywhere, into, limit=limit, on_bytes=lambda done, total: None)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/one.jpg", b"first")
        file.writestr("a/two.PNG", b"second")
    return path


def _add(archive: Path, member: str | zipfile.ZipInfo, content: bytes = b"x") -> None:
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr(member, content)


def test_pictures_are_written_where_the_layout_says_and_the_rest_is_left(archive: Path, tmp_path: Path) -> None:
    for other in ("a/LICENSE.txt", "__MACOSX/a/._one.jpg", "a/.hidden.jpg", "a/run.sh"):
        _add(archive, other)
    told: list[tuple[int, int]] = []
    (tmp_path / "out").mkdir()
    placed = unpack(archive, _anywhere, tmp_path / "out", limit=100, on_bytes=lambda *at: told.append(at))
    assert placed == {PurePosixPath("set/a/one.jpg"), PurePosixPath("set/a/two.PNG")}
    assert (tmp_path / "out/set/a/one.jpg").read_bytes() == b"first"
    assert sum(path.is_file() for path in (tmp_path / "out").rglob("*")) == 2
    assert told == [(5, 11), (11, 11)]


@pytest.mark.parametrize(
    "name", ["../out.jpg", "a/../../out.jpg", "/etc/out.jpg", "..\\out.jpg", "a\\..\\..\\out.jpg", "C:/out.jpg"]
)
def test_a_path_that_leads_outside_has_the_archive_refused(archive: Path, tmp_path: Path, name: str) -> None:
    _add(archive, name)
    with pytest.raises(DataError, match=r"leads outside the folder; the archive is not unpacked"):
        _unpack(archive, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"set.zip", "out"}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFBLK])
def test_links_and_devices_have_the_archive_refused(archive: Path, tmp_path: Path, kind: int) -> None:
    link = zipfile.ZipInfo("a/link.jpg")
    link.external_attr = (kind | 0o777) << 16
    _add(archive, link, b"/etc/passwd")
    with pytest.raises(DataError, match="is a link or a device"):
        _unpack(archive, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_an_archive_that_grows_beyond_its_set_is_refused(archive: Path, tmp_path: Path) -> None:
    _add(archive, "a/bomb.jpg", bytes(2_000_000))
    with pytest.raises(DataError, match="would grow to 2000011 bytes, at most 1000000"):
        _unpack(archive, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_the_same_picture_twice_is_one_and_two_for_one_place_are_none(archive: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        _add(archive, "a/one.jpg", b"first")
    assert len(_unpack(archive, tmp_path / "same")) == 2
    with pytest.warns(UserWarning, match="Duplicate name"):
        _add(archive, "a/one.jpg", b"other")
    with pytest.raises(DataError, match=r"two different files for set/a/one\.jpg"):
        _unpack(archive, tmp_path / "other")


def test_a_damaged_member_is_named_with_what_to_do(archive: Path, tmp_path: Path) -> None:
    raw = archive.read_bytes()
    archive.write_bytes(raw.replace(b"\x50\x4b\x03\x04", b"\x50\x4b\x03\x00", 1))
    with pytest.raises(DataError, match=r"set\.zip: cannot be unpacked .* Remove it and give the same command again"):
        _unpack(archive, tmp_path / "out")


def test_half_an_archive_and_an_encrypted_one_are_refused(archive: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.zip"
    half.write_bytes(archive.read_bytes()[:60])
    with pytest.raises(DataError, match=r"half\.zip: cannot be unpacked"):
        _unpack(half, tmp_path / "out")
    raw = bytearray(archive.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(raw)
    with pytest.raises(DataError, match="is encrypted"):
        _unpack(archive, tmp_path / "encrypted")


def test_a_disk_too_small_for_the_pictures_is_told_first(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=64 * 2**20))
    with pytest.raises(DataError, match=r"No disk space for the pictures in set\.zip: 11 bytes are needed"):
        _unpack(archive, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())

"""Images and containers without an engine, of Linux' own means: a stage of the Dockerfile becomes a folder, and a
container a process whose root that folder is, in namespaces of its own.

The machine's /usr and the Python that runs the tests stand in for the base image. Where there is no network, libraries
cannot be installed: an image gets those that its requirements name from the environment that runs the tests, and no
others.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.dockerfiles import ROOT, copies, environment, in_context, last, stages

SITE_PACKAGES = Path(sysconfig.get_path("purelib"))
_INSTALL = re.compile(r"python -m pip --python /opt/venv/bin/python install --no-cache-dir --require-hashes -r (\S+)")
_LINKS = ("bin", "lib", "lib64", "sbin")
# Run in namespaces of its own, so that its mounts end with it.
_ENTER = r"""
set -e
root=$1 var=$2 python=$3 libraries=$4 mode=$5 beside=$6; shift 6
"$python/bin/python3" -c "
import fcntl, socket, struct
SIOCSIFFLAGS, IFF_UP_AND_RUNNING = 0x8914, 0x41
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack('16sh', b'lo', IFF_UP_AND_RUNNING))
"
mount --bind "$root" "$root"
mount --bind -o ro /usr "$root/usr"
mount --bind -o ro "$python" "$root/usr/local"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --rbind -o ro /sys "$root/sys"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --bind -o ro "$libraries" "$root/opt/libraries"
if [ -n "$var" ]; then mount --bind "$var" "$root/app/var"; fi
if [ -n "$beside" ]; then sh -c "$beside" & fi
if [ "$mode" = ro ]; then mount -o remount,bind,ro "$root"; fi
exec chroot "$root" "$@"
"""


@cache
def why_not_here() -> str | None:
    """Why this machine can run no containers of this kind; None: it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs Linux and root, for namespaces and chroot"
    if missing := [name for name in ("unshare", "nsenter", "setpriv", "chroot", "mount") if not shutil.which(name)]:
        return f"needs {', '.join(missing)}"
    tried = subprocess.run(
        ["unshare", "-m", "-n", "-p", "-f", "sh", "-c", "mount -t tmpfs tmpfs /mnt && mount -t proc proc /proc"],
        capture_output=True,
        text=True,
    )
    return None if tried.returncode == 0 else f"namespaces are not allowed here: {tried.stderr.strip()}"


class Builder:
    """Builds stages into folders under ``folder``, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built: dict[str, Path] = {}

    def build(self, target: str) -> Path:
        """The root folder of the image."""
        if target in self._built:
            return self._built[target]
        stage, root = stages()[target], self._folder / target
        if stage.base in stages():
            subprocess.run(["cp", "-al", str(self.build(stage.base)), str(root)], check=True)
        else:
            _stand_in_for_base(root)
        self._built[target] = root
        copied = copies(stage)
        for instruction, value in stage.steps:
            if instruction == "RUN":
                self._run(target, root, value)
            elif instruction == "COPY":
                self._copy(root, target, *next(copied))
            elif instruction == "WORKDIR":
                _inside(root, value).mkdir(parents=True, exist_ok=True)
        return root

    def _run(self, target: str, root: Path, script: str) -> None:
        workdir = last(target, "WORKDIR") or "/"
        wanted = _INSTALL.findall(script)
        script = _INSTALL.sub("true", script)
        enter(root, ["sh", "-ec", f"cd {workdir}; {script}"], environment(target), mode="rw")
        for requirements in wanted:
            _give_libraries(root, ROOT / requirements)

    def _copy(self, root: Path, target: str, other: str | None, sources: Sequence[str], destination: str) -> None:
        workdir = last(target, "WORKDIR") or "/"
        to = _inside(root, os.path.join(workdir, destination))  # noqa: PTH118 - an absolute one stays
        for source in sources:
            if other is not None:
                origin = _inside(self.build(other), source)
                into = [f"{origin}/.", to] if to.is_dir() else [origin, to]
                subprocess.run(["cp", "-al", *into], check=True)
                continue
            origin = ROOT / source
            place = to / origin.name if destination.endswith("/") else to
            place.parent.mkdir(parents=True, exist_ok=True)
            if origin.is_dir():
                shutil.copytree(origin, place, ignore=_ignored, dirs_exist_ok=True)
            else:
                shutil.copyfile(origin, place)


def _stand_in_for_base(root: Path) -> None:
    for name in ("app", "dev", "etc", "opt/libraries", "proc", "sys", "tmp", "usr"):
        (root / name).mkdir(parents=True)
    for name in ("passwd", "group", "shadow", "gshadow", "login.defs"):
        (root / "etc" / name).touch()
    for name in _LINKS:
        (root / name).symlink_to(f"usr/{name}")
    # Python's own library, where it has one, before one that the machine may have besides.
    (root / "etc/ld.so.conf").write_text("/usr/local/lib\n")
    enter(root, ["/sbin/ldconfig"], {"PATH": "/usr/sbin:/usr/bin"}, mode="rw")


def _ignored(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not in_context(str((Path(folder) / name).relative_to(ROOT)))]


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


@cache
def _pins(requirements: Path) -> list[Requirement]:
    """What ``requirements`` ask for on this machine."""
    lines = [line.rstrip(" \\") for line in requirements.read_text().splitlines() if re.match(r"[a-z0-9]", line)]
    return [pin for pin in map(Requirement, lines) if pin.marker is None or pin.marker.evaluate()]


@cache
def _installed() -> dict[str, importlib.metadata.Distribution]:
    found = importlib.metadata.distributions(path=[str(SITE_PACKAGES)])
    return {canonicalize_name(distribution.name): distribution for distribution in found}


def lacking(requirements: Path) -> list[str]:
    """What ``requirements`` name and the environment that runs the tests does not have at that version."""
    found = {pin.name: _installed().get(canonicalize_name(pin.name)) for pin in _pins(requirements)}
    return [
        str(pin)
        for pin in _pins(requirements)
        if (has := found[pin.name]) is None or not pin.specifier.contains(has.version, prereleases=True)
    ]


def _give_libraries(root: Path, requirements: Path) -> None:
    """Links what ``requirements`` name into the image's virtual environment."""
    (target,) = (root / "opt/venv/lib").glob("python*/site-packages")
    there: set[str] = set()
    for pin in _pins(requirements):
        files = _installed()[canonicalize_name(pin.name)].files or ()
        there |= {file.parts[0] for file in files}
    for name in there - {"..", "__pycache__"}:
        (target / name).symlink_to(f"/opt/libraries/{name}")


def enter(
    root: Path, command: Sequence[str], env: Mapping[str, str], *, mode: str = "ro", var: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs ``command`` as root with ``root`` as its root; it must succeed."""
    done = subprocess.run(_entering(root, command, mode, var), env=dict(env), capture_output=True, text=True)
    assert done.returncode == 0, (list(command), done.stdout[-2000:], done.stderr[-2000:])
    return done


@dataclass(frozen=True)
class Container:
    """A process that runs as an image says; ``pid`` is its number outside."""

    process: subprocess.Popen[bytes]
    pid: int
    env: Mapping[str, str]
    user: str
    log: Path

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """``command`` within the container, as its health check is run."""
        inside = ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", "--root", "--wd", "--"]
        arguments = [*inside, *_as_user(self.user), *command]
        return subprocess.run(arguments, env=dict(self.env), capture_output=True, text=True)

    def becomes(self, check: Sequence[str], seconds: float = 100.0) -> None:
        """Waits until ``check`` succeeds."""
        deadline = time.monotonic() + seconds
        while (done := self.run(check)).returncode:
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < deadline, (done.stderr, self.log.read_text()[-4000:])
            time.sleep(0.2)

    def stop(self) -> int:
        """SIGTERM as an engine sends it; the exit status."""
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def container(
    root: Path, command: Sequence[str], env: Mapping[str, str], user: str, workdir: str, var: Path, beside: str = ""
) -> Iterator[Container]:
    """``command`` in the image ``root``: as ``user`` without capabilities, the root read-only, ``/tmp`` in memory,
    ``/app/var`` the folder ``var``. ``beside`` is run on the machine itself, within the same network."""
    log = var.parent / f"{var.name}.log"
    arguments = ["sh", "-c", 'cd "$0" && exec "$@"', workdir, *_as_user(user), *command]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            _entering(root, arguments, "ro", var, beside), env=dict(env), stdout=sink, stderr=sink
        )
        try:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            while not (found := children.read_text().split()):
                assert process.poll() is None, log.read_text()
                time.sleep(0.01)
            yield Container(process, int(found[0]), env, user, log)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def _as_user(user: str) -> list[str]:
    number, group = user.split(":")
    identity = [f"--reuid={number}", f"--regid={group}", "--clear-groups"]
    return ["setpriv", *identity, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"]


def _entering(root: Path, command: Sequence[str], mode: str, var: Path | None, beside: str = "") -> list[str]:
    namespaces = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child=SIGKILL"]
    places = [str(root), str(var or ""), sys.base_prefix, str(SITE_PACKAGES)]
    return [*namespaces, "sh", "-c", _ENTER, "sh", *places, mode, beside, *command]

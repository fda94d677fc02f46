"""Every step of the Dockerfile, done: images are built and run without an engine, and without a network."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.deploy.containers import Builder, Container, container, enter, lacking, why_not_here
from tests.deploy.dockerfiles import ROOT, command, copies, environment, health_check, last, lineage, stages

TOKEN = "1000001:" + "d" * 35
SANDBOX = f"cd {ROOT} && exec env -i PYTHONDONTWRITEBYTECODE=1 {ROOT}/.venv/bin/python -m sandbox >/dev/null"
pytestmark = pytest.mark.skipif(why_not_here() is not None, reason=str(why_not_here()))


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    folder = tmp_path_factory.mktemp("images")
    yield Builder(folder)
    shutil.rmtree(folder)


def built(builder: Builder, target: str) -> Path:
    """The image, where its libraries are at hand: without a network none can be installed."""
    libraries = [other for other, _, _ in copies(stages()[target]) if other and other.startswith("libraries-")]
    for stage in libraries:
        for _, (requirements,), _ in copies(stages()[stage]):
            if not (ROOT / requirements).exists():
                pytest.skip(f"there is no {requirements} yet")
            if missing := lacking(ROOT / requirements):
                pytest.skip(f"needs a network to install {', '.join(missing[:3])}")
    return builder.build(target)


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """A volume as an engine makes it: it belongs to whom the folder in the image belongs to."""
    volume = tmp_path / "var"
    volume.mkdir()
    subprocess.run(["chown", last("runtime", "USER") or "", str(volume)], check=True)
    return volume


@contextmanager
def running(
    builder: Builder, name: str, var: Path, beside: str = "", **env: str
) -> Iterator[tuple[Container, list[str]]]:
    """A service of compose.yaml as a container, and its health check."""
    described = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"][name]
    target = described["build"]["target"]
    own = {key: value for key, value in described["environment"].items() if not value.startswith("${")}
    own_check = described.get("healthcheck", {}).get("test")
    check = own_check[1:] if own_check else health_check(target)
    assert check is not None
    arguments = [*command(target)[:-1], *described["command"]]
    user, workdir = last(target, "USER") or "", last(target, "WORKDIR") or ""
    root = built(builder, target)
    with container(root, arguments, environment(target) | own | env, user, workdir, var, beside) as started:
        yield started, check


@pytest.mark.parametrize("target", ["serving-cpu", "serving-gpu", "site", "training"])
def test_each_image_is_built_step_by_step(builder: Builder, target: str) -> None:
    root = built(builder, target)
    steps = [instruction for stage in lineage(target) for instruction, _ in stage.steps]
    assert steps.count("RUN") >= 2
    passwd = (root / "etc/passwd").read_text()
    assert "secondlook:x:10001:10001::/tmp:/usr/sbin/nologin" in passwd
    assert (root / "app/var").stat().st_uid == 10001
    assert {path.stat().st_uid for path in (root / "app").rglob("*.py")} == {0}
    assert (root / "app/models/weights/melanoma/card.json").exists()
    assert list((root / "app/deploy/__pycache__").glob("health.*.pyc"))
    assert not (root / "app/.env").exists()
    assert not (root / "app/tests").exists()
    program = "training.fetch" if target == "training" else "models"
    said = enter(root, ["sh", "-c", f"cd /app && exec python -m {program} --help"], environment(target)).stdout
    assert "usage" in said.lower()


def test_the_bot_is_healthy_read_only_and_nobody_and_ends_when_told(builder: Builder, var: Path) -> None:
    telegram = {"BOT_TOKEN": TOKEN, "BOT_API_URL": "http://127.0.0.1:8081"}
    with running(builder, "bot", var, SANDBOX, **telegram) as (bot, check):
        bot.becomes(check)
        status = Path(f"/proc/{bot.pid}/status").read_text()
        assert "Uid:\t10001\t10001\t10001\t10001" in status
        assert "NoNewPrivs:\t1" in status
        assert "CapEff:\t0000000000000000" in status
        _cannot_write(bot)
        assert bot.stop() == 0, bot.log.read_text()
        text = bot.log.read_text()
    assert '"message": "stopped"' in text
    assert TOKEN not in text
    assert (var / "journal.db").exists()
    assert list((var / "cache").iterdir())


def test_the_api_is_healthy_when_it_can_read_and_asks_for_a_key(builder: Builder, var: Path) -> None:
    with running(builder, "api", var) as (api, check):
        api.becomes(check)
        _cannot_write(api)
        made = api.run(["python", "-m", "web", "keys", "create", "site"])
        assert made.returncode == 0, made.stderr
        refused = api.run(["python", "-m", "deploy.health", "http://127.0.0.1:8000/v1/models"])
        assert (refused.returncode, "401" in refused.stderr) == (1, True)
        assert api.stop() == 0, api.log.read_text()
    down = api.log.read_text()
    assert '"message": "keys are required' in down


def test_the_site_is_healthy(builder: Builder, var: Path) -> None:
    with running(builder, "site", var) as (site, check):
        site.becomes(check)
        _cannot_write(site)
        assert site.stop() == 0, site.log.read_text()


def _cannot_write(running: Container) -> None:
    for place in ("/app/models/x", "/app/x", "/opt/venv/x", "/etc/x"):
        assert "Read-only" in running.run(["sh", "-c", f"echo > {place}"]).stderr, place
    for place in ("/tmp/x", "/app/var/x"):
        assert running.run(["sh", "-c", f"echo > {place}"]).returncode == 0, place

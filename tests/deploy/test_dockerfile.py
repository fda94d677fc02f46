"""The Dockerfile: what a linter says, and what it promises besides."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.dockerfiles import (
    DOCKERFILE,
    ROOT,
    command,
    copies,
    environment,
    health_check,
    in_context,
    last,
    lineage,
    stages,
)

TARGETS = ("serving-cpu", "serving-gpu", "site", "training")
HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed")
def test_the_linter_finds_nothing() -> None:
    done = subprocess.run([str(HADOLINT), "--no-color", str(DOCKERFILE)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_only_one_stage_is_based_on_an_image_of_elsewhere_and_that_is_pinned() -> None:
    foreign = [stage for stage in stages().values() if stage.base not in stages()]
    assert [stage.name for stage in foreign] == ["base"]
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", foreign[0].base)


def test_the_last_stage_is_the_one_for_everybody() -> None:
    assert list(stages())[-1] == "serving-cpu"
    assert set(TARGETS) <= set(stages())


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_runs_as_nobody_in_particular_and_says_how_it_is(target: str) -> None:
    assert last(target, "USER") == "10001:10001"
    assert json.loads(last(target, "ENTRYPOINT") or "") == ["python", "-m"]
    assert json.loads(last(target, "VOLUME") or "") == ["/app/var"]
    check, env = health_check(target), environment(target)
    if target == "training":
        assert check is None
        return
    assert check is not None
    listens = env["SITE_LISTEN" if target == "site" else "METRICS_LISTEN"]
    assert check[:3] == ["python", "-m", "deploy.health"]
    assert f"http://127.0.0.1:{listens.rpartition(':')[2]}/" in check[3]
    ports = {value.rpartition(":")[2] for name, value in env.items() if name.endswith("_LISTEN")}
    assert set((last(target, "EXPOSE") or "").split()) == ports


@pytest.mark.parametrize("target", TARGETS)
def test_what_may_be_written_is_the_volume_or_in_memory(target: str) -> None:
    env = environment(target)
    assert env["HOME"] == "/tmp"
    assert env["MPLCONFIGDIR"].startswith("/tmp/")
    assert env["CACHE_DIR"].startswith("/app/var/")
    assert env["PYTHONDONTWRITEBYTECODE"] == "1"
    assert env["PATH"].startswith("/opt/venv/bin:")


def test_libraries_are_installed_with_hashes_and_without_a_cache() -> None:
    installs = [step for stage in stages().values() for step in stage.values("RUN") if " install " in step]
    assert len(installs) == 4
    for step in installs:
        assert "--require-hashes" in step
        assert "--no-cache-dir" in step
        (requirements,) = re.findall(r"-r (\S+)", step)
        if (ROOT / requirements).exists():  # the site's are not there yet where it is not
            assert "--hash=sha256:" in (ROOT / requirements).read_text()


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_secret_is_built_in(target: str) -> None:
    for stage in lineage(target):
        for instruction, value in stage.steps:
            assert instruction != "ADD"
            if instruction in ("ENV", "ARG"):
                assert not re.search(r"TOKEN|SECRET|PASSWORD|_KEY=", value)


def test_what_is_copied_is_there_and_is_sent_to_the_build() -> None:
    for stage in stages().values():
        for other, sources, _ in copies(stage):
            if other is not None:
                assert other in stages()
                continue
            for source in sources:
                assert in_context(source), source
                assert (ROOT / source).exists() or source == "requirements/site.txt", source


def test_no_settings_no_journal_and_no_history_are_sent_to_the_build() -> None:
    kept = ("bot/__main__.py", "models/weights/melanoma/card.json", "web/locales/ru.po", "requirements/web.txt")
    left = (
        *(".env", ".git/config", "var/journal.db", "data/x.jpg", "tests/tiny_models.py", "bot/__pycache__/x.pyc"),
        *("models/__pycache__/x.pyc", "deploy/grafana/dashboards/second-look.json", "README.md", ".venv/bin/python"),
    )
    assert [path for path in kept if not in_context(path)] == []
    assert [path for path in left if in_context(path)] == []


def test_an_image_says_which_revision_it_is_of() -> None:
    assert environment("serving-cpu")["BUILD_REVISION"] == ""
    assert "BUILD_REVISION=$REVISION" in " ".join(stages()["runtime"].values("ENV"))
    assert command("serving-cpu") == ["python", "-m", "bot"]

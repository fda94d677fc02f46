"""compose.yaml: services that are locked in, whose settings exist, and that wait for each other."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import BotSettings
from tests.deploy.dockerfiles import ROOT, health_check, stages
from web.settings import WebSettings

FILE = ROOT / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
GPU: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.gpu.yaml").read_text())
OWN = sorted(name for name, service in SERVICES.items() if "build" in service)
ENDLESS = sorted(set(SERVICES) - {"training"})
# What Compose and others' programs are told by it, not ours.
FOREIGN = re.compile(r"GF_\w+|MLFLOW_\w+")


def fields(service: str) -> set[str]:
    """The settings of the program that the service runs."""
    if service == "site":
        if importlib.util.find_spec("web.site") is None:
            pytest.skip("there is no web.site yet")
        module = importlib.import_module("web.site.settings")
        return {name.upper() for name in module.SiteSettings.model_fields}
    kind = WebSettings if service == "api" else BotSettings
    # What the API is not to know, it is told to forget.
    return {name.upper() for name in kind.model_fields} | {"BOT_TOKEN"}


def test_the_services_are_these_and_who_is_asked_for_is_started() -> None:
    assert set(SERVICES) == {"bot", "api", "site", "prometheus", "grafana", "mlflow", "training"}
    profiles = {name: service.get("profiles", []) for name, service in SERVICES.items()}
    assert profiles["prometheus"] == profiles["grafana"] == ["monitoring"]
    assert profiles["mlflow"] == profiles["training"] == ["training"]
    assert profiles["bot"] == profiles["api"] == profiles["site"] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_locked_in(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"] > 0
    assert all(place.startswith("/tmp:size=") for place in service["tmpfs"])
    assert "privileged" not in service
    assert "network_mode" not in service
    assert not any("docker.sock" in volume for volume in service.get("volumes", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    for port in SERVICES[name].get("ports", ()):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{\w+_PORT:-(\d+)\}:\1", port), port


@pytest.mark.parametrize("name", ENDLESS)
def test_a_service_that_stays_is_asked_how_it_is(name: str) -> None:
    service = SERVICES[name]
    if "healthcheck" in service:
        assert service["healthcheck"]["test"][0] == "CMD"
        assert {"interval", "timeout", "retries"} <= set(service["healthcheck"])
    else:
        assert health_check(service["build"]["target"])


@pytest.mark.parametrize("name", SERVICES)
def test_who_waits_for_another_waits_until_it_is_well(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert other in ENDLESS
        assert how == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_is_there(name: str) -> None:
    for volume in SERVICES[name].get("volumes", ()):
        source, target, *mode = re.split(r":(?!-)", volume)
        assert target.startswith("/")
        if source.startswith("${"):
            assert source == "${DATA_DIR:-./data}"  # the pictures of whoever trains
        elif source.startswith("."):
            assert (ROOT / source).exists(), source
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]
    assert set(COMPOSE["volumes"]) <= {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", ())}


@pytest.mark.parametrize("name", SERVICES)
def test_settings_are_those_of_the_program(name: str) -> None:
    named = {key for key in SERVICES[name].get("environment", {}) if not FOREIGN.fullmatch(key)}
    assert named <= (fields(name) if named else set())


def test_the_settings_that_are_given_can_be_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, kind in (("bot", BotSettings), ("api", WebSettings)):
        with monkeypatch.context() as patch:
            patch.setenv("BOT_TOKEN", "1000001:" + "a" * 35)
            for key, value in SERVICES[name]["environment"].items():
                if not value.startswith("${"):
                    patch.setenv(key, value)
            settings = kind()  # type: ignore[call-arg]
            assert settings.log_format == "json"
            assert str(settings.cache_dir) == "/app/var/cache"
    assert isinstance(settings, WebSettings)
    assert settings.keys_required


def test_the_api_is_not_given_the_bots_token() -> None:
    assert SERVICES["api"]["environment"]["BOT_TOKEN"] == ""
    assert "env_file" not in SERVICES["site"]


@pytest.mark.parametrize("name", OWN)
def test_what_is_built_is_a_stage_that_runs_a_module_of_ours(name: str) -> None:
    service = SERVICES[name]
    assert (ROOT / service["build"]["context"] / service["build"]["dockerfile"]).exists()
    assert service["build"]["target"] in stages()
    module = service["command"][0]
    if module == "web.site" and importlib.util.find_spec("web.site") is None:
        pytest.skip("there is no web.site yet")
    assert importlib.util.find_spec(module)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(OWN)))
def test_images_of_elsewhere_are_pinned(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", SERVICES[name]["image"])


def test_prometheus_asks_the_services_where_they_show_metrics() -> None:
    scraped = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in scraped}
    assert targets["bot"] == [f"bot:{SERVICES['bot']['environment']['METRICS_LISTEN'].split(':')[1]}"]
    assert targets["api"] == [f"api:{SERVICES['api']['environment']['API_LISTEN'].split(':')[1]}"]
    source = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    assert source["datasources"][0]["url"] == "http://prometheus:9090"


def test_what_may_be_set_from_outside_is_documented() -> None:
    asked = set(re.findall(r"\$\{(\w+)", FILE.read_text() + (ROOT / "deploy/compose.gpu.yaml").read_text()))
    text = (ROOT / "deploy/README.md").read_text()
    assert {name for name in asked if name not in text} == set()


def test_the_gpus_file_changes_services_that_there_are() -> None:
    assert set(GPU["services"]) <= set(SERVICES)
    for service in GPU["services"].values():
        assert service["build"]["target"] in stages()
        assert service["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]


def test_both_files_are_as_the_specification_of_compose_wants_them() -> None:
    files = [str(FILE), str(ROOT / "deploy/compose.gpu.yaml")]
    arguments = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", *files]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_itself_takes_both_files() -> None:
    try:
        subprocess.run(["docker", "compose", "version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("docker compose is not installed")
    for files in (["compose.yaml"], ["compose.yaml", "deploy/compose.gpu.yaml"]):
        named = [argument for file in files for argument in ("-f", file)]
        arguments = ["docker", "compose", *named, "--profile", "*", "config", "--quiet"]
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")

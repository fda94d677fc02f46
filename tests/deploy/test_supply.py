"""What is said of the dependencies: vulnerabilities, licences, bills of materials."""

from __future__ import annotations

import json
import re
import subprocess
from email.message import Message
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.supply import audit, licences, sbom
from deploy.supply.audit import FIXABLE, NOT_ASKED, Report, report_of, words
from deploy.supply.licences import row_of, rows_of
from deploy.supply.pins import Pin, read_pins
from deploy.supply.sbom import WrongBill, check_bill
from deploy.supply.spdx import Standing, declared, standing

ROOT = Path(__file__).parents[2]
PINS = sorted((ROOT / "requirements").glob("*.txt"))
TOOLS = ROOT / ".venv" / "audit" / "bin" / "python"
needs_tools = pytest.mark.skipif(
    not TOOLS.exists(), reason="make audit installs cyclonedx-py, which needs a network once"
)
TWO_PINS = """\
# written by make pins
Alpha_One[extra]==1.2 \\
    --hash=sha256:00
    # via x==9
beta==3.4 ; python_full_version < '3' \\
    --hash=sha256:01
"""


@pytest.mark.parametrize("target", ["audit", "licences", "sbom"])
def test_the_makefile_has_the_target_and_explains_it(target: str) -> None:
    text = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:.*## \w", text, re.MULTILINE)
    assert re.search(rf"^\.PHONY:.* {target}\b", text, re.MULTILINE)
    assert f"-m deploy.supply.{target} " in text


def test_the_tools_are_pinned_apart_from_everything_else() -> None:
    tools = {pin.name for pin in read_pins(ROOT / "requirements" / "audit.txt")}
    assert {"pip-audit", "cyclonedx-bom"} <= tools
    for path in PINS:
        if path.stem != "audit":
            assert not {"pip-audit", "cyclonedx-bom"} & {pin.name for pin in read_pins(path)}
    assert "audit.in -o audit.txt" in (ROOT / "Makefile").read_text()


def test_pins_are_read_with_version_and_marker(tmp_path: Path) -> None:
    path = tmp_path / "pins.txt"
    path.write_text(TWO_PINS)
    pins = read_pins(path)
    assert pins == [Pin("alpha-one", "1.2"), Pin("beta", "3.4", "python_full_version < '3'")]
    assert [pin.is_meant_here for pin in pins] == [True, False]


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_pin_of_the_files_is_read(path: Path) -> None:
    assert len(read_pins(path)) == len(re.findall(r"^[a-z0-9]", path.read_text(), re.MULTILINE))


def metadata_of(**fields: str | list[str]) -> Any:
    message = Message()
    for name, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            message[name.replace("_", "-")] = value
    return message


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ({"License_Expression": "MIT AND PSF-2.0", "License": "BSD"}, "MIT AND PSF-2.0"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        ({"License": "Copyright\n" * 20, "Classifier": ["License :: OSI Approved :: MIT License"]}, "MIT"),
        ({"License": "see LICENSE", "Classifier": ["License :: OSI Approved :: BSD License"]}, "BSD"),
        (
            {"Classifier": [f"License :: OSI Approved :: {name}" for name in ("MIT License", "GNU AGPL")]},
            "MIT AND GNU AGPL",
        ),
        ({"License": "Proprietary"}, "Proprietary"),
        ({"License": "all the text " * 20}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_declared_licence_is_found_wherever_it_is_declared(fields: dict[str, Any], licence: str) -> None:
    assert declared(metadata_of(**fields)) == licence


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("MIT", Standing.PERMISSIVE),
        ("BSD-3-Clause AND 0BSD AND Zlib", Standing.PERMISSIVE),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", Standing.WEAK_COPYLEFT),
        ("LGPL-3.0-or-later", Standing.WEAK_COPYLEFT),
        ("GPL-2.0-or-later OR MIT", Standing.PERMISSIVE),
        ("GPL-2.0-or-later AND MIT", Standing.OTHER),
        ("MIT OR GPL-3.0-only AND BSD", Standing.PERMISSIVE),
        ("(MIT OR GPL-3.0-only) AND GPL-3.0-only", Standing.OTHER),
        ("Apache-2.0 WITH LLVM-exception", Standing.PERMISSIVE),
        ("AGPL-3.0-only", Standing.OTHER),
        ("LicenseRef-Proprietary", Standing.OTHER),
        ("MIT AND", Standing.OTHER),
        ("(MIT", Standing.OTHER),
        ("MIT MIT", Standing.OTHER),
        ("MIT; or ask", Standing.OTHER),
        ("unknown", Standing.OTHER),
        ("", Standing.OTHER),
    ],
)
def test_of_and_all_is_kept_to_and_of_or_one(expression: str, found: Standing) -> None:
    assert standing(expression) is found


def distribution(version: str, licence: str, *files: str) -> Any:
    paths = [metadata.PackagePath(file) for file in files]
    return SimpleNamespace(version=version, metadata=metadata_of(License_Expression=licence), files=paths)


def test_a_serving_package_of_another_licence_is_a_problem_and_one_for_training_is_not() -> None:
    gpl = distribution("1.0", "GPL-3.0-only")
    assert row_of(Pin("alpha", "1.0"), gpl, serving=True).problem == "not on the list of licences that are allowed"
    assert row_of(Pin("alpha", "1.0"), gpl, serving=False).problem == ""
    assert row_of(Pin("alpha", "1.1"), distribution("1.0", "MIT"), serving=True).problem == "pinned is 1.1"
    weak = row_of(Pin("alpha", "1.0"), distribution("1.0", "MPL-2.0"), serving=True)
    assert (weak.problem, weak.note) == ("", "changes to it stay under its licence")


def test_a_wheel_that_brings_other_licences_along_must_have_been_looked_at() -> None:
    wheel = distribution("1.0", "BSD-3-Clause", "alpha-1.0.dist-info/licenses/LICENSES_bundled.txt")
    assert "that nobody has looked at" in row_of(Pin("alpha", "1.0"), wheel, serving=True).problem
    known = row_of(Pin("pillow-heif", "1.0"), wheel, serving=True)
    assert known.problem == ""
    assert "x265 (GPL-2.0)" in known.note


def test_what_is_not_installed_is_a_problem_only_where_it_serves() -> None:
    pins = [Pin("no-such-package-anywhere", "1.0"), Pin("other", "2", "python_full_version < '3'")]
    assert [row.problem for row in rows_of(pins, serving=True)] == ["not installed"]
    assert [row.problem for row in rows_of(pins, serving=False)] == [""]


def test_what_serves_may_be_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(path) for path in PINS]
    assert licences.main([str(ROOT / "requirements" / "site.txt"), licences.BESIDES, *files]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^aiogram +\S+ +MIT$", said, re.MULTILINE)
    assert re.search(r"^certifi +\S+ +MPL-2.0 +changes to it stay", said, re.MULTILINE)
    assert re.search(r"packages serve, 0 of them not as they may$", said)


def test_a_licence_that_is_not_allowed_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda _: distribution("1.2", "AGPL-3.0-only"))
    path = tmp_path / "pins.txt"
    path.write_text(TWO_PINS)
    assert licences.main([str(path)]) == 1
    assert "alpha-one 1.2: AGPL-3.0-only: not on the list" in capsys.readouterr().out


def entry(name: str, *fixes: list[str]) -> dict[str, Any]:
    vulns = [{"id": f"CVE-{number}", "fix_versions": fix} for number, fix in enumerate(fixes)]
    return {"name": name, "version": "1.0", "vulns": vulns}


def test_an_audit_fails_on_what_has_a_fix_and_only_tells_of_what_has_none() -> None:
    clean, unfixed, fixed = (
        report_of({"dependencies": [entry("a", *fixes)]}) for fixes in ([], [[]], [[], ["1.1", "2.0"]])
    )
    assert (clean.status, unfixed.status, fixed.status) == (0, 0, FIXABLE)
    assert words(Path("f.txt"), unfixed).endswith("a 1.0: CVE-0, no fix yet")
    assert words(Path("f.txt"), fixed).endswith("a 1.0: CVE-1, fixed in 1.1, 2.0")


def test_an_audit_that_could_not_ask_is_no_all_clear(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = {"name": "b", "skip_reason": "b was not found"}
    report = report_of({"dependencies": [entry("a"), unknown]})
    assert (report.asked, report.unasked, report.status) == (1, ("b was not found",), NOT_ASKED)
    assert report_of({"dependencies": []}).status == NOT_ASKED
    monkeypatch.setattr(audit, "audit", lambda _: report)
    assert audit.main(["f.txt"]) == NOT_ASKED
    said = capsys.readouterr().out
    assert "f.txt: asked about 1, known vulnerabilities: 0" in said
    assert "NOT ASKED about 1, of which nothing is known: b was not found" in said
    assert "This is no all-clear" in said


def test_a_fix_outweighs_what_could_not_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = {"a": report_of({"dependencies": [entry("a", ["2"])]}), "b": Report(0, ("no network",), ())}
    monkeypatch.setattr(audit, "audit", lambda path: reports[path.name])
    assert audit.main(["b", "a"]) == FIXABLE
    assert audit.main(["b"]) == NOT_ASKED
    assert audit.main([]) == NOT_ASKED


def test_a_tool_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr="Traceback\nConnectionError: no route")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    assert audit.audit(Path("f.txt")) == Report(0, ("ConnectionError: no route",), ())


def test_a_bill_that_is_not_the_pins_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pins.txt"
    path.write_text(TWO_PINS)
    alpha, beta = ({"name": name, "version": version} for name, version in (("alpha-one", "1.2"), ("beta", "3.4")))
    assert check_bill({"components": [beta, alpha]}, path) == 2
    for wrong in ([alpha], [alpha, beta, beta], [alpha, {"name": "beta", "version": "3.5"}], []):
        with pytest.raises(WrongBill, match="the bill and the pins differ"):
            check_bill({"components": wrong}, path)


@needs_tools
def test_a_bill_lists_exactly_the_pins_and_is_the_same_each_time(tmp_path: Path) -> None:
    requirements = ROOT / "requirements" / "serving.txt"
    for folder in ("first", "second"):
        command = [TOOLS, "-m", "deploy.supply.sbom", tmp_path / folder, requirements]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path}/second/serving.cdx.json: {len(read_pins(requirements))} packages\n"
    first, second = ((tmp_path / folder / "serving.cdx.json").read_bytes() for folder in ("first", "second"))
    assert first == second
    bill = json.loads(first)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "second-look"
    assert "timestamp" not in bill["metadata"]
    assert check_bill(bill, requirements) == len(read_pins(requirements))
    (aiogram,) = (each for each in bill["components"] if each["name"] == "aiogram")
    hashes = {each["content"] for found in aiogram["externalReferences"] for each in found["hashes"]}
    assert all(each in requirements.read_text() for each in hashes)
    assert len(hashes) == 2


def test_the_command_says_which_bill_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pins.txt"
    path.write_text(TWO_PINS)

    def empty(command: list[str], **_: object) -> None:
        Path(command[command.index("--output-file") + 1]).write_text('{"components": []}')

    monkeypatch.setattr(subprocess, "run", empty)
    assert sbom.main([str(tmp_path / "out"), str(path)]) == 1
    assert f"{path}: the bill and the pins differ: [('alpha-one', '1.2'), ('beta', '3.4')]" in capsys.readouterr().out

"""The same picture through bot, HTTP API, site and command line: the same figures."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from models.settings import ServingSettings
from tests.e2e.stack import ROOT, Stack, clean_environment
from tests.web.test_process import HTTP, running
from web.site.api import Api, ApiProblem

Figures = dict[str, float]
# What a process finds out while it serves would change its figures from one picture to the next.
PRECISION = {"INFERENCE_PRECISION": "bf16"}
SHIPPED = ROOT / ServingSettings.model_fields["models_dir"].default


def pictures() -> list[bytes]:
    """JPEGs that the tiny models read, each with colours of its own."""
    noise, made = np.random.default_rng(3), []
    for red in (20, 128, 230):
        pixels = np.clip(noise.normal((red, 90, 128), 12, (300, 400, 3)), 0, 255).astype(np.uint8)
        file = BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=90)
        made.append(file.getvalue())
    return made


def by_label(findings: Sequence[dict[str, Any]]) -> Figures:
    return {finding["label"]: finding["probability"] for finding in findings}


def by_command(folder: Path, weights: Path, sent: Sequence[bytes], model: str) -> list[Figures]:
    for number, data in enumerate(sent):
        (folder / f"{number}.jpg").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-m", "models", "diagnose", "--jsonl", "--model", model]
        + [f"{number}.jpg" for number in range(len(sent))],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(MODELS_DIR=str(weights), **PRECISION),
        cwd=folder,
    )
    return [by_label(json.loads(line).get("findings", [])) for line in done.stdout.splitlines()]


def by_api(base: str, sent: Sequence[bytes], model: str) -> list[Figures]:
    answers = [HTTP.post(f"{base}/v1/diagnoses", files={"file": data}, data={"model": model}).json() for data in sent]
    return [by_label(answer.get("findings", [])) for answer in answers]


def by_site(site: Api, data: bytes, model: str) -> Figures:
    """As the site understands the API."""
    try:
        findings = site.diagnose(data, model, "ru", str(uuid4())).findings
    except ApiProblem as problem:
        if not problem.problem.of_the_picture:
            raise
        return {}
    return {finding.label: finding.probability for finding in findings}


async def by_bot(stack: Stack, sent: Sequence[bytes], model: str) -> list[Figures]:
    person, before = stack.person(), stack.accepted()
    for data in sent:
        await person.reply_to(await person.sends("document", data, name="picture.jpg", caption=f"/{model}"))
    await stack.until(lambda: stack.accepted("answered") + stack.accepted("refused") == before + len(sent))
    kept = stack.rows("select probabilities from requests order by id")[before:]
    return [json.loads(probabilities or "{}") for (probabilities,) in kept]


async def compare(stack: Stack, weights: Path, cases: Mapping[str, Sequence[bytes]]) -> dict[str, int]:
    """How many pictures each model has read, after the channels were found to agree on all of them."""
    settings = {"MODELS_DIR": str(weights), "JOURNAL_URL": f"sqlite+aiosqlite:///{stack.folder}/api.db", **PRECISION}
    told, posted, shown, printed = {}, {}, {}, {}
    with stack.bot(MODELS_DIR=str(weights), **PRECISION):
        for model, sent in cases.items():
            told[model] = await by_bot(stack, sent, model)
    with running(stack.folder, **settings) as (_, base):
        site = Api(base)
        for model, sent in cases.items():
            posted[model] = await asyncio.to_thread(by_api, base, sent, model)
            shown[model] = [await asyncio.to_thread(by_site, site, data, model) for data in sent]
    for model, sent in cases.items():
        printed[model] = await asyncio.to_thread(by_command, stack.folder, weights, sent, model)
        for theirs, *others in zip(posted[model], told[model], shown[model], printed[model], strict=True):
            for ours in others:
                assert ours == pytest.approx(theirs, abs=1e-6)
    return {model: sum(bool(figures) for figures in told[model]) for model in cases}


async def test_the_channels_agree_to_a_millionth(stack: Stack, weights: Path) -> None:
    sent = pictures()
    assert await compare(stack, weights, {"melanoma": sent, "pneumonia": sent}) == {"melanoma": 3, "pneumonia": 3}


@pytest.mark.data
@pytest.mark.skipif("DATA_ROOT" not in os.environ, reason="DATA_ROOT is not set: no real pictures here")
async def test_the_shipped_models_say_the_same_of_real_pictures_on_every_way(stack: Stack) -> None:
    moles, chests = (
        sorted((Path(os.environ["DATA_ROOT"]) / folder).rglob("*.jp*g"))
        for folder in ("isic_malignant_benign/train", "chest_xray/train")
    )
    cases = {
        model: [path.read_bytes() for path in paths[:: len(paths) // 6][:6]]
        for model, paths in (("melanoma", moles), ("skin", moles), ("pneumonia", chests))
    }
    read = await compare(stack, SHIPPED, cases)
    assert all(count >= 3 for count in read.values()), read

"""Other people's files, sound, odd, broken and hostile: each ends in an answer or in a problem with a code."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tiny_models import write_tiny_weights
from tests.web.server import Served, served

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("DATA_ROOT" not in os.environ, reason="DATA_ROOT is not set: no real pictures here"),
]
DATA = Path(os.environ.get("DATA_ROOT", "."))


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("real")
    write_tiny_weights(folder / "weights")
    with served(folder) as running:
        yield running


@pytest.mark.timeout(600)
@pytest.mark.parametrize("folder", ["hostile/pillow", "heic", "dicom"])
def test_every_file_ends_in_an_answer_or_a_problem(api: Served, folder: str) -> None:
    files = sorted(path for path in (DATA / folder).iterdir() if path.is_file())
    told: Counter[str] = Counter()
    for start in range(0, len(files), 8):
        some = [path.read_bytes() for path in files[start : start + 8]]
        response = api.post(*some)
        assert response.status_code < 500, [path.name for path in files[start : start + 8]]
        answers = response.json() if len(some) > 1 else [response.json()]
        assert len(answers) == len(some)
        for path, answer in zip(files[start : start + 8], answers, strict=True):
            assert "verdict" in answer or answer["status"] in (413, 422), (path.name, answer)
            told[answer.get("verdict") or answer["code"]] += 1
    print(folder, dict(told.most_common()))
    assert told.total() == len(files)


def test_the_heat_map_of_every_file_that_was_answered_can_be_drawn(api: Served) -> None:
    drawn = 0
    for path in [*sorted((DATA / "heic").iterdir())[:6], *sorted((DATA / "dicom").iterdir())[::6]]:
        answer = api.post(path.read_bytes()).json()
        if "verdict" in answer:
            response = api.http.get(answer["links"]["heatmap"])
            assert (response.status_code, response.content[:4]) == (200, b"\x89PNG")
            drawn += 1
    assert drawn >= 4

"""Settings from the environment, and one clear line for a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, SecretStr, field_validator

from conversion import DecodingLimits
from models.settings import WEIGHTS, ServingSettings, WrongSettings, read_settings


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = read_settings(ServingSettings)
    assert settings.inference_engine == "auto"
    assert settings.inference_threads >= 1
    assert settings.models_dir == WEIGHTS
    assert settings.cache_dir == tmp_path / "cache" / "second-look"
    assert settings.decoding_limits == DecodingLimits()
    assert settings.log_level == "INFO"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"INFERENCE_ENGINE": "onnxruntime", "MODELS_DIR": "elsewhere", "MAX_FILE_MB": "1.5", "LOG_LEVEL": "debug"}
    given |= {"MAX_MEGAPIXELS": "3", "DECODE_SECONDS": "2", "INFERENCE_SECONDS": "7.5", "INFERENCE_THREADS": ""}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = read_settings(ServingSettings)
    assert (settings.inference_engine, settings.models_dir, settings.log_level) == (
        "onnxruntime",
        Path("elsewhere"),
        "DEBUG",
    )
    assert settings.decoding_limits == DecodingLimits(megabytes=1.5, megapixels=3, seconds=2)
    assert settings.inference_seconds == 7.5
    assert settings.inference_threads >= 1


def test_a_dotenv_file_is_read_and_may_hold_other_programs_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("MAX_FILE_MB=7\nBOT_TOKEN=1:x\n")
    monkeypatch.setitem(ServingSettings.model_config, "env_file", tmp_path / ".env")
    assert read_settings(ServingSettings).max_file_mb == 7


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("INFERENCE_ENGINE", "tpu", "INFERENCE_ENGINE: Input should be 'auto', 'openvino' or 'onnxruntime'"),
        ("INFERENCE_THREADS", "0", "INFERENCE_THREADS: Input should be greater than or equal to 1"),
        ("MAX_FILE_MB", "-1", "MAX_FILE_MB: Input should be greater than 0"),
        ("DECODE_SECONDS", "soon", "DECODE_SECONDS: Input should be a valid number"),
        ("INFERENCE_SECONDS", "0", "INFERENCE_SECONDS: Input should be greater than 0"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: Input should be 'DEBUG'"),
    ],
)
def test_a_wrong_value_gives_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, text: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings) as caught:
        read_settings(ServingSettings)
    assert str(caught.value).startswith(text)
    assert "\n" not in str(caught.value)


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithSecret(ServingSettings):
        password: SecretStr = Field(SecretStr(""))

        @field_validator("password")
        @classmethod
        def _never_right(cls, value: SecretStr) -> SecretStr:
            raise ValueError("is wrong")

    monkeypatch.setenv("PASSWORD", "hunter2")
    monkeypatch.setenv("MAX_FILE_MB", "0")
    with pytest.raises(WrongSettings) as caught:
        read_settings(WithSecret)
    assert str(caught.value) == "MAX_FILE_MB: Input should be greater than 0; PASSWORD: is wrong"

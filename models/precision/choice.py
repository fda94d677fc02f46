"""Which precision each model is run in, and why."""

from __future__ import annotations

import importlib
import logging
import threading
import time
from dataclasses import replace
from enum import StrEnum
from typing import Any

from models.catalog import Catalog
from models.engines.base import EngineOptions, NetworkFile, Precision
from models.engines.choice import EngineSetting
from models.errors import ModelsError
from models.precision.findings import Findings
from models.precision.trial import Trial

_log = logging.getLogger(__name__)


class PrecisionSetting(StrEnum):
    """What ``INFERENCE_PRECISION`` may be."""

    AUTO = "auto"
    F32 = "f32"
    BF16 = "bf16"


class Precisions:
    """The precision of each model of ``catalog`` when ``engine`` runs it.

    bfloat16 only with OpenVINO, for models whose card allows it, on a CPU that announces it. With ``auto`` it must also
    have been found to work and to be quicker: ``try_out`` finds that out in another process, for the next start, so
    that none waits for it; float32 is used until then. With ``bf16`` whoever asks for it answers for the CPU.
    """

    def __init__(
        self, catalog: Catalog, engine: str, options: EngineOptions, setting: str = PrecisionSetting.AUTO
    ) -> None:
        self._catalog = catalog
        self._options = options
        self._setting = PrecisionSetting(setting)
        self._openvino = (
            _openvino() if engine == EngineSetting.OPENVINO and self._setting is not PrecisionSetting.F32 else None
        )
        version = self._openvino.version() if self._openvino else ""
        self._findings = Findings(options.cache / "precision" if options.cache else None, f"{engine} {version}")
        self._trial: Trial | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def options(self, name: str) -> EngineOptions:
        """How the model ``name`` is to be run. Raises ``UnknownModel``."""
        return replace(self._options, precision=self.of(name))

    def of(self, name: str) -> Precision:
        """The precision for the model ``name``. Raises ``UnknownModel``."""
        reason = self._against(name)
        if self._setting is PrecisionSetting.BF16 and reason:
            _log.warning("INFERENCE_PRECISION: %s is computed in f32: %s", name, reason)
        if reason or self._setting is PrecisionSetting.F32:
            return Precision.F32
        if self._setting is PrecisionSetting.BF16:
            return Precision.BF16
        found = [self._findings.get(file.sha256) for file in self._catalog.card(name).files]
        return Precision.BF16 if all(finding and finding.pays for finding in found) else Precision.F32

    def try_out(self) -> None:
        """Finds out in the background what is not known yet."""
        self._thread = threading.Thread(target=self.try_out_now, name="precision", daemon=True)
        self._thread.start()

    def try_out_now(self) -> None:
        """As ``try_out``, waited for. Nothing in it goes wrong for the caller."""
        begun = time.perf_counter()
        try:
            networks = self._unknown()
            with self._lock:
                if self._closed or not networks or self._options.cache is None:
                    return
                self._trial = Trial(networks, self._options.threads, self._options.cache)
        except (ModelsError, OSError) as error:
            _log.warning("bf16 cannot be tried: %s", error)
            return
        findings = self._trial.findings()
        if self._closed:  # it was ended and tells nothing
            return
        names = {network.sha256: network.path.name for network in networks}
        for finding in findings:
            self._findings.keep(finding)
            _log.info("Tried bf16 for %s: %s%s", names[finding.sha256], finding, ", from the next start on"
                      if finding.pays else "; it stays at f32")  # fmt: skip
        _log.info("Trying bf16 took %.1f s", time.perf_counter() - begun)

    def close(self) -> None:
        """Ends what is being tried."""
        with self._lock:
            self._closed = True
        if self._trial:
            self._trial.end()
        if self._thread:
            self._thread.join()

    def _unknown(self) -> list[NetworkFile]:
        if self._setting is not PrecisionSetting.AUTO or self._options.cache is None:
            return []
        names = [name for name in self._catalog.cards if not self._against(name)]
        networks = [network for name in names for network in self._catalog.networks(name)]
        return [network for network in networks if self._findings.get(network.sha256) is None]

    def _against(self, name: str) -> str:
        """Why the model ``name`` cannot be run in bfloat16 here; nothing where it can, for all that is announced."""
        if not self._catalog.card(name).allows(Precision.BF16):
            return "its card does not allow bf16"
        if self._openvino is None:
            return "only OpenVINO computes in bf16"
        if not self._openvino.computes_bf16():
            return "this CPU has no bf16"
        return ""


def _openvino() -> Any:
    """The engine's module, None where OpenVINO cannot be imported."""
    try:
        return importlib.import_module("models.engines.openvino")
    except ImportError:
        return None

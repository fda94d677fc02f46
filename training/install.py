"""``python -m training.install model=NAME from_dir=DIR``: a trained model replaces the served one, once its hashes, the
contract and its golden outputs hold on every engine of this machine. Until then what is served stays as it is."""

from __future__ import annotations

import sys
from pathlib import Path

import hydra
from omegaconf import DictConfig

from models.catalog import Catalog
from models.engines.base import EngineOptions
from models.errors import ModelsError
from models.verification import Outcome, verify
from training.command import ending_clearly
from training.data import DataError
from training.export.card_writer import place


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="install")
def main(config: DictConfig) -> None:
    with ending_clearly():
        install(config.model, Path(config.from_dir), Path(config.weights_dir))


def install(model: str, trained: Path, served: Path) -> None:
    """Verifies ``trained/model`` and puts it into ``served``. Raises ``DataError``."""
    try:
        catalog = Catalog.load(trained)
        checks = list(verify(catalog, model, EngineOptions()))
    except ModelsError as problem:
        raise DataError(str(problem)) from None
    for check in checks:
        sys.stdout.write(f"{check.model}: {check.subject}: {check.outcome} ({check.text})\n")
    failed = [check for check in checks if check.outcome is Outcome.FAILED]
    if failed or not any(check.subject.endswith("golden") for check in checks):
        why = "; ".join(f"{check.subject}: {check.text}" for check in failed) or "no engine is installed to try it on"
        raise DataError(f"{trained / model} is not served: {why}. {served / model} stays as it is.")
    sys.stdout.write(f"{model} {catalog.card(model).version} is in {place(catalog.path(model), served)}\n")


if __name__ == "__main__":
    main()

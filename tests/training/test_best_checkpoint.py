"""The checkpoint that is served is of the last stage, however well an earlier one scored on its smaller pictures."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

from training.pytorch.fit import BestOfLastStage

SCORES = [0.9, 0.95, 0.6, 0.7, 0.65]
"""Of each epoch; the last stage begins with the third."""


class Scoring(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch: list[torch.Tensor], _index: int) -> torch.Tensor:
        return self.layer(batch[0]).sum()

    def validation_step(self, _batch: list[torch.Tensor], _index: int) -> None:
        self.log("calibration_auc", SCORES[self.current_epoch])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def test_the_best_epoch_of_the_last_stage_is_kept(tmp_path: Path) -> None:
    best = BestOfLastStage(2, dirpath=tmp_path, filename="best", monitor="calibration_auc", mode="max")
    trainer = pl.Trainer(
        max_epochs=len(SCORES), callbacks=[best], accelerator="cpu", logger=False, num_sanity_val_steps=0,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    loader = DataLoader(TensorDataset(torch.ones(4, 1)), batch_size=2)
    trainer.fit(Scoring(), loader, loader)
    kept = torch.load(tmp_path / "best.ckpt", weights_only=False)
    assert kept["epoch"] == 3

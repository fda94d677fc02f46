"""Losses for rare classes, and mixup."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from training.pytorch.classifier import Mixup
from training.pytorch.losses import BalancedBinaryCrossEntropy, LogitAdjustedCrossEntropy, class_logits


def test_one_logit_weighs_both_classes_alike() -> None:
    loss = BalancedBinaryCrossEntropy(torch.tensor([30.0, 90.0]))
    ill, healthy = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]])
    unsure = torch.zeros(1, 1)
    assert float(loss(unsure, ill)) * 90 == pytest.approx(float(loss(unsure, healthy)) * 30)
    assert float(loss(unsure, healthy)) == pytest.approx(np.log(2))
    with pytest.raises(ValueError, match="two classes"):
        BalancedBinaryCrossEntropy.outputs_for(3)


def test_adjusted_logits_learn_what_a_class_is_worth_among_equals() -> None:
    """Where pictures say nothing, training ends at logits that are equal, however rare a class is."""
    counts = torch.tensor([90.0, 9.0, 1.0])
    labels = torch.repeat_interleave(torch.arange(3), counts.int())
    targets = one_hot(labels, 3).float()
    for tau, expected in ((1.0, [0.0, 0.0, 0.0]), (0.0, np.log([0.9, 0.09, 0.01]))):
        loss = LogitAdjustedCrossEntropy(counts, tau=tau, label_smoothing=0.0)
        logits = torch.zeros(3, requires_grad=True)
        optimizer = torch.optim.LBFGS([logits], max_iter=100)

        def closure(loss: torch.nn.Module = loss, logits: torch.Tensor = logits) -> torch.Tensor:
            logits.grad = None
            found = loss(logits.expand(len(labels), 3), targets)
            found.backward()
            return found

        optimizer.step(closure)
        learnt = (logits - logits.mean()).detach().numpy()
        np.testing.assert_allclose(learnt, np.array(expected) - np.mean(expected), atol=0.02)


def test_a_single_logit_becomes_two_with_the_same_softmax() -> None:
    single = torch.tensor([[-2.0], [0.5]])
    probabilities = torch.softmax(class_logits(single), dim=1)[:, 1]
    torch.testing.assert_close(probabilities, torch.sigmoid(single[:, 0]))


def test_mixup_blends_pictures_and_targets_by_the_same_share() -> None:
    torch.manual_seed(0)
    targets = torch.eye(4)
    images = torch.arange(4.0).view(4, 1, 1, 1).expand(4, 1, 2, 2)
    mixed, blended = Mixup(alpha=0.4, off_at_end=0)(images, targets)
    torch.testing.assert_close(blended.sum(dim=1), torch.ones(4))
    torch.testing.assert_close(mixed[:, 0, 0, 0], blended @ torch.arange(4.0))
    assert not torch.equal(mixed, images)

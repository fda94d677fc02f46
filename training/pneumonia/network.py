"""The network: torchvision's ResNet with one logit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.error import URLError

import torch
from torch import nn
from torchvision.models import ResNet50_Weights
from torchvision.models.resnet import Bottleneck, ResNet

from training.data import DataError
from training.pneumonia.checkpoints import load_network

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet's mean and standard deviation of RGB in 0..1, so that its weights can be the start."""


def architecture(layers: Sequence[int]) -> str:
    """The name of a bottleneck ResNet: ``resnet50`` for 3, 4, 6 and 3 blocks."""
    return f"resnet{3 * sum(layers) + 2}"


def build_resnet(layers: Sequence[int], pretrained: str, *, dense_maps: bool = False) -> ResNet:
    """A bottleneck ResNet (He et al. 2016) with one logit, for float ``[N, 3, H, W]`` as ``normalise`` gives.

    ``pretrained`` is ``imagenet`` (downloaded once, ResNet-50 only), a checkpoint of an earlier run to go on from, or
    ``none``: random weights, each block starting as the identity (Goyal et al. 2017). Raises ``DataError`` with advice
    when ImageNet weights cannot be had.

    With ``dense_maps`` the last stage dilates its kernels instead of striding (Chen et al. 2018, "DeepLab", 3.1): the
    same weights compute the same features at twice as many places along each side, for a heat map twice as fine.
    """
    if pretrained == "none" or Path(pretrained).is_file():
        network = ResNet(
            Bottleneck,
            list(layers),
            num_classes=1,
            zero_init_residual=True,
            replace_stride_with_dilation=[False, False, dense_maps],
        )
        return network if pretrained == "none" else load_network(Path(pretrained), network).train()
    if pretrained != "imagenet":
        raise DataError(f"pretrained={pretrained}: choose imagenet, none, or the path of a checkpoint.")
    if architecture(layers) != "resnet50":
        raise DataError(f"pretrained=imagenet: there are weights of resnet50 only, not of {architecture(layers)}.")
    network = ResNet(Bottleneck, list(layers), replace_stride_with_dilation=[False, False, dense_maps])
    try:
        network.load_state_dict(ResNet50_Weights.IMAGENET1K_V2.get_state_dict(progress=True, check_hash=True))
    except (URLError, OSError) as problem:
        raise DataError(
            f"ImageNet weights cannot be downloaded ({problem}). "
            "Connect to a network, or choose pretrained=none to start from random weights."
        ) from problem
    network.fc = nn.Linear(network.fc.in_features, 1)
    return network


def normalise(images: torch.Tensor) -> torch.Tensor:
    """uint8 ``[N, H, W, 3]``, RGB, to float32 ``[N, 3, H, W]`` in standard deviations from ImageNet's mean."""
    scale = torch.tensor([1 / (255 * std) for std in STD], device=images.device).view(1, 3, 1, 1)
    shift = torch.tensor([mean / std for mean, std in zip(MEAN, STD, strict=True)], device=images.device)
    return images.permute(0, 3, 1, 2).float() * scale - shift.view(1, 3, 1, 1)

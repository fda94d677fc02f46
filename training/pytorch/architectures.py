"""torchvision's classifiers, taken apart at global average pooling: maps before it, logits behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError

import torch
from torch import nn
from torchvision.models import (
    ConvNeXt_Tiny_Weights,
    DenseNet161_Weights,
    EfficientNet_V2_S_Weights,
    RegNet_Y_8GF_Weights,
    ResNet50_Weights,
    ResNeXt50_32X4D_Weights,
    WeightsEnum,
    convnext_tiny,
    densenet161,
    efficientnet_v2_s,
    regnet_y_8gf,
    resnext50_32x4d,
)
from torchvision.models.efficientnet import FusedMBConv, MBConv
from torchvision.models.regnet import ResBottleneckBlock
from torchvision.models.resnet import Bottleneck, ResNet

from training.data import DataError
from training.pytorch.checkpoints import load_network

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet's mean and standard deviation of RGB in 0..1, so that its weights can be the start."""
LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601."""


@dataclass(frozen=True)
class Architecture:
    """How a network is built and where it is taken apart.

    ``build(**options)`` gives it with random weights; ``maps(network, x)`` are its last feature maps ``[N, D, h, w]``;
    ``classifier`` is the attribute that takes their spatial mean to the logits, and ends in a linear layer.
    ``densifies``: its last stage can dilate instead of striding. ``weights``: ImageNet's, where torchvision has them.
    """

    build: Callable[..., nn.Module]
    maps: Callable[[Any, torch.Tensor], torch.Tensor]
    classifier: str
    weights: WeightsEnum | None = None
    densifies: bool = False


def _resnet_maps(network: ResNet, x: torch.Tensor) -> torch.Tensor:
    x = network.maxpool(network.relu(network.bn1(network.conv1(x))))
    maps: torch.Tensor = network.layer4(network.layer3(network.layer2(network.layer1(x))))
    return maps


def _features(network: Any, x: torch.Tensor) -> torch.Tensor:
    maps: torch.Tensor = network.features(x)
    return maps


def _densenet_maps(network: Any, x: torch.Tensor) -> torch.Tensor:
    return torch.relu(network.features(x))


def _regnet_maps(network: Any, x: torch.Tensor) -> torch.Tensor:
    maps: torch.Tensor = network.trunk_output(network.stem(x))
    return maps


def _bottleneck(*layers: int, **options: int) -> Callable[..., nn.Module]:
    return partial(ResNet, Bottleneck, list(layers), zero_init_residual=True, **options)


def _resnet(build: Callable[..., nn.Module], weights: WeightsEnum | None = None) -> Architecture:
    return Architecture(build, _resnet_maps, "fc", weights, densifies=True)


ARCHITECTURES = {
    # Small ones, for machines and questions to match.
    "resnet14": _resnet(_bottleneck(1, 1, 1, 1)),
    "resnet14_narrow": _resnet(_bottleneck(1, 1, 1, 1, width_per_group=16)),
    "resnet26": _resnet(_bottleneck(2, 2, 2, 2)),
    "resnet50": _resnet(_bottleneck(3, 4, 6, 3), ResNet50_Weights.IMAGENET1K_V2),
    "resnext50_32x4d": _resnet(partial(resnext50_32x4d, zero_init_residual=True), ResNeXt50_32X4D_Weights.DEFAULT),
    "densenet161": Architecture(densenet161, _densenet_maps, "classifier", DenseNet161_Weights.DEFAULT),
    "efficientnet_v2_s": Architecture(efficientnet_v2_s, _features, "classifier", EfficientNet_V2_S_Weights.DEFAULT),
    "regnet_y_8gf": Architecture(regnet_y_8gf, _regnet_maps, "fc", RegNet_Y_8GF_Weights.DEFAULT),
    "convnext_tiny": Architecture(convnext_tiny, _features, "classifier", ConvNeXt_Tiny_Weights.DEFAULT),
}


def architecture_of(name: str) -> Architecture:
    """Raises ``DataError`` for a name that is not offered."""
    if name not in ARCHITECTURES:
        raise DataError(f"model={name}: choose one of {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]


def build(name: str, outputs: int, pretrained: str, *, dense_maps: bool = False, **changed: float) -> nn.Module:
    """The network ``name`` with ``outputs`` logits, for float ``[N, 3, H, W]`` as ``Normalise`` gives.

    ``pretrained`` is ``imagenet`` (downloaded once), a checkpoint of an earlier run to go on from, or ``none``: random
    weights, residual blocks starting as the identity (Goyal et al. 2017). Raises ``DataError`` with advice when
    ImageNet weights cannot be had.

    With ``dense_maps`` an architecture that densifies dilates the kernels of its last stage instead of striding (Chen
    et al. 2018, "DeepLab", 3.1): the same weights compute the same features at twice as many places along each side,
    for a heat map twice as fine. ``changed`` are options of torchvision's constructor, e.g. ``dropout``.
    """
    architecture = architecture_of(name)
    options: dict[str, Any] = dict(changed)
    if dense_maps and architecture.densifies:
        options["replace_stride_with_dilation"] = [False, False, True]
    if pretrained == "none":
        return _starting_as_identity(architecture.build(num_classes=outputs, **options))
    if Path(pretrained).is_file():
        return load_network(Path(pretrained), architecture.build(num_classes=outputs, **options)).train()
    if pretrained != "imagenet":
        raise DataError(f"pretrained={pretrained}: choose imagenet, none, or the path of a checkpoint.")
    if architecture.weights is None:
        known = ", ".join(each for each, found in ARCHITECTURES.items() if found.weights)
        raise DataError(f"pretrained=imagenet: there are no weights of {name}, only of {known}.")
    network = architecture.build(**options)
    try:
        network.load_state_dict(architecture.weights.get_state_dict(progress=True, check_hash=True, weights_only=True))
    except (URLError, OSError) as problem:
        raise DataError(
            f"ImageNet weights cannot be downloaded ({problem}). "
            "Connect to a network, or choose pretrained=none to start from random weights."
        ) from problem
    replace_last_layer(network, name, outputs)
    return network


def _starting_as_identity(network: nn.Module) -> nn.Module:
    """``network`` with the last scale of each residual block at 0, where torchvision has no option for it: without,
    forty blocks deep, EfficientNet has hardly begun to learn when another network is done."""
    for block in network.modules():
        if isinstance(block, MBConv | FusedMBConv) and block.use_res_connect:
            nn.init.zeros_(block.block[-1][1].weight)
        elif isinstance(block, ResBottleneckBlock):
            nn.init.zeros_(block.f.c[1].weight)
    return network


def last_layer(network: nn.Module, name: str) -> nn.Linear:
    """The linear layer that ends in the logits."""
    found = getattr(network, architecture_of(name).classifier)
    last = found[-1] if isinstance(found, nn.Sequential) else found
    assert isinstance(last, nn.Linear)
    return last


def replace_last_layer(network: nn.Module, name: str, outputs: int) -> None:
    """Gives ``network`` a new last layer of ``outputs`` logits, with random weights."""
    attribute = architecture_of(name).classifier
    new = nn.Linear(last_layer(network, name).in_features, outputs)
    found = getattr(network, attribute)
    if isinstance(found, nn.Sequential):
        found[-1] = new
    else:
        setattr(network, attribute, new)


class Normalise(nn.Module):
    """uint8 ``[N, H, W, 3]``, RGB, to float32 ``[N, 3, H, W]`` in standard deviations from ImageNet's mean; with
    ``grey`` the three channels are the luma."""

    def __init__(self, *, grey: bool = False) -> None:
        super().__init__()
        self.grey = grey

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        scale = torch.tensor([1 / (255 * std) for std in STD], device=images.device).view(1, 3, 1, 1)
        shift = torch.tensor([mean / std for mean, std in zip(MEAN, STD, strict=True)], device=images.device)
        pixels = images.permute(0, 3, 1, 2).float()
        if self.grey:
            weights = torch.tensor(LUMA, device=images.device).view(1, 3, 1, 1)
            pixels = (pixels * weights).sum(dim=1, keepdim=True).expand(-1, 3, -1, -1)
        return pixels * scale - shift.view(1, 3, 1, 1)

"""The network as it is served: pictures in, probabilities, heat map and novelty out."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from models.engines.base import EngineOutput
from training.export.half import to_half_precision
from training.novelty import FeatureSpace
from training.pneumonia.network import normalise

BATCH = 16
SMALLEST_PEAK = 1e-6
OWN = 2
"""Of a dense map every second place along each side is one of the strided network's own."""


class ServedNetwork(nn.Module):
    """uint8 ``[N, H, W, 3]`` to ``probabilities`` ``[N, 2]`` (normal, pneumonia), ``heatmap`` ``[N, h, w]`` and
    ``novelty`` ``[N]``, all float32: the contract of every model."""

    mean: torch.Tensor
    axes: torch.Tensor
    spread: torch.Tensor

    def __init__(self, network: ResNet, temperature: float, space: FeatureSpace) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature
        self.register_buffer("mean", torch.from_numpy(space.mean))
        self.register_buffer("axes", torch.from_numpy(space.axes))
        self.register_buffer("spread", torch.from_numpy(space.spread))
        self.noise = space.noise

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        maps = feature_maps(self.network, image)
        pooled = pool(maps)
        logit = self.network.fc(pooled)
        probabilities = torch.sigmoid(torch.cat([-logit, logit], dim=1) / self.temperature)
        return probabilities, self._heatmap(maps, logit), self.novelty(pooled)

    def _heatmap(self, maps: torch.Tensor, logit: torch.Tensor) -> torch.Tensor:
        """Grad-CAM (Selvaraju et al. 2017) of the more probable class in closed form: behind global average pooling and
        one linear layer, the logit's gradient is that layer's weights, and of "normal" their negative."""
        evidence = (maps * self.network.fc.weight.view(1, -1, 1, 1)).sum(dim=1)
        towards_top = torch.where(logit >= 0, 1.0, -1.0).unsqueeze(2)
        cam = torch.relu(evidence * towards_top)
        return cam / torch.amax(cam, dim=(1, 2), keepdim=True).clamp(min=SMALLEST_PEAK)

    def novelty(self, pooled: torch.Tensor) -> torch.Tensor:
        """Root mean square of the distance in standard deviations over all directions of the feature space."""
        centred = pooled - self.mean
        along = centred @ self.axes
        left_over = (centred - along @ self.axes.T) / self.noise
        squares = (along / self.spread).square().sum(dim=1) + left_over.square().sum(dim=1)
        return torch.sqrt(squares / pooled.shape[1])


def feature_maps(network: ResNet, image: torch.Tensor) -> torch.Tensor:
    """The last feature maps, float ``[N, D, h, w]``, of pictures uint8 ``[N, H, W, 3]``."""
    x = network.maxpool(network.relu(network.bn1(network.conv1(normalise(image)))))
    maps: torch.Tensor = network.layer4(network.layer3(network.layer2(network.layer1(x))))
    return maps


def pool(maps: torch.Tensor) -> torch.Tensor:
    """Features ``[N, D]`` of dense maps: the average over the places of the network as it was trained, so that its
    probabilities are what they were."""
    return maps[:, :, ::OWN, ::OWN].mean(dim=(2, 3))


def for_serving(network: ResNet) -> ResNet:
    """A copy in which batch normalisation is folded into the convolutions, and their kernels and the last layer's are
    half-precision numbers (stored as float32)."""
    served = copy.deepcopy(network).eval()
    served.conv1, served.bn1 = fuse_conv_bn_eval(served.conv1, served.bn1), nn.Identity()
    for block in _blocks(served):
        for index in (1, 2, 3):
            convolution, normalisation = getattr(block, f"conv{index}", None), getattr(block, f"bn{index}", None)
            if convolution is not None and normalisation is not None:
                setattr(block, f"conv{index}", fuse_conv_bn_eval(convolution, normalisation))
                setattr(block, f"bn{index}", nn.Identity())
        if block.downsample is not None:
            block.downsample = nn.Sequential(fuse_conv_bn_eval(block.downsample[0], block.downsample[1]))
    for module in served.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.weight.data = torch.from_numpy(to_half_precision(module.weight.detach().numpy()))
    return served


def _blocks(network: ResNet) -> Iterator[Bottleneck | BasicBlock]:
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        yield from stage


@torch.inference_mode()
def features_and_logits(network: ResNet, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pooled features ``[N, D]`` and logits ``[N]`` of pictures uint8 ``[N, H, W, 3]``."""
    features, logits = [], []
    for start in range(0, len(pixels), BATCH):
        maps = feature_maps(network, torch.from_numpy(np.ascontiguousarray(pixels[start : start + BATCH])))
        pooled = pool(maps)
        features.append(pooled.numpy())
        logits.append(network.fc(pooled)[:, 0].numpy())
    return np.concatenate(features), np.concatenate(logits)


@torch.inference_mode()
def run_served(network: nn.Module, pixels: NDArray[np.uint8]) -> EngineOutput:
    """What PyTorch computes for pictures uint8 ``[N, H, W, 3]``."""
    parts = [
        network(torch.from_numpy(np.ascontiguousarray(pixels[start : start + BATCH])))
        for start in range(0, len(pixels), BATCH)
    ]
    return EngineOutput(*(torch.cat(tensors).numpy() for tensors in zip(*parts, strict=True)))


def export_onnx(network: ServedNetwork, path: Path, size: int) -> None:
    """Writes ``network`` for pictures of ``size`` x ``size`` pixels, any number at a time, as ONNX (opset 18)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    program = torch.onnx.export(
        network.eval(),
        (torch.zeros(2, size, size, 3, dtype=torch.uint8),),
        input_names=["image"],
        output_names=["probabilities", "heatmap", "novelty"],
        dynamic_shapes={"image": {0: torch.export.Dim.DYNAMIC}},
        opset_version=18,
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    program.save(path, external_data=False)

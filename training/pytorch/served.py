"""A network as it is served: pictures in, probabilities, heat map and novelty out."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.fx.experimental.optimization import fuse

from models.engines.base import EngineOutput
from training.export.narrow import to_eight_bit
from training.novelty import FeatureSpace
from training.pytorch.architectures import Normalise, architecture_of, last_layer
from training.pytorch.losses import class_logits

BATCH = 32
SMALLEST_NUMBER = 1e-12
SMALLEST_PEAK = 1e-3
"""Of the magnitude of what a heat map sums up: below it a peak is rounding and not attention, as where ConvNeXt's last
map has a single place, of which its layer normalisation leaves nothing."""


class Maps(nn.Module):
    """The last feature maps, float ``[N, D, h, w]``, of normalised pictures."""

    def __init__(self, network: nn.Module, name: str) -> None:
        super().__init__()
        self.network = network
        self._maps = architecture_of(name).maps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._maps(self.network, x)


class Backbone(nn.Module):
    """A trained network made ready to serve, in evaluation mode: batch normalisation is folded into the convolutions
    before it where there are any, and the kernels are 8-bit numbers times a factor for each output channel (stored as
    float32), so that a file with 8-bit weights holds exactly what is computed here.

    ``dense``: of its maps every second place along each side is one of the strided network's own.
    """

    def __init__(self, network: nn.Module, name: str, *, grey: bool, narrow: bool = True) -> None:
        super().__init__()
        architecture = architecture_of(name)
        network = copy.deepcopy(network).eval()
        self.normalise = Normalise(grey=grey)
        self.dense = architecture.densifies
        self.classifier: nn.Module = getattr(network, architecture.classifier)
        self.last = last_layer(network, name)
        self.maps = fuse(Maps(network, name).eval())
        if narrow:
            for module in self.modules():
                if isinstance(module, nn.Conv2d | nn.Linear):
                    module.weight.data = torch.from_numpy(to_eight_bit(module.weight.detach().numpy(), axis=0))

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Maps ``[N, D, h, w]`` and pooled features ``[N, D]`` of pictures uint8 ``[N, H, W, 3]``."""
        maps = self.maps(self.normalise(image))
        return maps, self.pool(maps)

    def pool(self, maps: torch.Tensor) -> torch.Tensor:
        """The average over the places of the network as it was trained, so that its probabilities are the same."""
        return (maps[:, :, ::2, ::2] if self.dense else maps).mean(dim=(2, 3))

    def logits(self, pooled: torch.Tensor) -> torch.Tensor:
        """Logits ``[N, C]`` of pooled features ``[N, D]``."""
        # ConvNeXt normalises [N, D, 1, 1] before its last layer; for the others the two last axes are nothing.
        behind = self.classifier(pooled[:, :, None, None] if self._normalises else pooled)
        return class_logits(behind)

    def gradient_of_top(self, pooled: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """d max(logits) / d pooled, ``[N, D]``, in closed form: autograd cannot be exported."""
        top = (logits == logits.amax(dim=1, keepdim=True)).float()
        weight = self.last.weight
        towards_top = top @ (torch.cat([-weight, weight]) / 2 if len(weight) == 1 else weight)
        return self._through_normalisation(pooled, towards_top) if self._normalises else towards_top

    @property
    def _normalises(self) -> bool:
        return isinstance(self.classifier, nn.Sequential) and isinstance(self.classifier[0], nn.LayerNorm)

    def _through_normalisation(self, pooled: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """Back through a layer normalisation (Ba et al. 2016)."""
        assert isinstance(self.classifier, nn.Sequential)
        norm = self.classifier[0]
        assert isinstance(norm, nn.LayerNorm)
        centred = pooled - pooled.mean(dim=1, keepdim=True)
        inverse = torch.rsqrt(centred.square().mean(dim=1, keepdim=True) + norm.eps)
        standard = centred * inverse
        scaled = gradient * norm.weight
        along = (scaled * standard).mean(dim=1, keepdim=True)
        return inverse * (scaled - scaled.mean(dim=1, keepdim=True) - standard * along)


class ServedNetwork(nn.Module):
    """uint8 ``[N, H, W, 3]`` to ``probabilities`` ``[N, C]``, ``heatmap`` ``[N, h, w]`` and ``novelty`` ``[N]``, all
    float32: the contract of every model."""

    mean: torch.Tensor
    axes: torch.Tensor
    spread: torch.Tensor

    def __init__(self, backbone: Backbone, temperature: float, space: FeatureSpace) -> None:
        super().__init__()
        self.backbone = backbone
        self.temperature = temperature
        self.register_buffer("mean", torch.from_numpy(space.mean))
        self.register_buffer("axes", torch.from_numpy(space.axes))
        self.register_buffer("spread", torch.from_numpy(space.spread))
        self.noise = space.noise

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        maps, pooled = self.backbone(image)
        logits = self.backbone.logits(pooled)
        probabilities = torch.softmax(logits / self.temperature, dim=1)
        return probabilities, _heatmap(maps, self.backbone.gradient_of_top(pooled, logits)), self.novelty(pooled)

    def novelty(self, pooled: torch.Tensor) -> torch.Tensor:
        """Root mean square of the distance in standard deviations over all directions of the feature space."""
        centred = pooled - self.mean
        along = centred @ self.axes
        left_over = (centred - along @ self.axes.T) / self.noise
        squares = (along / self.spread).square().sum(dim=1) + left_over.square().sum(dim=1)
        return torch.sqrt(squares / pooled.shape[1])


def _heatmap(maps: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Grad-CAM (Selvaraju et al. 2017), 0..1: behind global average pooling its weights are d logit / d pooled."""
    terms = maps * weights[:, :, None, None]
    cam = torch.relu(terms.sum(dim=1))
    floor = SMALLEST_PEAK * torch.amax(terms.abs().sum(dim=1), dim=(1, 2), keepdim=True)
    return cam / torch.maximum(torch.amax(cam, dim=(1, 2), keepdim=True), floor).clamp(min=SMALLEST_NUMBER)


@torch.inference_mode()
def features_and_logits(backbone: Backbone, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
    """Pooled features ``[N, D]`` and logits ``[N, C]`` of pictures uint8 ``[N, H, W, 3]``."""
    features, logits = [], []
    for start in range(0, len(pixels), BATCH):
        _, pooled = backbone(torch.from_numpy(np.ascontiguousarray(pixels[start : start + BATCH])))
        features.append(pooled.numpy())
        logits.append(backbone.logits(pooled).numpy())
    return np.concatenate(features), np.concatenate(logits)


@torch.inference_mode()
def run_served(network: nn.Module, pixels: NDArray[np.uint8]) -> EngineOutput:
    """What PyTorch computes for pictures uint8 ``[N, H, W, 3]``."""
    parts = [
        network(torch.from_numpy(np.ascontiguousarray(pixels[start : start + BATCH])))
        for start in range(0, len(pixels), BATCH)
    ]
    return EngineOutput(*(torch.cat(tensors).numpy() for tensors in zip(*parts, strict=True)))


def export_onnx(network: nn.Module, path: Path, size: int) -> None:
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

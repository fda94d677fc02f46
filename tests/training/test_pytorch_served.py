"""A PyTorch network as it is served against what it stands for, for every architecture on offer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto

from models.engines.base import NetworkFile
from training.data import DataError
from training.export.narrow import store_narrow
from training.export.parity import ParityError, compare, require_parity
from training.novelty import FeatureSpace
from training.pytorch.architectures import ARCHITECTURES, Normalise, build, last_layer
from training.pytorch.reference import load, save
from training.pytorch.served import Backbone, ServedNetwork, export_onnx, features_and_logits, run_served

pytestmark = pytest.mark.timeout(600)  # the largest is exported in 20 s on an idle core

SIZE = 64
TEMPERATURE = 1.7
SMALL = "resnet14"


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """Coarse coloured blocks under a little noise: they differ more than 8-bit kernels make them differ."""
    random = np.random.default_rng(0)
    blocks = random.integers(0, 256, (8, 4, 4, 3)).repeat(SIZE // 4, axis=1).repeat(SIZE // 4, axis=2)
    return np.clip(blocks + random.normal(0, 10, blocks.shape), 0, 255).astype(np.uint8)


def trained_looking(name: str, outputs: int, pixels: np.ndarray) -> torch.nn.Module:
    """Random weights with the batch statistics of ``pixels``, and logits around zero, so that the top class varies."""
    torch.manual_seed(0)
    network = build(name, outputs, "none").train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.2, 0.2)
            module.momentum = None  # the plain average
        if type(module).__name__ == "CNBlock":
            torch.nn.init.constant_(module.layer_scale, 0.5)
    images = Normalise()(torch.from_numpy(pixels))
    with torch.no_grad():
        network(images)
        logits = network.eval()(images)
        last = last_layer(network, name)
        last.weight /= logits.std(dim=0).mean()
        last.bias -= (network(images)).mean(dim=0)
    return network


def densified(network: torch.nn.Module, name: str) -> torch.nn.Module:
    dense = build(name, last_layer(network, name).out_features, "none", dense_maps=True)
    dense.load_state_dict(network.state_dict())
    return dense


def served_from(network: torch.nn.Module, name: str, pixels: np.ndarray, *, grey: bool = False) -> ServedNetwork:
    backbone = Backbone(densified(network, name), name, grey=grey)
    features, logits = features_and_logits(backbone, pixels)
    centre = torch.from_numpy(logits.mean(axis=0))
    backbone.last.bias.data -= centre if len(centre) == len(backbone.last.bias) else 2 * centre[1:]
    spread = np.random.default_rng(1).normal(0, 0.1, (20, features.shape[1])).astype(np.float32)
    return ServedNetwork(backbone, TEMPERATURE, FeatureSpace.fit(features.mean(axis=0) + spread, 8)).eval()


@pytest.fixture(scope="module")
def small(pixels: np.ndarray) -> ServedNetwork:
    return served_from(trained_looking(SMALL, 1, pixels), SMALL, pixels)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_each_architecture_is_served_as_it_was_trained(name: str, pixels: np.ndarray, tmp_path: Path) -> None:
    """Folding, rounding, the closed form of Grad-CAM, the export and both engines."""
    network = trained_looking(name, 7, pixels)
    with torch.inference_mode():
        trained = network(Normalise()(torch.from_numpy(pixels))).numpy()
    _, folded = features_and_logits(Backbone(densified(network, name), name, grey=False, narrow=False), pixels)
    np.testing.assert_allclose(folded, trained, atol=2e-3)

    served = served_from(network, name, pixels)
    output = run_served(served, pixels)
    assert len(set(output.probabilities.argmax(axis=1))) > 1
    for index, top in enumerate(output.probabilities.argmax(axis=1)):
        maps, _ = served.backbone(torch.from_numpy(pixels[index : index + 1]))
        maps = maps.detach().requires_grad_()
        logits = served.backbone.logits(served.backbone.pool(maps))
        (gradient,) = torch.autograd.grad(logits[0, top], maps)
        cam = torch.relu((gradient.sum(dim=(2, 3), keepdim=True) * maps).sum(dim=1))[0].detach().numpy()
        np.testing.assert_allclose(output.heatmap[index], cam / max(cam.max(), 1e-6), atol=2e-4)

    path = tmp_path / "served.onnx"
    export_onnx(served, path, SIZE)
    whole = path.stat().st_size
    assert store_narrow(path) > 10
    assert path.stat().st_size < 0.29 * whole
    assert b'.py", line ' not in path.read_bytes(), "a note of the exporter names files of this machine"
    require_parity(compare(NetworkFile.of(path, SIZE, SIZE, 7), pixels, output))


def test_what_pretrained_may_be_is_said() -> None:
    with pytest.raises(DataError, match="pretrained=yes: choose imagenet, none, or"):
        build(SMALL, 1, "yes")
    with pytest.raises(DataError, match="no weights of resnet14, only of resnet50"):
        build(SMALL, 1, "imagenet")
    with pytest.raises(DataError, match="model=resnet51: choose one of resnet14, "):
        build("resnet51", 1, "none")


@pytest.mark.parametrize("name", [name for name, found in ARCHITECTURES.items() if found.weights])
def test_without_a_network_the_way_out_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("torchvision.models._api.WeightsEnum.get_state_dict", unreachable)
    with pytest.raises(DataError, match=r"no route to host.*choose pretrained=none"):
        build(name, 7, "imagenet")


def test_imagenet_weights_keep_all_but_the_last_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(3)
    known = ARCHITECTURES["resnet50"].build().state_dict()
    monkeypatch.setattr("torchvision.models._api.WeightsEnum.get_state_dict", lambda *_, **__: known)
    network = build("resnet50", 7, "imagenet")
    assert last_layer(network, "resnet50").weight.shape == (7, 2048)
    torch.testing.assert_close(network.state_dict()["layer4.2.conv3.weight"], known["layer4.2.conv3.weight"])


def test_normalisation_is_imagenets() -> None:
    white = Normalise()(torch.full((1, 1, 1, 3), 255, dtype=torch.uint8))
    expected = [(1 - mean) / std for mean, std in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
    assert white.flatten().tolist() == pytest.approx(expected, rel=1e-5)


def test_a_grey_network_sees_the_luma_only() -> None:
    red = torch.tensor([[[[200, 0, 0]]]], dtype=torch.uint8)
    grey = torch.full((1, 1, 1, 3), round(200 * 0.299), dtype=torch.uint8)
    torch.testing.assert_close(Normalise(grey=True)(red), Normalise()(grey), atol=0.01, rtol=0)


def test_dense_maps_hold_the_strided_ones_and_what_lies_between(pixels: np.ndarray) -> None:
    torch.manual_seed(2)
    strided = build("resnet26", 1, "none").eval()
    dense = build("resnet26", 1, "none", dense_maps=True).eval()
    dense.load_state_dict(strided.state_dict())
    images = Normalise()(torch.from_numpy(pixels[:2]))
    maps = ARCHITECTURES["resnet26"].maps
    with torch.inference_mode():
        coarse, fine = maps(strided, images), maps(dense, images)
    assert coarse.shape[2:] == (2, 2)
    assert fine.shape[2:] == (4, 4)
    torch.testing.assert_close(fine[:, :, ::2, ::2], coarse, atol=1e-5, rtol=1e-4)


def test_a_single_logit_is_the_tempered_sigmoid(small: ServedNetwork, pixels: np.ndarray) -> None:
    _, logits = features_and_logits(small.backbone, pixels)
    probabilities = run_served(small, pixels).probabilities
    single = logits[:, 1] - logits[:, 0]
    np.testing.assert_allclose(probabilities[:, 1], 1 / (1 + np.exp(-single / TEMPERATURE)), atol=1e-6)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_novelty_is_the_mahalanobis_distance_of_the_fitted_covariance(small: ServedNetwork) -> None:
    generator = np.random.default_rng(0)
    cloud = (generator.normal(size=(500, 6)) * [5, 3, 1, 0.3, 0.3, 0.3]).astype(np.float32)
    space = FeatureSpace.fit(cloud, 3)
    covariance = space.axes @ np.diag(space.spread**2 - space.noise**2) @ space.axes.T + space.noise**2 * np.eye(6)
    np.testing.assert_allclose(covariance, np.cov(cloud.T), atol=0.2)
    centred = cloud[:10] - space.mean
    expected = np.sqrt(np.einsum("ni,ij,nj->n", centred, np.linalg.inv(covariance), centred) / 6)
    network = ServedNetwork(small.backbone, 1.0, space)
    np.testing.assert_allclose(network.novelty(torch.from_numpy(cloud[:10])).numpy(), expected, rtol=1e-3)


def test_the_file_holds_8_bit_kernels_and_a_changed_network_is_noticed(
    small: ServedNetwork, pixels: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "served.onnx"
    export_onnx(small, path, SIZE)
    store_narrow(path)
    kernels = [tensor for tensor in onnx.load(path).graph.initializer if len(tensor.dims) == 4 and tensor.dims[0] > 1]
    assert {tensor.data_type for tensor in kernels} == {TensorProto.INT8}
    network = NetworkFile.of(path, SIZE, SIZE, 2)
    small.temperature = 1.0
    try:
        with pytest.raises(ParityError, match="openvino: 8 pictures"):
            require_parity(compare(network, pixels, run_served(small, pixels)))
    finally:
        small.temperature = TEMPERATURE


def test_the_reference_comes_back_as_it_was_kept(small: ServedNetwork, pixels: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"served\.pt: no such file"):
        load(tmp_path)
    save(small, SMALL, tmp_path, grey=False)
    np.testing.assert_array_equal(run_served(load(tmp_path), pixels).heatmap, run_served(small, pixels).heatmap)

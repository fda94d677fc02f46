"""The network as it is served against what it stands for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto

from models.engines.base import NetworkFile
from training.data import DataError
from training.export.half import store_as_half, to_half_precision
from training.export.parity import ParityError, compare, require_parity
from training.novelty import FeatureSpace
from training.pneumonia.network import architecture, build_resnet, normalise
from training.pneumonia.reference import load, save
from training.pneumonia.served import (
    ServedNetwork,
    export_onnx,
    feature_maps,
    features_and_logits,
    for_serving,
    pool,
    run_served,
)

LAYERS = [1, 1, 1, 1]
SIZE = 96


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, SIZE, SIZE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def served(pixels: np.ndarray) -> ServedNetwork:
    torch.manual_seed(0)
    network = build_resnet(LAYERS, "none", dense_maps=True).train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.2, 0.2)
    with torch.no_grad():
        for _ in range(20):
            network(normalise(torch.from_numpy(pixels)))
    network.fc.bias.data -= network.eval()(normalise(torch.from_numpy(pixels))).mean()
    ready = for_serving(network)
    features, _ = features_and_logits(ready, pixels)
    space = FeatureSpace.fit(features + np.random.default_rng(1).normal(0, 0.1, features.shape).astype(np.float32), 8)
    return ServedNetwork(ready, 1.7, space).eval()


def test_architectures_are_named_by_their_depth() -> None:
    assert architecture([3, 4, 6, 3]) == "resnet50"
    assert architecture(LAYERS) == "resnet14"


def test_what_pretrained_may_be_is_said() -> None:
    with pytest.raises(DataError, match="pretrained=yes: choose imagenet, none, or"):
        build_resnet(LAYERS, "yes")
    with pytest.raises(DataError, match="weights of resnet50 only, not of resnet14"):
        build_resnet(LAYERS, "imagenet")


def test_without_a_network_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("torchvision.models._api.WeightsEnum.get_state_dict", unreachable)
    with pytest.raises(DataError, match=r"no route to host.*choose pretrained=none"):
        build_resnet([3, 4, 6, 3], "imagenet")


def test_normalisation_is_imagenets() -> None:
    white = normalise(torch.full((1, 1, 1, 3), 255, dtype=torch.uint8))
    expected = [(1 - mean) / std for mean, std in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
    assert white.flatten().tolist() == pytest.approx(expected, rel=1e-5)


def test_dense_maps_hold_the_strided_ones_and_what_lies_between(pixels: np.ndarray) -> None:
    torch.manual_seed(2)
    strided = build_resnet([1, 1, 1, 2], "none").eval()
    dense = build_resnet([1, 1, 1, 2], "none", dense_maps=True).eval()
    dense.load_state_dict(strided.state_dict())
    with torch.inference_mode():
        coarse, fine = (feature_maps(network, torch.from_numpy(pixels[:2])) for network in (strided, dense))
    assert coarse.shape[2:] == (3, 3)
    assert fine.shape[2:] == (6, 6)
    torch.testing.assert_close(fine[:, :, ::2, ::2], coarse, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(pool(fine), coarse.mean(dim=(2, 3)), atol=1e-5, rtol=1e-4)


def test_folding_and_rounding_hardly_change_the_logits(pixels: np.ndarray) -> None:
    torch.manual_seed(1)
    network = build_resnet(LAYERS, "none").train()
    with torch.no_grad():
        network(normalise(torch.from_numpy(pixels)))
    network.eval()
    _, before = features_and_logits(network, pixels)
    _, after = features_and_logits(for_serving(network), pixels)
    np.testing.assert_allclose(after, before, atol=5e-3)


def test_probabilities_are_the_tempered_sigmoid_of_the_logit(served: ServedNetwork, pixels: np.ndarray) -> None:
    _, logits = features_and_logits(served.network, pixels)
    probabilities = run_served(served, pixels).probabilities
    np.testing.assert_allclose(probabilities[:, 1], 1 / (1 + np.exp(-logits / 1.7)), atol=1e-6)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_the_heat_map_is_grad_cam_of_the_top_class(served: ServedNetwork, pixels: np.ndarray) -> None:
    output = run_served(served, pixels)
    tops = output.probabilities.argmax(axis=1)
    assert set(tops) == {0, 1}
    for index, top in enumerate(tops):
        maps = feature_maps(served.network, torch.from_numpy(pixels[index : index + 1])).detach().requires_grad_()
        logit = served.network.fc(pool(maps))[0, 0]
        (gradient,) = torch.autograd.grad(logit if top == 1 else -logit, maps)
        cam = torch.relu((gradient.sum(dim=(2, 3), keepdim=True) * maps).sum(dim=1))[0].detach().numpy()
        expected = cam / cam.max() if cam.max() > 0 else cam
        np.testing.assert_allclose(output.heatmap[index], expected, atol=1e-4)


def test_novelty_is_the_mahalanobis_distance_of_the_fitted_covariance(served: ServedNetwork) -> None:
    generator = np.random.default_rng(0)
    cloud = (generator.normal(size=(500, 6)) * [5, 3, 1, 0.3, 0.3, 0.3]).astype(np.float32)
    space = FeatureSpace.fit(cloud, 3)
    covariance = space.axes @ np.diag(space.spread**2 - space.noise**2) @ space.axes.T + space.noise**2 * np.eye(6)
    np.testing.assert_allclose(covariance, np.cov(cloud.T), atol=0.2)
    centred = cloud[:10] - space.mean
    expected = np.sqrt(np.einsum("ni,ij,nj->n", centred, np.linalg.inv(covariance), centred) / 6)
    network = ServedNetwork(served.network, 1.0, space)
    np.testing.assert_allclose(network.novelty(torch.from_numpy(cloud[:10])).numpy(), expected, rtol=1e-3)


def test_rounding_to_half_precision_refuses_what_half_cannot_hold() -> None:
    assert to_half_precision(np.float32([0.1])) == np.float32(np.float16(0.1))
    with pytest.raises(ValueError, match="beyond float16's range"):
        to_half_precision(np.float32([70_000.0]))


def test_the_exported_file_is_half_the_size_and_both_engines_agree(
    served: ServedNetwork, pixels: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "served.onnx"
    export_onnx(served, path, SIZE)
    whole = path.stat().st_size
    assert store_as_half(path) >= 14
    assert path.stat().st_size < 0.55 * whole
    kernels = [tensor for tensor in onnx.load(path).graph.initializer if len(tensor.dims) == 4 and tensor.dims[0] > 3]
    assert {tensor.data_type for tensor in kernels} == {TensorProto.FLOAT16}

    network = NetworkFile.of(path, SIZE, SIZE, 2)
    reference = run_served(served, pixels)
    differences = compare(network, pixels, reference)
    assert [found.engine for found in differences] == ["openvino", "onnxruntime"]
    require_parity(differences)
    served.temperature = 1.0
    try:
        with pytest.raises(ParityError, match="openvino: 20 pictures"):
            require_parity(compare(network, pixels, run_served(served, pixels)))
    finally:
        served.temperature = 1.7


def test_the_reference_comes_back_as_it_was_kept(served: ServedNetwork, pixels: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"served\.pt: no such file"):
        load(tmp_path)
    save(served, LAYERS, tmp_path)
    again = run_served(load(tmp_path), pixels)
    np.testing.assert_array_equal(again.heatmap, run_served(served, pixels).heatmap)

"""FlowPrior: its methods, and round trips through its file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from prior_files import INFO, made, taken_apart
from skimage import data

from napari_flowprior import FlowPrior
from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

LICENCE = re.compile(r"licence|CC0|CC[- ]BY|public domain|GPL|MIT$", re.IGNORECASE)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("levels", [1, 2])
def test_round_trip_is_exact(tmp_path: Path, channels: int, levels: int) -> None:
    prior = made(channels=channels, levels=levels, noise_conditional=True)
    prior.save(tmp_path / "a.safetensors")
    loaded = FlowPrior.load(tmp_path / "a.safetensors")
    assert loaded.flow.config == prior.flow.config
    expected = prior.flow.state_dict()
    state = loaded.flow.state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[name], expected[name]) for name in state)
    assert all(tensor.dtype == torch.float32 for tensor in state.values())
    batch = torch.rand(2, channels, 8, 8)
    assert torch.allclose(
        loaded.log_prob(batch, 0.1), prior.log_prob(batch, 0.1), rtol=1e-5
    )


def test_round_trip_keeps_the_information(path: Path) -> None:
    info = FlowPrior.load(path).info
    _, body = taken_apart(path)
    assert info == replace(INFO, checksum=hashlib.sha256(body).hexdigest())
    assert FlowPrior.load(str(path)).name == "small"


def test_saving_again_gives_the_same_bytes(path: Path) -> None:
    again = path.with_name("again.safetensors")
    FlowPrior.load(path).save(again)
    assert again.read_bytes() == path.read_bytes()


def test_half_precision_is_close_and_smaller(tmp_path: Path) -> None:
    prior = made(hidden=32, blocks=2)
    full, half = tmp_path / "full.safetensors", tmp_path / "half.safetensors"
    prior.save(full)
    prior.save(half, half=True)
    assert half.stat().st_size < 0.7 * full.stat().st_size
    expected = prior.flow.state_dict()
    state = FlowPrior.load(half).flow.state_dict()
    for name, tensor in state.items():
        assert tensor.dtype == torch.float32
        assert torch.allclose(tensor, expected[name], rtol=2**-10, atol=1e-7)
        if tensor.numel() <= 4096:
            assert torch.equal(tensor, expected[name])


def test_double_precision_is_saved_as_single(tmp_path: Path) -> None:
    prior = made().to("cpu", torch.float64)
    assert prior.dtype == torch.float64
    prior.save(tmp_path / "a.safetensors")
    assert FlowPrior.load(tmp_path / "a.safetensors").dtype == torch.float32


def test_methods_agree_with_the_flow() -> None:
    prior = made(noise_conditional=True)
    batch = torch.rand(3, 1, 8, 6)
    sigma = torch.tensor([0.0, 0.1, 0.2])
    log_prob, score = prior.log_prob(batch, sigma), prior.score(batch, sigma)
    assert log_prob.shape == (3,)
    assert score.shape == batch.shape
    assert torch.equal(log_prob, prior.flow.log_prob(batch, sigma))
    assert torch.equal(score, prior.flow.score(batch, sigma))
    assert not log_prob.requires_grad
    assert not torch.allclose(log_prob, prior.log_prob(batch))


def test_score_is_the_gradient_of_the_log_density() -> None:
    prior = made(noise_conditional=True).to("cpu", torch.float64)
    batch = torch.rand(1, 1, 4, 4, dtype=torch.float64)
    step = 1e-6 * torch.randn(batch.shape, dtype=torch.float64)
    change = prior.log_prob(batch + step, 0.1) - prior.log_prob(batch - step, 0.1)
    expected = 2 * (prior.score(batch, 0.1) * step).sum()
    assert change.item() == pytest.approx(expected.item(), rel=1e-4)


def test_denoise_follows_the_score() -> None:
    prior = made(noise_conditional=True)
    batch = torch.rand(2, 1, 4, 4)
    expected = batch + 0.04 * prior.score(batch, 0.2)
    assert torch.allclose(prior.denoise(batch, 0.2), expected)
    assert torch.equal(prior.denoise(batch, 0.0), batch)


def test_denoise_follows_the_score_network(tmp_path: Path) -> None:
    prior = made(noise_conditional=True, score_widths=(4, 4))
    network = prior.flow.score_network
    assert network is not None
    torch.nn.init.normal_(network.tail.weight, std=0.1)
    batch = torch.rand(2, 1, 8, 8)
    expected = batch + 0.2 * network(batch, torch.full((2,), 0.2)).detach()
    assert torch.allclose(prior.denoise(batch, 0.2), expected, atol=1e-6)
    assert torch.equal(prior.denoise(batch, 0.0), batch)
    with pytest.raises(InputError, match="sigma is -1"):
        prior.denoise(batch, -1)
    with pytest.raises(InputError, match="float64"):
        prior.denoise(batch.double(), 0.2)
    prior.save(tmp_path / "network.safetensors")
    loaded = FlowPrior.load(tmp_path / "network.safetensors")
    assert loaded.has_score_network
    assert loaded.flow.config == prior.flow.config
    assert torch.equal(loaded.denoise(batch, 0.2), prior.denoise(batch, 0.2))


def test_properties() -> None:
    prior = made(channels=3, levels=2, noise_conditional=True)
    assert (prior.name, prior.channels, prior.stride) == ("small", 3, 4)
    assert prior.sigma_max == 0.25
    assert prior.device == torch.device("cpu")
    assert made().sigma_max == 0.0
    assert not prior.has_score_network
    assert not prior.flow.training
    assert not any(p.requires_grad for p in prior.flow.parameters())


@pytest.mark.parametrize("method", ["log_prob", "score", "denoise"])
def test_unconditioned_prior_refuses_sigma(method: str) -> None:
    prior = made()
    batch = torch.rand(1, 1, 4, 4)
    with pytest.raises(InputError, match=r"small is not conditioned .* sigma 0\.1"):
        getattr(prior, method)(batch, 0.1)
    assert getattr(prior, method)(batch, 0.0).isfinite().all()


@pytest.mark.parametrize("sigma", [-0.1, float("nan"), float("inf")])
def test_wrong_sigma_is_refused(sigma: float) -> None:
    with pytest.raises(InputError, match="sigma is"):
        made(noise_conditional=True).log_prob(torch.rand(1, 1, 4, 4), sigma)


@pytest.mark.parametrize("shape", [(1, 4, 4), (1, 2, 4, 4), (1, 1, 5, 4), (0, 1, 4, 4)])
def test_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="does not fit this flow"):
        made().log_prob(torch.rand(shape))


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (torch.rand(1, 1, 4, 4, dtype=torch.float64), "float64 on cpu"),
        (torch.rand(1, 1, 4, 4, dtype=torch.float16), "float16 on cpu"),
        (torch.empty(1, 1, 4, 4, device="meta"), "float32 on meta"),
        (torch.ones(1, 1, 4, 4, dtype=torch.uint8), "of type torch.uint8"),
        ([[0.5]], "of type list"),
    ],
)
@pytest.mark.parametrize("method", ["log_prob", "score"])
def test_wrong_type_or_device_is_refused(method: str, batch: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        getattr(made(), method)(batch)
    assert words in str(caught.value)


def test_loading_leaves_the_random_state_alone(path: Path) -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    FlowPrior.load(path)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("name", "channels"), [("photo-gray", 1), ("photo-rgb", 3), ("microscopy", 1)]
)
def test_shipped_prior(name: str, channels: int) -> None:
    prior = FlowPrior.load(name)
    assert prior.name == name
    assert prior.channels == channels
    assert prior.sigma_max == 1
    assert prior.density_sigma_max == pytest.approx(60 / 255, rel=0.01)
    assert prior.flow.config.score_clipping
    assert prior.info.licence.startswith("BSD-3-Clause")
    assert prior.info.description
    assert prior.info.training
    assert prior.info.sources
    assert all(LICENCE.search(text) for text in prior.info.sources)
    batch = torch.full((1, channels, 16, 16), 0.5)
    noisy = batch + 0.1 * torch.randn(
        batch.shape, generator=torch.Generator().manual_seed(0)
    )
    restored = prior.denoise(noisy, 0.1)
    assert (restored - batch).square().mean() < 0.2 * (noisy - batch).square().mean()


@pytest.mark.parametrize("name", ["photo-gray", "photo-rgb", "microscopy"])
@pytest.mark.parametrize("level", [10 / 255, 25 / 255, 60 / 255])
def test_shipped_priors_are_steady(name: str, level: float) -> None:
    """Told of noise that is not there, they smooth the image and make nothing up."""
    prior = FlowPrior.load(name)
    colours = torch.from_numpy(data.astronaut()[20:148, 150:278].copy()) / 255
    image = colours.permute(2, 0, 1)[None, : prior.channels]
    ramp = torch.linspace(0, 1, 128).expand_as(image)
    for clean in (image, ramp, torch.full_like(image, 0.5)):
        answer = prior.denoise(clean, level)
        assert (answer - clean).square().mean().sqrt() < 0.6 * level
        assert answer.min() > clean.min() - 0.5
        assert answer.max() < clean.max() + 0.5


def test_overwriting_needs_the_flag(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(InputError, match="exists already") as caught:
        made(seed=1).save(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    made(seed=1).save(path, overwrite=True)
    assert path.read_bytes() != before
    assert FlowPrior.load(path).name == "small"
    assert list(path.parent.iterdir()) == [path]


def test_saving_to_no_folder_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        made().save(tmp_path / "missing" / "a.safetensors")
    with pytest.raises(InputError, match="is a folder"):
        made().save(tmp_path)

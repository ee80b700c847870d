"""The network that tells noise from texture, and its weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_flowprior.restoration.noise._noise_network import (
    NoiseNetwork,
    finest_scale_of,
    shipped_noise_network,
)

RNG = np.random.default_rng(0)


def white(level: float, side: int = 128) -> torch.Tensor:
    tile = 0.5 + level * RNG.standard_normal((1, 1, side, side))
    return torch.from_numpy(tile).float()


def test_finest_scale_of_white_noise_is_its_level() -> None:
    assert float(finest_scale_of(white(0.05))[0]) == pytest.approx(0.05, rel=0.03)


def test_the_finest_scale_of_a_slope_is_rounding() -> None:
    slope = torch.linspace(0, 1, 64).expand(1, 1, 64, 64)
    assert float(finest_scale_of(slope)[0]) == pytest.approx(0.2 / 255)


@pytest.mark.parametrize("level", [3 / 255, 10 / 255, 40 / 255])
def test_white_noise_on_grey_is_known(level: float) -> None:
    odds, ratio, _, fine = shipped_noise_network()(white(level))[0].tolist()
    assert odds > 2
    assert ratio == pytest.approx(0, abs=0.1)
    assert fine == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("sides", [(32, 32), (64, 96), (128, 40)])
def test_tiles_of_any_even_sides(sides: tuple[int, int]) -> None:
    tiles = torch.rand(3, 1, *sides)
    answers = shipped_noise_network()(tiles)
    assert answers.shape == (3, 4)
    one = shipped_noise_network()(tiles[1:2])
    torch.testing.assert_close(answers[1:2], one, atol=1e-3, rtol=1e-3)


def test_what_is_shipped_is_trained_no_further() -> None:
    assert not any(each.requires_grad for each in shipped_noise_network().parameters())
    assert shipped_noise_network() is shipped_noise_network()


def test_nobody_notices_when_it_is_read() -> None:
    shipped_noise_network.cache_clear()
    before = torch.get_rng_state()
    with torch.inference_mode():
        network = shipped_noise_network()
    assert torch.equal(torch.get_rng_state(), before)
    tile = white(0.05).requires_grad_()
    network(tile).sum().backward()
    assert tile.grad is not None


def test_weights_have_one_type_whatever_is_usual() -> None:
    shipped_noise_network.cache_clear()
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        network = shipped_noise_network()
    finally:
        torch.set_default_dtype(usual)
    assert {each.dtype for each in network.parameters()} == {torch.float32}


def test_small_enough_to_run_beside_a_restoration() -> None:
    assert sum(each.numel() for each in NoiseNetwork().parameters()) < 200_000

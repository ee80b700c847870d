"""Single pixels unlike all about them, which no denoiser shall spread."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_flowprior import FlowPrior
from napari_flowprior.flow import without_struck


def image(seed: int = 0) -> torch.Tensor:
    noise = np.random.default_rng(seed).normal(0.5, 0.05, (2, 1, 32, 40))
    return torch.from_numpy(noise)


@pytest.mark.parametrize("value", [-0.5, 0.0, 1.0, 3.0])
@pytest.mark.parametrize("place", [(0, 0), (0, 17), (31, 39), (10, 10)])
def test_a_struck_pixel_is_put_right(value: float, place: tuple[int, int]) -> None:
    struck = image()
    struck[1, 0, *place] = value
    mended = without_struck(struck, 0.05)
    struck[1, 0, *place] = mended[1, 0, *place]
    assert abs(float(mended[1, 0, *place]) - 0.5) < 0.15
    assert torch.equal(mended, struck)


def test_noise_edges_and_patterns_stay() -> None:
    y, x = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    board = ((y + x) % 2).double()[None, None]
    stripes, edge = (y % 2).double()[None, None], (x > 15).double()[None, None]
    for pattern in (image(), board, stripes, edge):
        assert torch.equal(without_struck(pattern, 0.05), pattern)


def test_faint_pixels_and_those_within_the_noise_stay() -> None:
    struck = torch.full((1, 1, 9, 9), 0.5)
    for value, sigma in ((0.6, 0.0), (0.9, 0.1)):
        struck[0, 0, 4, 4] = value
        assert torch.equal(without_struck(struck, sigma), struck)


def test_a_single_row_is_left_alone() -> None:
    row = torch.rand(1, 1, 1, 8)
    assert torch.equal(without_struck(row, 0.01), row)


@pytest.mark.parametrize("name", ["photo-gray", "photo-rgb"])
def test_denoising_around_struck_pixels(name: str) -> None:
    """The pixel stays, and its neighbours are as if it were not there."""
    prior = FlowPrior.load(name)
    generator = torch.Generator().manual_seed(0)
    clean = torch.full((1, prior.channels, 32, 32), 0.4)
    noisy = clean + 0.05 * torch.randn(clean.shape, generator=generator)
    struck = noisy.clone()
    struck[0, :, 16, 16] = 1.0
    out, expected = prior.denoise(struck, 0.05), prior.denoise(noisy, 0.05)
    assert float(out[0, 0, 16, 16]) > 0.7
    out[0, :, 16, 16] = expected[0, :, 16, 16]
    assert float((out - expected).abs().max()) < 0.02
    assert float((expected - clean).abs().max()) < 0.05

"""Colour noise that is wider than that of luminance."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import CorrelatedNoise
from napari_flowprior.restoration.engine import _tile_engine
from napari_flowprior.restoration.engine._coarse import coarse_share, refined_below


class _Answering:
    """A denoiser that answers the same value everywhere."""

    stride = 8

    def __init__(self, value: float) -> None:
        self.value = value

    def denoise(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        return torch.full_like(x, self.value)


def noise(
    luminance: float, colour: float, side: int, seed: int = 0
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Draw noise blurred by Gaussians of these widths, (3, side, side)."""
    rng = np.random.default_rng(seed)

    def drawn(width: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        blurred = gaussian_filter(rng.normal(size=(side, side)), width, mode="wrap")
        return np.asarray(blurred / blurred.std())

    grey, red, blue = drawn(luminance), drawn(colour), drawn(colour)
    planes = np.stack([grey + 0.4 * red, grey - 0.4 * red, grey + 0.4 * blue])
    return np.asarray(planes / planes.std())


@pytest.mark.parametrize("width", [0.01, 0.8, 2.0])
def test_noise_of_one_width_is_left_to_the_first_pass(width: float) -> None:
    change = torch.from_numpy(noise(width, width, 128))[None]
    assert coarse_share(change) < 0.15
    assert coarse_share(change[:, :1]) == 0


def test_noise_of_wide_colours_is_not() -> None:
    change = torch.from_numpy(noise(0.7, 3.0, 128))[None]
    assert coarse_share(change) == pytest.approx(0.7)


@pytest.mark.parametrize("shape", [(32, 32), (19, 37)])
def test_what_is_found_below_is_taken_out(shape: tuple[int, int]) -> None:
    image = torch.full((2, 3, *shape), 0.6)
    out = refined_below(_Answering(0.5), image, 0.1)
    torch.testing.assert_close(out, torch.full_like(image, 0.5))


def test_detail_that_is_too_fine_stays() -> None:
    # Chequers have nothing at half the resolution but their mean.
    chequers = torch.from_numpy(np.indices((32, 32)).sum(0) % 2.0)
    chequers = chequers.expand(1, 3, -1, -1)
    out = refined_below(_Answering(0.5), chequers, 0.1)
    torch.testing.assert_close(out, chequers)


def test_photographs_with_wide_colour_noise_gain() -> None:
    clean = data.astronaut()[64:192, 160:288].astype(np.float64)
    noisy = clean + 8 * noise(0.7, 3.0, 128).transpose(1, 2, 0)
    noisy = noisy.round().clip(0, 255).astype(np.uint8)
    prior = FlowPrior.load("photo-rgb")

    def error() -> float:
        told = CorrelatedNoise(sigma=8.0)
        out = restore(noisy, prior=prior, degradation=told, device="cpu")
        return float(np.sqrt(((out - clean) ** 2).mean()))

    twice = error()
    with patch.object(_tile_engine, "coarse_share", return_value=0.0):
        once = error()
    assert twice < 0.99 * once

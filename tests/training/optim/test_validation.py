"""Figures of images that are held out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from doubles import MEAN, identity_flow
from draining import drain
from patches import rough_images
from steps import TINY, trainer

from napari_flowprior.flow import MultiscaleFlow
from napari_flowprior.training import Denoising, HeldOutFigures, TrainConfig, Validation
from napari_flowprior.training.optim._validation import _blurred


def test_validation_bits_of_a_known_density() -> None:
    flow = identity_flow().float()
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 1, 32, 32)).astype(np.float32) / 255
    figures = drain(Validation(images).measure(flow, 7))
    nats = 0.5 * np.mean((images - MEAN) ** 2) + 0.5 * np.log(2 * np.pi)
    expected = nats / np.log(2) + np.log2(255)
    assert figures.bits_per_dim == pytest.approx(expected, rel=1e-3)
    assert (figures.denoising_psnr, figures.step) == (None, 7)
    finer = drain(Validation(images, quantum=1 / 4095).measure(flow, 7))
    assert finer.bits_per_dim - figures.bits_per_dim == pytest.approx(
        math.log2(4095 / 255), rel=1e-3
    )


def test_validation_psnr_of_a_known_denoiser() -> None:
    """A fresh flow of one level turns pixels of N(0, 1): it shrinks by 1 - sigma^2."""
    torch.manual_seed(0)
    flow = MultiscaleFlow(replace(TINY, levels=1))
    images = np.random.default_rng(0).random((8, 1, 32, 32), dtype=np.float32)
    sigma = 0.2
    figures = drain(Validation(images, sigma=sigma).measure(flow, 0))
    bias = (sigma**2) ** 2 * (images**2).mean()
    error = (1 - sigma**2) ** 2 * sigma**2 + bias
    assert figures.denoising_psnr == pytest.approx(-10 * math.log10(error), abs=0.1)


def test_without_clean_patches_steins_estimate_tells_the_psnr() -> None:
    """The same denoiser, told of noisy patches alone."""
    torch.manual_seed(0)
    flow = MultiscaleFlow(replace(TINY, levels=1))
    rng, sigma = np.random.default_rng(0), 0.2
    images = rng.random((8, 1, 32, 32), dtype=np.float32)
    noisy = images + sigma * rng.standard_normal(images.shape, dtype=np.float32)
    figures = drain(Validation(noisy, sigma=sigma, least=sigma).measure(flow, 0))
    with torch.no_grad():
        answer = flow.denoise(torch.from_numpy(noisy), sigma).numpy()
        bits = -flow.log_prob(torch.from_numpy(noisy), torch.full((8,), sigma))
    true = -10 * math.log10(np.square(answer - images).mean())
    assert figures.denoising_psnr == pytest.approx(true, abs=0.2)
    per_dim = float(bits.sum()) / noisy.size / math.log(2) + math.log2(255)
    assert figures.bits_per_dim == pytest.approx(per_dim, abs=0.02)


def test_pictures() -> None:
    made = trainer()
    images = rough_images().astype(np.float32) / 255
    pictures = Validation(images).pictures(made.average)
    assert pictures.clean.shape == pictures.restored.shape == (1, 40, 40)
    assert pictures.samples.shape == (6, 1, 40, 40)
    noise = pictures.noisy - pictures.clean
    assert noise.std() == pytest.approx(25 / 255, rel=0.1)


def test_held_out_noise_is_that_of_training() -> None:
    patches = np.zeros((10, 1, 8, 8), np.float32)
    loss = Denoising(clipped=0.3, correlated=0.4, highest=0.7)
    config = TrainConfig(steps=1, batch_size=1, losses=(loss,))
    assert config.denoising is loss
    assert config.highest_level == 0.7
    plain = TrainConfig(steps=1, batch_size=1, sigma_max=0.2)
    assert plain.denoising is None
    assert plain.highest_level == 0.2
    held_out = Validation(patches, clipped=0.3, correlated=0.4)
    _, noisy, _ = held_out._draw(torch.device("cpu"))
    assert int((noisy.flatten(1).min(1).values >= 0).sum()) == 3
    white = Validation(patches)._draw(torch.device("cpu"))[1]
    assert int((noisy != white).flatten(1).any(1).sum()) >= 4


def test_blurred_noise_has_its_level() -> None:
    noise = torch.randn(4, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    blurred = _blurred(noise)
    assert float(blurred.std()) == pytest.approx(1, abs=0.05)
    neighbours = float((blurred[..., 1:] * blurred[..., :-1]).mean())
    assert neighbours == pytest.approx(0.677, abs=0.05)  # exp(-1 / (4 * 0.8**2))


def test_better_figures() -> None:
    one = HeldOutFigures(step=1, bits_per_dim=3.0, denoising_psnr=None)
    assert one.better_than(None)
    assert replace(one, bits_per_dim=2.9).better_than(one)
    assert not replace(one, bits_per_dim=3.1).better_than(one)
    denoising = replace(one, denoising_psnr=30.0)
    assert replace(denoising, bits_per_dim=2.9).better_than(denoising)
    assert not denoising.better_than(denoising)
    louder = replace(denoising, denoising_psnr=31.0)  # worth 0.166 bits
    assert replace(louder, bits_per_dim=3.16).better_than(denoising)
    assert not replace(louder, bits_per_dim=3.17).better_than(denoising)

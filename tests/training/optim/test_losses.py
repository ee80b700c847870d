"""Losses against their formulas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from doubles import MEAN, identity_flow
from small_flows import TINY, batch, generators, shaken
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import MultiscaleFlow
from napari_flowprior.training import (
    Autoencoder,
    Denoising,
    ImageNoise,
    LatentNoise,
    Likelihood,
    ScoreMatching,
    TrainingBatch,
)


def squares(x: Tensor) -> Tensor:
    return x.square().sum(dim=(1, 2, 3)).mean()


def test_likelihood() -> None:
    given = batch(identity_flow())
    normal = torch.distributions.Normal(MEAN, 1.0)
    expected = -normal.log_prob(given.noisy).sum(dim=(1, 2, 3)).mean()
    torch.testing.assert_close(Likelihood()(given), expected)


def test_score_matching() -> None:
    given = batch(shaken(TINY), sigma=0.1)
    score = given.flow.score(given.noisy, 0.1)
    error = squares(given.noisy + 0.01 * score - given.clean)
    expected = error / (0.1 * 0.01 + 0.02**2)
    torch.testing.assert_close(ScoreMatching()(given).detach(), expected.detach())


def test_costs_are_those_of_the_networks() -> None:
    config = replace(TINY, score_widths=(4,))
    cost = Denoising().multiply_adds_per_pixel(config)
    assert cost == 3 * config.score_multiply_adds_per_pixel
    assert Denoising().bytes_per_pixel(config) == config.score_bytes_per_pixel
    cost = ScoreMatching().multiply_adds_per_pixel(config)
    assert cost == 6 * config.multiply_adds_per_pixel
    assert Likelihood().bytes_per_pixel(config) == config.bytes_per_pixel


def test_score_matching_of_a_gaussian_flow() -> None:
    """The score of a fresh flow, which only turns its pixels, is that of N(0, 1)."""
    torch.manual_seed(0)
    fresh = MultiscaleFlow(replace(TINY, levels=1)).double()
    given = batch(fresh, sigma=0.2)
    error = squares((1 - 0.2**2) * given.noisy - given.clean)
    expected = (error / (0.1 * 0.2**2 + 0.02**2)).item()
    # A fresh rotation is orthogonal in float32 only.
    assert ScoreMatching()(given).item() == pytest.approx(expected, rel=1e-5)


def test_score_matching_averages_over_all_levels() -> None:
    given = batch(shaken(TINY), sigma=0.1)
    sigma = torch.tensor([0.0, 0.1, 0.2], dtype=torch.float64)
    mixed = replace(given, sigma=sigma)
    parts = []
    for i in (1, 2):
        y = given.noisy[i : i + 1]
        error = squares(
            y + sigma[i] ** 2 * given.flow.score(y, sigma[i]) - given.clean[i : i + 1]
        )
        parts.append(error / (0.1 * sigma[i] ** 2 + 0.02**2))
    expected = (parts[0] + parts[1]) / 3
    torch.testing.assert_close(ScoreMatching()(mixed).detach(), expected.detach())


def test_the_losses_have_the_same_optimum() -> None:
    """A Gaussian flow of the right variance minimises likelihood and score loss."""
    spread, sigma = 0.3, 0.2
    generator = torch.Generator().manual_seed(0)
    draw = torch.randn(2, 256, 1, 16, 16, generator=generator, dtype=torch.float64)
    clean = spread * draw[0]
    noisy = (clean + sigma * draw[1]).requires_grad_()
    level = torch.full((256,), sigma, dtype=torch.float64)
    found: dict[type, list[float]] = {Likelihood: [], ScoreMatching: []}
    right = math.hypot(spread, sigma)
    for std in (0.85 * right, right, 1.15 * right):
        torch.manual_seed(0)
        flow = MultiscaleFlow(replace(TINY, levels=1)).double()
        with torch.no_grad():
            flow.levels[0].base.log_std.fill_(math.log(std))
        given = TrainingBatch(flow, clean, noisy, level, generators(256))
        for kind, values in found.items():
            values.append(kind()(given).item())
    for low, best, high in found.values():
        assert best < min(low, high)
    error = 256 * (spread * sigma / right) ** 2 / (0.1 * sigma**2 + 0.02**2)
    assert found[ScoreMatching][1] == pytest.approx(error, rel=0.02)


def test_image_noise() -> None:
    """The formula on a flow that is not linear, with the same noise drawn again."""
    given = batch(shaken(TINY), sigma=0.1)
    found = ImageNoise(magnitude=0.2)(given)
    given = replace(given, rngs=generators())
    shift = given.uniform_like(given.clean, 0.2)
    assert 0.15 < shift.abs().max() < 0.2
    pairs = zip(
        given.flow(given.noisy + shift, given.sigma)[0],
        given.flow(given.noisy, given.sigma)[0],
        strict=True,
    )
    expected = sum(squares(a - b) for a, b in pairs)
    torch.testing.assert_close(found, expected)


def test_latent_noise() -> None:
    given = batch(shaken(TINY), sigma=0.1)
    assert LatentNoise(magnitude=0.0)(given) < 1e-20
    found = LatentNoise()(replace(given, rngs=generators()))
    given = replace(given, rngs=generators())
    latents, _ = given.flow(given.noisy, given.sigma)
    noise = [given.uniform_like(u, 0.5) for u in latents]
    assert all(0.4 < n.abs().max() < 0.5 for n in noise)
    moved = [u + n for u, n in zip(latents, noise, strict=True)]
    image, _ = given.flow.inverse(moved, given.sigma)
    torch.testing.assert_close(found, squares(image - given.noisy))


def test_score_matching_leaves_small_levels_to_the_likelihood() -> None:
    assert ScoreMatching()(batch(shaken(TINY), sigma=0.001)) == 0


def test_latent_noise_of_the_identity_is_its_variance() -> None:
    flow = identity_flow()
    given = batch(flow)
    assert LatentNoise(magnitude=0.0)(given) < 1e-20
    values = [LatentNoise(magnitude=0.5)(given).item() for _ in range(200)]
    assert np.mean(values) == pytest.approx(64 / 12, rel=0.05)


def test_autoencoder_keeps_the_coarse_latent() -> None:
    one_level = batch(identity_flow())
    assert Autoencoder()(one_level) < 1e-20
    given = batch(shaken(TINY), sigma=0.1)
    eps, _ = given.flow(given.noisy, given.sigma, whiten=True)
    image, _ = given.flow.inverse(
        [eps[0], torch.zeros_like(eps[1])], given.sigma, whitened=True
    )
    torch.testing.assert_close(Autoencoder()(given), squares(image - given.noisy))


def test_image_noise_of_the_identity_is_its_variance() -> None:
    given = batch(identity_flow())
    assert ImageNoise(magnitude=0.0)(given) == 0
    values = [ImageNoise(magnitude=0.3)(given).item() for _ in range(200)]
    assert np.mean(values) == pytest.approx(64 * 0.3**2 / 3, rel=0.05)


def test_an_image_meets_the_same_noise_in_any_batch() -> None:
    whole = batch(shaken(TINY), sigma=0.1)
    part = replace(whole, rngs=generators()[1:])
    drawn = whole.uniform_like(whole.noisy, 0.5)
    torch.testing.assert_close(part.uniform_like(whole.noisy[1:], 0.5), drawn[1:])


@pytest.mark.parametrize("value", [-1.0, math.inf, math.nan])
def test_bad_weights_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="weight of the loss latent_noise"):
        LatentNoise(weight=value)

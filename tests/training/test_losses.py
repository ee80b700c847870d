"""Losses against their formulas."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from doubles import MEAN, identity_flow
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.training import (
    Autoencoder,
    Denoising,
    ImageNoise,
    LatentNoise,
    Likelihood,
    ScoreMatching,
    TrainingBatch,
)
from napari_flowprior.training.observations import Conditions, Observation, observe

TINY = FlowConfig(
    channels=1, levels=2, steps=1, hidden=6, activation="silu", noise_conditional=True
)


def generators(number: int = 3) -> tuple[np.random.Generator, ...]:
    return tuple(np.random.default_rng(seed) for seed in range(number))


def batch(flow: MultiscaleFlow, sigma: float | None = None) -> TrainingBatch:
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(3, 1, 8, 8, generator=generator, dtype=torch.float64)
    noise = torch.randn(clean.shape, generator=generator, dtype=torch.float64)
    noisy = (clean + 0.1 * noise).requires_grad_()
    level = None if sigma is None else torch.full((3,), sigma, dtype=torch.float64)
    return TrainingBatch(flow, clean, noisy, level, generators())


def shaken(config: FlowConfig) -> MultiscaleFlow:
    torch.manual_seed(0)
    flow = MultiscaleFlow(config).double().eval()
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return flow


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


class Answering:
    """A network whose estimate of sigma times the score is always the same."""

    def __init__(self, scaled: float) -> None:
        self.scaled = scaled

    def scaled_score(self, x: Tensor, sigma: Tensor, clipped: Tensor) -> Tensor:
        return torch.full_like(x, self.scaled)

    def denoise(self, x: Tensor, sigma: Tensor) -> Tensor:
        return x


def answering(scaled: float) -> TrainingBatch:
    return replace(batch(identity_flow()), flow=cast("Any", Answering(scaled)))


def observations(given: TrainingBatch, loss: Denoising) -> list[Observation]:
    """Draw what the loss draws for a batch."""
    found = []
    for rng, clean in zip(generators(), given.clean.numpy(), strict=True):
        fill = rng.random(clean.shape, dtype=np.float32) - 0.5
        image = (clean.astype(np.float32) + fill / 255).astype(np.float32)
        rng.random()  # whether this image is one of overstated noise
        found.append(observe(rng, image, loss))
    return found


@pytest.mark.parametrize("scaled", [0.0, -0.7])
def test_denoising(scaled: float) -> None:
    loss = Denoising(detail=0.03)
    given = answering(scaled)
    expected = []
    for seen in observations(given, loss):
        error = seen.seen + scaled * seen.level - seen.answer
        good = seen.level**2 / (1 + seen.level / 0.03)
        relative = (error**2 / good).mean()
        expected.append(relative if relative < 10 else 2 * (10 * relative) ** 0.5 - 10)
    assert float(loss(given)) == pytest.approx(64 * np.mean(expected), rel=1e-4)


def test_denoising_trains_the_score_network_only() -> None:
    given = batch(shaken(replace(TINY, score_widths=(4,))), sigma=0.1)
    Denoising()(given).backward()
    trained = {
        n.split(".")[0] for n, p in given.flow.named_parameters() if p.grad is not None
    }
    assert trained == {"score_network"}


def test_pixels_that_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def struck(*given: Any) -> Observation:
        seen = observe(*given)
        where = np.arange(64).reshape(1, 8, 8) % 7 == 0
        counts = (~where).astype(np.float32)
        return replace(seen, seen=seen.seen + 100 * (1 - counts), counts=counts)

    loss = Denoising(highest=1e-9)
    plain = float(loss(answering(0.0)))
    monkeypatch.setattr("napari_flowprior.training._denoising.observe", struck)
    assert float(loss(answering(0.0))) == pytest.approx(plain, abs=1e-6)


def test_denoising_learns_the_posterior_mean_of_a_gaussian() -> None:
    """Of pixels from N(1/2, 1/16) with noise of 1/4, half of the deviation is noise."""
    torch.manual_seed(0)
    flow = MultiscaleFlow(replace(TINY, score_widths=(8,), score_blocks=1))
    optimiser = torch.optim.Adam(flow.score_network.parameters(), lr=1e-2)
    sigma = torch.full((16,), 0.25)
    loss = Denoising(strong=1.0, highest=0.27)  # levels from 0.235 to 0.27
    for step in range(300):
        clean = 0.5 + 0.25 * torch.randn(16, 1, 8, 8)
        rngs = tuple(np.random.default_rng((step, place)) for place in range(16))
        optimiser.zero_grad()
        loss(TrainingBatch(flow, clean, clean, sigma, rngs)).backward()
        optimiser.step()
    given = 0.5 + 0.35 * torch.randn(16, 1, 8, 8)
    error = flow.denoise(given, 0.25) - (0.5 + 0.5 * (given - 0.5))
    assert error.square().mean().sqrt() < 0.04  # 0.17 untrained


def test_overstated_noise_is_answered_as_if_the_rest_of_it_were_there() -> None:
    given, loss = answering(0.0), Denoising(overstated=1.0, highest=0.5)
    errors = []
    for rng, clean in zip(generators(), given.clean.numpy(), strict=True):
        fill = rng.random(clean.shape, dtype=np.float32) - 0.5
        rng.random()  # whether this image is one of them
        image = (clean.astype(np.float32) + fill / 255).astype(np.float32)
        level = observe(rng, image, Conditions(highest=0.5)).level
        rest = level * (1 - np.float32(rng.random()) ** 2) ** 0.5
        added = rest * rng.standard_normal((1, 8, 8), dtype=np.float32)
        errors.append((added**2 / level**2 * (1 + level / 0.0085)).mean())
    expected = [e if e < 10 else 2 * (10 * e) ** 0.5 - 10 for e in errors]
    assert float(loss(given)) == pytest.approx(64 * np.mean(expected), rel=1e-4)


def test_parts_are_parts() -> None:
    with pytest.raises(InputError, match=r"clipped is 1\.5"):
        Denoising(clipped=1.5)
    with pytest.raises(InputError, match=r"overstated is 2"):
        Denoising(overstated=2)
    with pytest.raises(InputError, match="detail is 0"):
        Denoising(detail=0)
    with pytest.raises(InputError, match="highest is 0"):
        Denoising(highest=0)


def test_part_of_the_noise_is_overstated() -> None:
    flow = shaken(replace(TINY, score_widths=(4,)))
    some, whole, none = (
        float(Denoising(overstated=part)(batch(flow, sigma=0.5)).detach())
        for part in (0.5, 1.0, 0.0)
    )
    assert none == float(Denoising()(batch(flow, sigma=0.5)).detach())
    assert len({some, whole, none}) == 3
    with pytest.raises(InputError, match=r"overstated is 1\.5"):
        Denoising(overstated=1.5)


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

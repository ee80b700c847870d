"""The loss of the score network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from doubles import identity_flow
from small_flows import TINY, batch, generators, shaken
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import MultiscaleFlow
from napari_flowprior.training import Denoising, TrainingBatch
from napari_flowprior.training.observations import Conditions, Observation, observe


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
    monkeypatch.setattr("napari_flowprior.training.optim._denoising.observe", struck)
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

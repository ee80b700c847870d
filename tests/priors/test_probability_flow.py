"""The continuous flow of a score network, against closed forms."""

from __future__ import annotations

import math

import pytest
import torch
from doubles import MEAN, GaussianPrior
from torch import Tensor

from napari_flowprior import FlowPrior
from napari_flowprior._errors import InputError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo
from napari_flowprior.priors._probability_flow import carry

SPREAD, LOW, HIGH = 0.2, 0.01, 0.4


def draw(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def levels(number: int, level: float = LOW) -> Tensor:
    return torch.full((number,), level, dtype=torch.float64)


def of_gaussians(x: Tensor, sigma: Tensor) -> Tensor:
    """Return the scaled score of pixels N(MEAN, SPREAD^2)."""
    s = sigma[:, None, None, None]
    return s * (MEAN - x) / (SPREAD**2 + s**2)


def network_prior(strength: float = 0.3) -> FlowPrior:
    torch.manual_seed(0)
    config = FlowConfig(
        channels=1,
        levels=1,
        steps=1,
        hidden=4,
        noise_conditional=True,
        score_widths=(4,),
        score_blocks=1,
    )
    flow = MultiscaleFlow(config).double()
    assert flow.score_network is not None
    torch.nn.init.normal_(flow.score_network.tail.weight, std=strength)
    return FlowPrior(flow, PriorInfo(name="network", sigma_max=0.5))


def test_independent_pixels_in_closed_form() -> None:
    x = MEAN + SPREAD * draw(3, 1, 4, 6)
    wide, narrow = SPREAD**2 + HIGH**2, SPREAD**2 + LOW**2
    errors = []
    for steps in (20, 40):
        y, log_det = carry(of_gaussians, x, levels(3), HIGH, steps=steps)
        expected = 12 * math.log(wide / narrow)
        errors.append((log_det - expected).abs().max())
        away = (x - MEAN) * math.sqrt(wide / narrow)
        torch.testing.assert_close(y, MEAN + away, rtol=0.03, atol=1e-3)
    # Of second order, by the closed form.
    assert errors[1] < 0.3 * errors[0] < 0.1


def test_correlated_pixels_in_closed_form() -> None:
    shape = draw(12, 12)
    covariance = 0.04 * (shape @ shape.T / 12 + 0.1 * torch.eye(12))
    eye = torch.eye(12, dtype=torch.float64)

    def scaled(x: Tensor, sigma: Tensor) -> Tensor:
        noisy = covariance + sigma[0] ** 2 * eye
        away = (x - MEAN).reshape(len(x), -1)
        return (-sigma[0] * torch.linalg.solve(noisy, away.T).T).reshape(x.shape)

    def log_prob(x: Tensor, sigma: float) -> Tensor:
        normal = torch.distributions.MultivariateNormal(
            torch.full((12,), MEAN, dtype=torch.float64), covariance + sigma**2 * eye
        )
        return normal.log_prob(x.reshape(len(x), -1))

    factor = torch.linalg.cholesky(covariance + LOW**2 * eye)
    x = MEAN + (draw(4, 12) @ factor.T).reshape(4, 1, 3, 4)
    y, log_det = carry(scaled, x, levels(4), HIGH, steps=60, probes=60)
    found = log_prob(y, HIGH) + log_det
    torch.testing.assert_close(found, log_prob(x, LOW), rtol=0, atol=0.3)


def test_a_network_against_its_jacobian() -> None:
    network = network_prior(strength=10.0).flow.score_network
    assert network is not None
    x, step = 0.5 + 0.1 * draw(1, 1, 2, 4), 1e-5

    def carried(image: Tensor) -> Tensor:
        return carry(network, image, levels(len(image)), HIGH, steps=60)[0]

    moved = x + step * torch.eye(8, dtype=torch.float64).reshape(8, 1, 2, 4)
    jacobian = (carried(moved) - carried(x)).reshape(8, 8) / step
    _, log_det = carry(network, x, levels(1), HIGH, steps=60, probes=40)
    expected = torch.linalg.slogdet(jacobian).logabsdet
    assert expected.abs() > 2
    torch.testing.assert_close(log_det[0], expected, rtol=0, atol=0.3)


def test_it_leads_back() -> None:
    network = network_prior(strength=10.0).flow.score_network
    assert network is not None
    x = 0.5 + 0.1 * draw(2, 1, 4, 4)
    up, _ = carry(network, x, levels(2), HIGH, steps=200)
    back, _ = carry(network, up, levels(2, HIGH), LOW, steps=200)
    assert (up - x).abs().max() > 10
    torch.testing.assert_close(back, x, rtol=0, atol=2e-3)


def test_images_do_not_depend_on_each_other() -> None:
    prior, x = network_prior(), 0.5 + 0.1 * draw(3, 1, 4, 4)
    sigma = torch.tensor([0.0, 0.1, 0.6], dtype=torch.float64)
    together = prior.log_prob(x, sigma, method="ode")
    alone = [prior.log_prob(x[k : k + 1], sigma[k], method="ode") for k in range(3)]
    torch.testing.assert_close(together, torch.cat(alone))


def test_above_the_highest_level_it_is_the_flow() -> None:
    prior, x = network_prior(), draw(2, 1, 4, 4)
    expected = prior.log_prob(x, 0.6)
    torch.testing.assert_close(prior.log_prob(x, 0.6, method="ode"), expected)


def test_what_does_not_fit_is_refused() -> None:
    x = draw(1, 1, 4, 4)
    with pytest.raises(InputError, match="has no score network"):
        GaussianPrior().log_prob(x, method="ode")
    with pytest.raises(InputError, match="method is 'exact'"):
        network_prior().log_prob(x, method="exact")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"\(1, 1, 3, 4\)"):
        network_prior().log_prob(x[:, :, :3], method="ode")


def test_photographs_are_more_probable_than_to_the_flow() -> None:
    prior = FlowPrior.load("photo-gray")
    rows = torch.linspace(0.2, 0.7, 32)
    disc = (rows[:, None] - 0.4).square() + (rows - 0.5).square() < 0.02
    x = torch.where(disc, 0.3, rows).expand(1, 1, 32, 32)
    x = (
        x
        + (torch.rand(x.shape, generator=torch.Generator().manual_seed(0)) - 0.5) / 255
    )
    assert prior.log_prob(x, method="ode") > prior.log_prob(x)

"""Estimators against closed forms, through the whole tiled engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior, identity_prior
from draining import drain

from napari_flowprior import FlowPrior, iter_restore, restore
from napari_flowprior._errors import InputError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo
from napari_flowprior.restoration import (
    ESTIMATORS,
    MAP,
    MMSE,
    GaussianLikelihood,
    Identity,
    Inpaint,
    LatentMAP,
    Noise,
    Splitting,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

SIGMA = 0.3


@pytest.fixture
def noisy() -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    return rng.random((45, 70))


def posterior(y: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Mean (and mode) of x given y = x + n, for x ~ N(MEAN, spread^2)."""
    return (spread**2 * y + SIGMA**2 * MEAN) / (spread**2 + SIGMA**2)


@pytest.mark.parametrize(
    "estimator",
    [
        MAP(steps=400, learning_rate=0.05),
        LatentMAP(steps=400, space="latent"),
        LatentMAP(steps=400, space="whitened"),
        LatentMAP(steps=400, space="whitened", log_det=False),
    ],
    ids=repr,
)
@pytest.mark.parametrize("tile", [16, 64])
def test_identity_flow_gives_the_gaussian_posterior(
    noisy: NDArray[np.float64], estimator: MAP | LatentMAP, tile: int
) -> None:
    out = restore(
        noisy,
        prior=identity_prior(),
        degradation=Noise(SIGMA),
        estimator=estimator,
        tile=tile,
        margin=4,
        device="cpu",
    )
    np.testing.assert_allclose(out, posterior(noisy, 1.0), atol=1e-6)


@pytest.mark.parametrize("tile", [16, 64])
def test_mmse_is_the_posterior_mean(noisy: NDArray[np.float64], tile: int) -> None:
    out = restore(
        noisy,
        prior=GaussianPrior(0.2),
        degradation=Noise(SIGMA),
        estimator="mmse",
        tile=tile,
        margin=4,
        device="cpu",
    )
    np.testing.assert_allclose(out, posterior(noisy, 0.2), atol=1e-12)


class Lopsided(GaussianPrior):
    """Its estimates are too high in the left half of whatever it is shown."""

    def denoise(
        self,
        batch: Tensor,
        sigma: float | Tensor,
        clipped: tuple[bool, bool] = (False, False),
    ) -> Tensor:
        estimate = super().denoise(batch, sigma, clipped)
        estimate[..., : estimate.shape[-1] // 2] += 0.1
        return estimate


def test_best_averages_over_the_symmetries(noisy: NDArray[np.float64]) -> None:
    options = {
        "prior": Lopsided(0.2),
        "degradation": Noise(SIGMA),
        "tile": 96,
        "device": "cpu",
    }
    square = np.pad(noisy, ((0, 96 - 45), (0, 96 - 70)), mode="reflect")
    fast = restore(square, estimator="mmse", **options)
    best = restore(square, estimator=MMSE(quality="best"), **options)
    expected = posterior(square, 0.2)
    np.testing.assert_allclose(fast[:, :48] - expected[:, :48], 0.1, atol=1e-12)
    # Each pixel lies in the left half of four of the eight images.
    np.testing.assert_allclose(best - expected, 0.05, atol=1e-12)


@pytest.fixture(scope="module")
def network_prior() -> FlowPrior:
    """A small prior with a score network that does something."""
    torch.manual_seed(0)
    config = FlowConfig(
        channels=1,
        levels=1,
        steps=1,
        hidden=4,
        noise_conditional=True,
        score_widths=(4, 4),
        score_blocks=1,
    )
    flow = MultiscaleFlow(config).double()
    assert flow.score_network is not None
    torch.nn.init.normal_(flow.score_network.tail.weight, std=0.2)
    return FlowPrior(flow, PriorInfo(name="network", sigma_max=0.5))


def test_a_score_network_restores_in_place_of_the_flow(
    noisy: NDArray[np.float64], network_prior: FlowPrior
) -> None:
    run = iter_restore(
        noisy, prior=network_prior, degradation=Noise(SIGMA), device="cpu"
    )
    result = drain(run)
    assert result.provenance["estimator"]["name"] == "mmse"
    # One tile, padded to the stride.
    assert result.provenance["tile"] == [48, 72]
    assert result.provenance["margin"] == 16
    padded = np.pad(noisy, ((0, 3), (0, 2)), mode="symmetric")
    batch = torch.from_numpy(padded)[None, None]
    network = network_prior.flow.score_network
    assert network is not None
    with torch.no_grad():
        score = network(batch, torch.tensor([SIGMA], dtype=torch.float64)) / SIGMA
    expected = (batch + SIGMA**2 * score)[0, 0].numpy()
    inside = slice(8, -8)
    np.testing.assert_allclose(
        result.image[inside, inside], expected[:45, :70][inside, inside], atol=1e-9
    )


def test_map_takes_the_score_network(
    noisy: NDArray[np.float64], network_prior: FlowPrior
) -> None:
    mask = np.zeros(noisy.shape, dtype=bool)
    mask[10:20, 10:30] = True
    options = {"prior": network_prior, "degradation": Inpaint(mask), "device": "cpu"}
    filled = restore(noisy, estimator=MAP(steps=4), **options)
    assert np.isfinite(filled).all()
    np.testing.assert_allclose(filled[~mask], noisy[~mask], rtol=1e-12)


def test_options_of_numpy_can_be_told_as_json() -> None:
    told = Splitting(steps=np.int64(3), pull=np.float32(0.5)).summary()
    assert json.loads(json.dumps(told))["steps"] == 3


def test_unknown_quality() -> None:
    with pytest.raises(InputError, match="'superb'; choose one of fast, best"):
        MMSE(quality="superb")


def test_conditioned_map_converges_to_the_mode_of_its_last_level(
    noisy: NDArray[np.float64],
) -> None:
    last = 0.05
    estimator = MAP(steps=600, smallest=last)
    prior = GaussianPrior(0.2)
    out = restore(
        noisy, prior=prior, degradation=Noise(SIGMA), estimator=estimator, device="cpu"
    )
    expected = posterior(noisy, float(np.hypot(0.2, last)))
    np.testing.assert_allclose(out, expected, atol=2e-3)


def test_holes_are_filled_with_the_prior_mean(noisy: NDArray[np.float64]) -> None:
    mask = np.zeros(noisy.shape, dtype=bool)
    mask[10:20, 10:30] = True
    damaged = np.where(mask, np.nan, noisy)
    out = restore(
        damaged,
        prior=GaussianPrior(0.2),
        degradation=Inpaint(mask),
        estimator=MAP(steps=400, smallest=0.05),
        device="cpu",
    )
    np.testing.assert_allclose(out[~mask], noisy[~mask], rtol=1e-12)
    np.testing.assert_allclose(out[mask], MEAN, atol=2e-3)


def test_latent_map_fills_holes(noisy: NDArray[np.float64]) -> None:
    mask = np.zeros(noisy.shape, dtype=bool)
    mask[10:20, 10:30] = True
    out = restore(
        noisy,
        prior=identity_prior(),
        degradation=Inpaint(mask),
        estimator=LatentMAP(steps=400),
        device="cpu",
    )
    np.testing.assert_allclose(out[~mask], noisy[~mask], rtol=1e-12)
    np.testing.assert_allclose(out[mask], MEAN, atol=1e-3)


def test_log_det_makes_two_estimates_of_a_flow_that_stretches() -> None:
    prior = identity_prior()
    actnorm = prior.flow.levels[0].steps[1]
    # A stretch that depends on nothing leaves the mode where it is, so tilt a pair.
    with torch.no_grad():
        conditioner = prior.flow.levels[0].steps[3].conditioner
        conditioner.tail.bias.normal_(std=0.5)
        conditioner.tail.weight.normal_(std=0.5)
        actnorm.log_scale.fill_(0.3)
    image = np.random.default_rng(1).random((16, 16))
    pair = [
        restore(
            image,
            prior=prior,
            degradation=Noise(SIGMA),
            estimator=LatentMAP(steps=200, log_det=log_det),
            device="cpu",
        )
        for log_det in (True, False)
    ]
    assert np.abs(pair[0] - pair[1]).max() > 1e-3


def test_map_in_pixels_and_in_latents_is_the_same_optimum() -> None:
    prior = identity_prior()
    with torch.no_grad():
        prior.flow.levels[0].steps[3].conditioner.tail.bias.normal_(std=0.5)
    image = np.random.default_rng(1).random((16, 16))
    found = [
        restore(
            image,
            prior=prior,
            degradation=Noise(SIGMA),
            estimator=estimator,
            device="cpu",
        )
        for estimator in (MAP(steps=500, learning_rate=0.05), LatentMAP(steps=500))
    ]
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)


def test_schedule_falls_from_the_noise_to_the_smallest_level() -> None:
    likelihood = GaussianLikelihood(torch.zeros(1, 1, 2, 2), Identity(), 0.2)
    levels = MAP(steps=5, smallest=0.01).schedule(GaussianPrior(), likelihood)
    assert levels == sorted(levels, reverse=True)
    np.testing.assert_allclose([levels[0], levels[-1]], [0.2, 0.01])
    assert MAP(steps=1).schedule(GaussianPrior(), likelihood) == [MAP().smallest]


def test_mmse_refuses_what_it_cannot_do(noisy: NDArray[np.float64]) -> None:
    with pytest.raises(InputError, match="noise-conditioned"):
        restore(noisy, prior=identity_prior(), degradation=Noise(0.1), estimator="mmse")
    with pytest.raises(InputError, match="noise only"):
        restore(
            noisy,
            prior=GaussianPrior(),
            degradation=Inpaint(noisy > 0.9),
            estimator="mmse",
        )


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("map", {"steps": 0}),
        ("map", {"steps": True}),
        ("map", {"smallest": 0.0}),
        ("map", {"learning_rate": -1.0}),
        ("latent-map", {"steps": 1.5}),
        ("latent-map", {"space": "image"}),
        ("latent-map", {"learning_rate": 0.0}),
        ("latent-map", {"level": -0.1}),
    ],
)
def test_bad_options_are_refused(kind: str, options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(InputError, match=name):
        ESTIMATORS[kind](**options)

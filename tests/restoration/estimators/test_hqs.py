"""Half-quadratic splitting, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior
from draining import drain
from planes import LEVEL, plane

from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    HQS,
    GaussianLikelihood,
    Identity,
    Mask,
    PlaneDenoiser,
)


@pytest.mark.parametrize("prior_weight", [0.25, 1.0, 3.0])
def test_splitting_ends_where_data_and_prior_are_in_balance(
    prior_weight: float,
) -> None:
    """Minimum of -log p(y|x) - prior_weight log p_s(x) of Gaussians in closed form."""
    prior, y, sigma = GaussianPrior(spread=0.2), plane(12, 9), 0.15
    estimator = HQS(steps=200, prior_weight=prior_weight, smallest=sigma, rest=0)
    likelihood = GaussianLikelihood(y, Identity(), sigma)
    x = drain(estimator.run(PlaneDenoiser(prior=prior), likelihood))
    data, own = 1 / sigma**2, prior_weight / (0.2**2 + sigma**2)
    torch.testing.assert_close(x, (data * y + own * MEAN) / (data + own))


def test_the_rest_of_the_noise_is_taken_out() -> None:
    prior, y = GaussianPrior(spread=0.2), plane(12, 9)
    likelihood = GaussianLikelihood(y, Identity(), LEVEL)
    denoiser = PlaneDenoiser(prior=prior)
    before, after = (
        drain(HQS(rest=rest).run(denoiser, likelihood)) for rest in (0, 0.5)
    )
    torch.testing.assert_close(after, prior.denoise(before, LEVEL / 2))


def test_splitting_fills_holes_with_the_prior_mean() -> None:
    known = torch.ones(1, 1, 12, 9, dtype=torch.bool)
    known[..., 4:8, 2:7] = False
    y = plane(12, 9) * known
    likelihood = GaussianLikelihood(y, Mask(known), 0.0)
    denoiser = PlaneDenoiser(prior=GaussianPrior(spread=0.05))
    x = drain(HQS(steps=200).run(denoiser, likelihood))
    torch.testing.assert_close(x[known], y[known])
    torch.testing.assert_close(
        x[~known], torch.full_like(x[~known], MEAN), atol=1e-3, rtol=0
    )


def test_schedule_falls_from_where_the_data_says() -> None:
    prior = GaussianPrior()
    holes = GaussianLikelihood(plane(4, 4), Mask(plane(4, 4) > 0.5), 0.0)
    levels = HQS(steps=5).schedule(prior, holes)
    assert (levels[0], levels[-1]) == pytest.approx((49 / 255, 0.004))
    falls = -np.diff(np.log(levels))
    assert falls[0] > 0
    assert (np.diff(falls) > 0).all()
    noise = GaussianLikelihood(plane(4, 4), Identity(), 0.1)
    assert HQS(steps=3).schedule(prior, noise) == pytest.approx([0.1] * 3)
    assert HQS(steps=1).schedule(prior, holes) == [0.004]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"prior_weight": 0.0}, "prior_weight is 0"),
        ({"smallest": -1.0}, "smallest is -1"),
        ({"rest": 1.5}, "rest is 1.5"),
    ],
)
def test_bad_options(options: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        HQS(**options)


def test_splitting_needs_a_conditioned_prior() -> None:
    prior = GaussianPrior()
    prior.info = prior.info.__class__(name="plain", sigma_max=0.0)
    with pytest.raises(InputError, match="noise-conditioned"):
        HQS().check(prior)

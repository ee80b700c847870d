"""The mean of random images: closed forms, reproducibility, draws from JPEG cells."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior, identity_prior
from draining import drain
from PIL import Image
from scipy.stats import kstest, truncnorm
from skimage import data

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    JPEG,
    GaussianLikelihood,
    Identity,
    JPEGCells,
    JPEGTables,
    PlaneDenoiser,
    SampledMean,
)

GREY = data.camera()[200:264, 200:264]
COLOUR = data.astronaut()[28:76, 188:236]


def decoded(image: Any, quality: int) -> Any:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def cells_of(image: Any, quality: int) -> JPEGCells:
    damaged = torch.tensor(decoded(image, quality), dtype=torch.float64)
    if image.ndim == 2:
        tables = JPEGTables.from_quality(quality, grey=True)
        return JPEGCells(damaged[None, None], tables)
    tables = JPEGTables.from_quality(quality, grey=False, subsampling=(2, 2))
    return JPEGCells(damaged.permute(2, 0, 1)[None], tables)


def test_mean_for_a_gaussian_prior() -> None:
    """Chains at a level s end at the posterior mean for noise of variance s^2 more."""
    spread, sigma, factor = 0.2, 0.1, 0.5
    y = torch.rand(1, 1, 8, 8, dtype=torch.float64)
    estimator = SampledMean(steps=12, chains=300, first=factor, last=factor)
    likelihood = GaussianLikelihood(y, Identity(), sigma)
    denoiser = PlaneDenoiser(prior=GaussianPrior(spread=spread))
    x = drain(estimator.run(denoiser, likelihood))
    noise = sigma**2 * (1 + factor**2)
    expected = (spread**2 * y + noise * MEAN) / (spread**2 + noise)
    torch.testing.assert_close(x, expected, rtol=0, atol=0.02)
    assert abs(float((x - expected).mean())) < 0.002


def test_schedule_is_relative_to_the_damage() -> None:
    likelihood = GaussianLikelihood(torch.ones(1, 1, 4, 4), Identity(), 0.04)
    prior = GaussianPrior()
    levels = SampledMean(steps=3, first=2.0, last=0.5).schedule(prior, likelihood)
    assert levels == pytest.approx([0.08, 0.04, 0.02])
    assert SampledMean(steps=1, last=0.5).schedule(prior, likelihood) == [0.02]
    highest = SampledMean(first=100.0).schedule(prior, likelihood)[0]
    assert highest == prior.sigma_max


def test_without_noise_there_is_nothing_to_do() -> None:
    y = torch.rand(1, 1, 6, 6)
    likelihood = GaussianLikelihood(y, Identity(), 0.0)
    x = drain(SampledMean().run(PlaneDenoiser(prior=GaussianPrior()), likelihood))
    torch.testing.assert_close(x, y)


def test_the_same_again_and_other_numbers() -> None:
    run = {"degradation": JPEG(), "device": "cpu", "prior": GaussianPrior()}
    damaged = decoded(GREY, 10)
    first, again, other = (
        restore(damaged, estimator=SampledMean(seed=seed), **run) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(("image", "factor"), [(GREY, 0.92), (COLOUR, 1.0)])
def test_more_is_gained_than_by_one_step(image: Any, factor: float) -> None:
    damaged = decoded(image, 10)
    plain, mean = (
        restore(damaged, degradation=JPEG(), estimator=estimator, device="cpu")
        for estimator in ("hqs", SampledMean())
    )
    errors = [np.mean((out.astype(float) - image) ** 2) for out in (plain, mean)]
    assert errors[1] < factor * errors[0]
    assert errors[1] < 0.9 * np.mean((damaged.astype(float) - image) ** 2)


@pytest.mark.parametrize("image", [GREY, COLOUR])
@pytest.mark.parametrize("rho", [0.5, 20.0])
def test_draws_are_in_the_cells(image: Any, rho: float) -> None:
    cells = cells_of(image, 30)
    z = cells.draw(cells.y, rho, np.random.default_rng(0))
    assert float(cells.energy(z)) / image.size < 1e-9
    assert float((z - cells.y).abs().max()) > 0


def test_draws_have_the_truncated_normal_distribution() -> None:
    """Of the blocks of one image, all with the same coefficients."""
    flat = np.full((256, 256), 90, dtype=np.uint8)
    cells, rho = cells_of(flat, 40), 6.0
    z = cells.draw(cells.y, rho, np.random.default_rng(1))
    low, high = (end[0, 0, 0] for end in cells._cells[0])
    blocks = z[0, 0].unflatten(0, (-1, 8)).unflatten(2, (-1, 8)).transpose(1, 2)
    for row, column in ((3, 2), (7, 7)):
        waves = [
            np.cos(np.pi / 8 * k * (np.arange(8) + 0.5)) / 2 for k in (row, column)
        ]
        wave = torch.from_numpy(np.outer(*waves))
        found = (blocks * wave).sum((-2, -1)).flatten().numpy()
        ends = float(low[row, column]) / rho, float(high[row, column]) / rho
        assert kstest(found, truncnorm(*ends, scale=rho).cdf).pvalue > 1e-3


@pytest.mark.parametrize("image", [GREY, COLOUR])
def test_wide_cells_leave_the_noise_white(image: Any) -> None:
    cells = cells_of(image, 1)
    wide = JPEGCells(cells.project(cells.y), cells.tables)
    rho = 1e-3
    z = wide.draw(wide.y, rho, np.random.default_rng(2))
    noise = (z - wide.y).numpy() / rho
    untouched = np.abs(noise - np.random.default_rng(2).standard_normal(noise.shape))
    assert np.mean(untouched < 0.01) > 0.9


@pytest.mark.parametrize(
    "options",
    [
        {"steps": 0},
        {"chains": 0},
        {"chains": 1.5},
        {"first": 0.0},
        {"last": -1.0},
        {"seed": -1},
        {"seed": True},
    ],
)
def test_bad_options(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(InputError, match=f"{name} is"):
        SampledMean(**options)


def test_priors_that_know_no_noise() -> None:
    with pytest.raises(InputError, match="sampled-mean needs a noise-conditioned"):
        SampledMean().check(identity_prior())

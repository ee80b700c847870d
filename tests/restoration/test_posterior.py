"""Samples of the posterior: closed forms, moments, streaming, what users may ask."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior, OutOfMemoryPrior, identity_prior, random_prior
from draining import drain
from skimage import data

from napari_flowprior import iter_posterior, iter_restore, posterior, restore
from napari_flowprior._errors import InputError, MemoryLimitError
from napari_flowprior.restoration import (
    JPEG,
    Blind,
    Blur,
    Compose,
    Downsample,
    GaussianLikelihood,
    Identity,
    Inpaint,
    Mask,
    Noise,
    PlaneDenoiser,
    PosteriorResult,
    Quantized,
    RestoreOptions,
    Sampling,
)
from napari_flowprior.restoration.engine._sampling_engine import Moments

SPREAD = 0.2


def image(*shape: int) -> np.ndarray:
    rng = np.random.default_rng(shape)
    return np.clip(rng.normal(MEAN, SPREAD, shape), 0, 1)


def uncertain(picture: Any, **options: Any) -> PosteriorResult:
    options = {"samples": 3, "steps": 3, "prior": GaussianPrior(SPREAD)} | options
    return posterior(picture, **options)


def spread_of_noise(sigma: float, samples: int = 200, steps: int = 16) -> np.ndarray:
    """Samples given a plane with white noise, (samples, H, W)."""
    y = torch.from_numpy(image(6, 7))[None, None]
    likelihood = GaussianLikelihood(y, Identity(), sigma)
    denoiser = PlaneDenoiser(prior=GaussianPrior(SPREAD))
    sampling = Sampling(samples=samples, steps=steps)
    draws = (
        drain(sampling.draw(denoiser, likelihood, 0, number)).image
        for number in range(samples)
    )
    return np.stack([drawn.numpy()[0, 0] for drawn in draws])


@pytest.mark.parametrize("sigma", [0.05, 0.1, 0.2])
def test_samples_given_noise(sigma: float) -> None:
    """The posterior of Gaussians is Gaussian, with moments in closed form."""
    y = image(6, 7)
    weight = SPREAD**2 / (SPREAD**2 + sigma**2)
    drawn = spread_of_noise(sigma)
    std = sigma * weight**0.5
    errors = drawn.mean(0) - (weight * y + (1 - weight) * MEAN)
    assert np.abs(errors).max() < 4.5 * std / len(drawn) ** 0.5
    assert np.sqrt(drawn.var(0).mean()) == pytest.approx(std, rel=0.05)
    assert abs(errors.mean()) < 3 * std / drawn.size**0.5


@pytest.mark.parametrize(
    "degradation",
    [
        Blur(gaussian=1.5, sigma=3.0),
        Downsample(2),
        JPEG(quality=20),
        Inpaint(np.arange(32 * 32).reshape(32, 32) % 5 == 0),
    ],
    ids=lambda degradation: degradation.name,
)
def test_the_image_is_the_restored_one(degradation: Any) -> None:
    """With what `restore` says of it, as it does no harm where the prior fails."""
    y = data.camera()[200:232, 200:232]
    options = {"prior": random_prior(), "degradation": degradation, "device": "cpu"}
    found = posterior(y, samples=2, steps=2, dtype=np.float32, **options)
    alone = iter_restore(y, dtype=np.float32, **options).result
    np.testing.assert_allclose(found.mean, alone.image, atol=1e-3)
    assert found.provenance["mean"] == "of the estimator"
    assert found.provenance["warnings"] == alone.provenance["warnings"]


def test_mean_given_noise_is_the_denoised_image() -> None:
    y = image(12, 9)
    found = uncertain(y, degradation=Noise(sigma=0.1))
    weight = SPREAD**2 / (SPREAD**2 + 0.1**2)
    np.testing.assert_allclose(found.mean, weight * y + (1 - weight) * MEAN, atol=1e-7)
    assert found.provenance["mean"] == "of the denoiser"


def test_samples_in_holes() -> None:
    """What is seen is certain; in holes, samples are those of the prior."""
    known = torch.ones(1, 1, 12, 12, dtype=torch.bool)
    known[..., 2:10, 2:10] = False
    prior = GaussianPrior(spread=0.08)
    truth = np.random.default_rng(0).normal(MEAN, 0.08, (1, 1, 12, 12))
    y = torch.from_numpy(truth) * known
    sampling = Sampling(samples=100)
    moments = Moments()
    for number in range(sampling.samples):
        run = sampling.draw(
            PlaneDenoiser(prior=prior),
            GaussianLikelihood(y, Mask(known), 0.0),
            0,
            number,
        )
        moments.add(drain(run).image.numpy())
    assert moments.std[known.numpy()].max() < 1e-12
    in_holes = moments.std[~known.numpy()]
    assert np.sqrt(np.square(in_holes).mean()) == pytest.approx(0.08, rel=0.1)
    means = moments.mean[~known.numpy()]
    assert np.abs(means - MEAN).max() < 4 * 0.08 / 10


@pytest.mark.parametrize(
    "degradation",
    [
        Noise(sigma=0.05),
        Inpaint(np.arange(20 * 20).reshape(20, 20) % 3 == 0),
        Blur(gaussian=1.0, sigma=0.02),
        Downsample(2),
    ],
)
def test_interval_covers_what_the_prior_says(degradation: Any) -> None:
    """Images that are drawn from the prior lie in nine of ten intervals, or more."""
    prior = GaussianPrior(spread=0.05)
    rng = np.random.default_rng(0)
    # So little beyond 0 and 1 that this stays the range of the image.
    truth = rng.normal(MEAN, 0.05, (20 * degradation.enlargement,) * 2)
    y = damaged(truth, degradation, rng)
    found = posterior(y, prior=prior, degradation=degradation, samples=8)
    counted = np.ones(truth.shape, dtype=bool)
    if isinstance(degradation, Inpaint):
        counted = degradation.mask
    inside = np.abs(found.mean - truth) <= found.margin(0.9)
    # The prior is that of the images here, and needs no wider intervals.
    assert inside[counted].mean() > 0.86
    if isinstance(degradation, Noise):
        assert inside[counted].mean() < 0.94


@pytest.mark.parametrize(("sigma", "steps"), [(50, 16), (75, 16), (75, 1)])
def test_noise_that_is_cut_off_is_known_as_such(sigma: float, steps: int) -> None:
    """Of 8 bits, where a third of the pixels are black or white."""
    clean = data.camera()[96:192, 200:296].astype(float)
    noisy = clean + np.random.default_rng(0).normal(0, sigma, clean.shape)
    y = noisy.clip(0, 255).round().astype(np.uint8)
    options = {"prior": "photo-gray", "degradation": Noise(sigma=sigma)}
    found = posterior(y, samples=6, steps=steps, dtype=np.float32, **options)
    best = restore(y, dtype=np.float32, **options)
    errors = [np.sqrt(np.mean((x - clean) ** 2)) for x in (found.mean, best)]
    assert errors[0] < 1.02 * errors[1]
    assert 0.8 < np.sqrt(np.mean(found.std**2)) / errors[0] < 2
    assert np.mean(np.abs(found.mean - clean) <= found.margin(0.9)) > 0.85


def test_widening_is_that_of_the_part_that_needs_most() -> None:
    image = np.random.default_rng(0).random((16, 16))
    options = {"prior": GaussianPrior(), "samples": 2, "steps": 2, "device": "cpu"}
    for degradation, widening in (
        (Noise(0.1), 1.1),
        (Downsample(2, sigma=5 / 255), 2.1),
        (Compose(Blur(gaussian=1), Noise(25 / 255)), 4.1),
    ):
        found = posterior(image, degradation=degradation, **options)
        assert found.provenance["widening"] == pytest.approx(widening, rel=0.05)


def damaged(truth: np.ndarray, degradation: Any, rng: np.random.Generator) -> Any:
    plane = torch.from_numpy(truth)[None, None]
    factor = degradation.enlargement
    shape = truth.shape[0] // factor, truth.shape[1] // factor
    if isinstance(degradation, Inpaint):
        return np.where(degradation.mask, 0, truth)
    small = torch.zeros(1, 1, *shape, dtype=torch.float64)
    y = degradation.operator(shape, small).forward(plane)[0, 0].numpy()
    sigma = getattr(degradation, "sigma", None) or 0.0
    return y + rng.normal(0, sigma, y.shape)


def test_same_seed_same_result_whatever_the_batch() -> None:
    prior, y = random_prior(), image(40, 30)
    options = {"prior": prior, "degradation": Noise(sigma=0.1)}
    options |= {"tile": 24, "overlap": 8}
    first = uncertain(y, **options, batch_size=1)
    again = uncertain(y, **options, batch_size=3)
    other = uncertain(y, **options, seed=1)
    np.testing.assert_allclose(first.std, again.std, atol=1e-6)
    np.testing.assert_allclose(first.mean, again.mean, atol=1e-12)
    assert np.abs(first.std - other.std).max() > 1e-3


def test_planes_of_a_stack_have_samples_of_their_own() -> None:
    y = np.stack([image(10, 10)] * 2)
    found = uncertain(y, axes="ZYX", degradation=Noise(sigma=0.1))
    assert found.mean.shape == found.std.shape == y.shape
    np.testing.assert_allclose(found.mean[0], found.mean[1])
    assert np.abs(found.std[0] - found.std[1]).max() > 1e-3


def test_alpha_is_certain() -> None:
    y = (255 * image(10, 10, 4)).astype(np.uint8)
    found = uncertain(y, axes="YXS", degradation=Noise(sigma=20))
    assert found.mean.dtype == np.uint8
    np.testing.assert_array_equal(found.mean[..., 3], y[..., 3])
    assert not found.std[..., 3].any()
    assert found.std[..., :3].min() > 0


def test_units_are_those_of_the_image() -> None:
    y = image(12, 12)
    small = uncertain(y, degradation=Noise(sigma=0.1))
    large = uncertain((1000 * y).astype(np.float32), degradation=Noise(sigma=100.0))
    # The range of other intensities is their own, so the prior sees another image.
    assert large.std.mean() == pytest.approx(1000 * small.std.mean(), rel=0.5)
    assert large.std.dtype == np.float32


def test_sums_of_regions_are_those_of_samples() -> None:
    """In closed form: errors of pixels are independent here, so variances add."""
    y = image(20, 20)
    labels = np.zeros((20, 20), int)
    labels[:10], labels[15:, 4:9] = 5, 2
    prior, sigma = GaussianPrior(SPREAD), 0.1
    found = posterior(
        y, prior=prior, degradation=Noise(sigma), samples=120, regions=labels
    )
    first, second = found.sums(0.9)
    assert (first.label, first.pixels) == (2, 25)
    assert (second.label, second.pixels) == (5, 200)
    assert second.sum == pytest.approx(found.mean[:10].sum(), rel=1e-6)
    std = sigma * SPREAD / np.hypot(SPREAD, sigma)
    for row in (first, second):
        expected = std * row.pixels**0.5
        assert row.std == pytest.approx(expected, rel=0.25)
        assert row.upper - row.sum == pytest.approx(row.sum - row.lower)
        assert row.upper - row.sum == pytest.approx(1.1 * 1.658 * row.std, rel=1e-3)


def test_sums_over_planes_of_a_stack() -> None:
    y = np.stack([image(10, 10)] * 3)
    options = {"axes": "ZYX", "degradation": Noise(0.1)}
    labels = np.ones((10, 10), np.uint8)
    (flat,) = uncertain(y, regions=labels, **options).sums()
    assert flat.pixels == 300
    labels = np.zeros((3, 10, 10), np.uint8)
    labels[1] = 4
    found = uncertain(y, regions=labels, **options)
    (deep,) = found.sums()
    assert (deep.label, deep.pixels) == (4, 100)
    assert deep.sum == pytest.approx(found.mean[1].sum(), rel=1e-6)


def test_regions_that_make_no_sense() -> None:
    noise = Noise(0.1)
    for regions, words in (
        (np.zeros((8, 8), int), "marks no region"),
        (np.ones((8, 8)), "of type float64; pass whole numbers"),
        (np.ones((4, 4), int), "does not fit the image"),
    ):
        with pytest.raises(InputError, match=words):
            uncertain(image(8, 8), degradation=noise, regions=regions)
    with pytest.raises(InputError, match="finer pixels"):
        uncertain(image(8, 6), degradation=Downsample(3), regions=np.ones((8, 6), int))
    with pytest.raises(InputError, match="There are no regions"):
        uncertain(image(8, 8), degradation=noise).sums()


def test_enlarged() -> None:
    found = uncertain(image(8, 6), degradation=Downsample(3))
    assert found.mean.shape == found.std.shape == (24, 18)


@pytest.mark.parametrize("degradation", [JPEG(quality=10), Quantized(bits=3)])
def test_samples_stay_in_their_cells(degradation: Any) -> None:
    """So does their mean, cells being convex: the levels are the same."""
    y = data.camera()[200:232, 200:232]
    if isinstance(degradation, Quantized):
        y = (np.round(y / 255 * 7) / 7 * 255).round().astype(np.uint8)
    found = uncertain(y, degradation=degradation, dtype=np.float64)
    assert 0 < found.std.mean() < 30
    if isinstance(degradation, Quantized):
        assert found.provenance["mean"] == "of samples"
        assert np.abs(found.mean - y).max() <= 255 / 7 / 2 + 1e-6


@pytest.mark.parametrize(
    "degradation",
    [
        Noise(sigma=40),
        Blind(),
        Blind(sigma=0.0),
        JPEG(quality=20),
        Blur(gaussian=1.5, sigma=3.0),
        Downsample(2),
        Inpaint(np.arange(256).reshape(16, 16) % 5 == 0),
    ],
    ids=repr,
)
@pytest.mark.parametrize("steps", [1, 2])
def test_progress_reaches_its_end(degradation: Any, steps: int) -> None:
    y = (255 * image(16, 16)).astype(np.uint8)
    sampling = Sampling(samples=2, steps=steps)
    options = {"prior": random_prior(), "degradation": degradation}
    run = iter_posterior(y, estimator=sampling, **options)
    last = list(run)[-1]
    assert last.done == last.total > 0


def test_blind_images_are_those_of_restore() -> None:
    y, options = image(24, 24), {"prior": random_prior(), "degradation": Blind()}
    found = posterior(y, samples=2, steps=2, **options)
    np.testing.assert_allclose(found.mean, restore(y, **options), atol=1e-9)


def test_progress_and_cancelling() -> None:
    run = iter_posterior(
        image(12, 12),
        RestoreOptions(
            prior=GaussianPrior(SPREAD),
            degradation=Noise(sigma=0.1),
            estimator=Sampling(samples=4, steps=5),
        ),
    )
    events = list(run)
    result = run.result
    counted = [event.done for event in events if event.total]
    assert counted == sorted(counted)
    assert {event.total for event in events} <= {0, 20}
    assert "Drawing 4 samples" in events[-1].message
    assert json.loads(json.dumps(result.provenance)) == result.provenance
    cancelled = iter_posterior(
        image(12, 12), RestoreOptions(prior=GaussianPrior(SPREAD))
    )
    next(cancelled)
    cancelled.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"samples": 1}, "samples is 1; it must be a whole number from 2 to 10000"),
        ({"samples": 2.5}, "samples is 2.5"),
        ({"seed": -1}, "seed is -1"),
        ({"steps": 0}, "steps is 0"),
        ({"degradation": "noise"}, "pass one such as Noise"),
        ({"prior": identity_prior()}, "noise-conditioned prior"),
        ({"dtype": "complex64"}, "complex64"),
    ],
)
def test_bad_options(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        uncertain(image(8, 8), **options)


def test_memory_runs_out() -> None:
    with pytest.raises(MemoryLimitError, match="One tile"):
        uncertain(image(8, 8), prior=OutOfMemoryPrior(0), degradation=Noise(sigma=0.1))

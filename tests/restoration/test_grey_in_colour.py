"""Grey images that are kept as colours are restored as the grey images they are."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from doubles import GaussianPrior, random_prior
from skimage import data

from napari_flowprior import diagnose, iter_restore, log_prob_map, posterior, restore
from napari_flowprior.restoration import JPEG, Downsample, Inpaint, Noise

GREY = data.camera()[100:164, 200:264].astype(float)
GREY = (GREY + np.random.default_rng(0).normal(0, 20, GREY.shape)).clip(0, 255)
GREY = GREY.round().astype(np.uint8)
COLOURS = np.dstack([GREY] * 3)


def test_the_grey_prior_is_chosen_and_no_colour_comes_in():
    run = iter_restore(COLOURS, degradation=Noise(20))
    assert run.result.provenance["prior"]["name"] == "photo-gray"
    alone = restore(GREY, degradation=Noise(20))
    assert not (alone == GREY).all()
    np.testing.assert_array_equal(run.result.image, np.dstack([alone] * 3))


@pytest.mark.parametrize(
    "degradation",
    [
        None,
        Noise(),
        JPEG(quality=30),
        Downsample(2),
        Inpaint(mask=np.eye(64, dtype=bool)),
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_every_degradation_is_that_of_the_grey_image(degradation):
    told: dict[str, Any] = {"prior": GaussianPrior(), "degradation": degradation}
    alone = restore(GREY, **told)
    np.testing.assert_array_equal(restore(COLOURS, **told), np.dstack([alone] * 3))


def test_alpha_goes_with_it():
    alpha = np.arange(64**2).reshape(64, 64).astype(np.uint8)
    told: dict[str, Any] = {"prior": GaussianPrior(), "degradation": Noise(20)}
    whole = restore(np.dstack([COLOURS, alpha]), **told)
    np.testing.assert_array_equal(whole[..., 3], alpha)
    np.testing.assert_array_equal(whole[..., :3], restore(COLOURS, **told))


def test_lazy_results_have_the_same_bytes():
    told: dict[str, Any] = {"prior": GaussianPrior(), "degradation": Noise(20)}
    lazy = restore(da.from_array(COLOURS, chunks=(40, 40, 1)), **told)
    np.testing.assert_array_equal(lazy.compute(), restore(COLOURS, **told))


def test_samples_have_no_colours_either():
    found = posterior(COLOURS, prior=GaussianPrior(), degradation=Noise(20), samples=2)
    for each in (found.mean, found.std):
        assert np.ptp(each, axis=-1).max() == 0
    assert found.std.min() > 0


def test_maps_and_what_is_found():
    prior = random_prior()
    bits = log_prob_map(COLOURS, prior=prior, sigma=20)
    np.testing.assert_allclose(bits, log_prob_map(GREY, prior=prior, sigma=20))
    assert diagnose(COLOURS).sentences == diagnose(GREY).sentences


def test_a_prior_of_colours_may_be_chosen():
    run = iter_restore(COLOURS, prior="photo-rgb", degradation=Noise(20))
    assert run.result.provenance["prior"]["name"] == "photo-rgb"

"""Planes stream through estimators."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior, random_prior
from draining import drain

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.data import IntensityScale, PlaneView
from napari_flowprior.restoration import (
    HQS,
    Downsample,
    Inpaint,
    Noise,
    RestoreOptions,
    iter_restore,
)
from napari_flowprior.restoration.engine._plane_engine import PlaneEngine


def test_a_stack_is_its_planes_and_progress_adds_up() -> None:
    stack = np.random.default_rng(0).random((3, 21, 30))
    view = PlaneView(stack, "ZYX")
    prior = random_prior()
    engine = PlaneEngine(
        view=view,
        side=16,
        overlap=4,
        scale=IntensityScale(-0.5, 3.0),
        prior=prior,
        degradation=Noise(0.3),
        observation=Noise(0.3).observe(view),
        estimator=HQS(steps=4),
        sigma=0.1,
        batch_size=2,
    )
    out = np.empty(stack.shape)
    assert sum(engine.run(out)) == engine.total == 15
    options = {"prior": prior, "estimator": HQS(steps=4), "tile": 16, "overlap": 4}
    for z in range(3):
        alone = np.empty(stack.shape[1:])
        single = PlaneEngine(**{**vars(engine), "view": PlaneView(stack[z], "YX")})
        drain(single.run(alone))
        np.testing.assert_allclose(out[z], alone)
    mask = np.zeros(stack.shape[1:], dtype=bool)
    mask[5:9] = True
    whole = restore(stack, axes="ZYX", degradation=Inpaint(mask), **options)
    np.testing.assert_allclose(whole[:, ~mask], stack[:, ~mask])
    assert not np.allclose(whole[:, mask], stack[:, mask])


def test_work_comes_in_small_pieces() -> None:
    """A cancel must not wait for a whole plane."""
    image = np.random.default_rng(0).random((64, 64))
    options = {"tile": 16, "overlap": 4, "batch_size": 1}
    run = iter_restore(
        image,
        RestoreOptions(prior=random_prior(), estimator=HQS(steps=2), **options),
    )
    assert sum(1 for _ in run) > 2 * 25


@pytest.mark.parametrize("shape", [(1, 1), (5, 6), (12, 14), (2, 30)])
def test_images_smaller_than_a_tile(shape: tuple[int, int]) -> None:
    image = np.full(shape, 0.7)
    out = restore(
        image,
        prior=GaussianPrior(),
        degradation=Noise(sigma=0.1),
        estimator=HQS(),
    )
    assert out.shape == shape
    assert np.ptp(out) < 1e-9
    assert MEAN < out.flat[0] < 0.7


def test_values_too_large_to_compute_with_are_a_sentence() -> None:
    image = np.random.default_rng(0).random((31, 37)).astype(np.float32)
    image[0, 0] = 1.7e38
    prior = GaussianPrior().to("cpu", torch.float32)
    with pytest.raises(InputError, match="times the range of most; cut such"):
        restore(image, prior=prior, degradation=Downsample(2, sigma=0))

"""Runs that an error, or a cancel, ends at any moment leave nothing behind."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from doubles import GaussianPrior

from napari_flowprior import iter_posterior, iter_restore
from napari_flowprior.restoration import HQS, MMSE, Noise, Sampling
from napari_flowprior.restoration.engine import Output

if TYPE_CHECKING:
    from napari_flowprior.restoration import Estimator, Run

IMAGE = np.random.default_rng(0).random((2, 24, 30)).astype(np.float32)
ESTIMATORS = MMSE(), HQS(steps=1), Sampling(samples=2, steps=2)


class StrangeError(Exception):
    """Raised where nobody expects it."""


def begun(prior: GaussianPrior, estimator: Estimator) -> Run:
    begin = iter_posterior if isinstance(estimator, Sampling) else iter_restore
    settings = {"degradation": Noise(sigma=0.1), "axes": "CYX", "device": "cpu"}
    tiles = {"tile": 16, "overlap": 4, "batch_size": 2}
    return begin(IMAGE, prior=prior, estimator=estimator, **settings, **tiles)


def result(prior: GaussianPrior, estimator: Estimator) -> np.ndarray:
    found = begun(prior, estimator).result
    return np.asarray(found.std if isinstance(estimator, Sampling) else found.image)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_an_error_at_every_step_changes_nothing(estimator: Estimator) -> None:
    prior, before = GaussianPrior(), IMAGE.copy()
    expected, threads = result(prior, estimator), threading.active_count()
    steps = sum(1 for _ in begun(prior, estimator))
    assert steps > 4
    for step in range(steps):
        run = begun(prior, estimator)
        for _ in range(step + 1):
            next(run)
        with pytest.raises(StrangeError):
            run.throw(StrangeError())
        with pytest.raises(StopIteration):
            next(run)
    np.testing.assert_array_equal(result(prior, estimator), expected)
    np.testing.assert_array_equal(IMAGE, before)
    assert threading.active_count() == threads


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_started_and_cancelled_again_and_again(estimator: Estimator) -> None:
    prior = GaussianPrior()
    expected, threads = result(prior, estimator), threading.active_count()
    for cycle in range(50):
        with begun(prior, estimator) as run:
            for _, _ in zip(range(1 + cycle % 5), run, strict=False):
                pass
    assert threading.active_count() == threads
    np.testing.assert_array_equal(result(prior, estimator), expected)


@pytest.mark.parametrize("done", [1, 3, 4])
def test_what_is_told_of_the_noise_is_not_that_of_the_planes_left(done: int) -> None:
    rng = np.random.default_rng(0)
    planes = [rng.normal(100, level, (32, 32)) for level in (12, 13, 14, 15)]
    stack = np.stack(planes).clip(0, 255).astype(np.uint8)
    settings = {"degradation": Noise(sigma=9), "axes": "ZYX", "device": "cpu"}
    whole = iter_restore(stack, prior="photo-gray", **settings).result
    (warning,) = whole.provenance["warnings"]
    assert "more noise than the stated level of 9" in warning
    there = {(0, plane): [] for plane in range(done)}

    def go_on(shape: tuple[int, ...], dtype: np.dtype) -> Output:
        assert (shape, dtype) == (whole.image.shape, whole.image.dtype)
        return Output(array=whole.image.copy(), done=there)

    again = iter_restore(stack, prior="photo-gray", out=go_on, **settings).result
    assert again.provenance["warnings"] == [warning]
    np.testing.assert_array_equal(again.image, whole.image)

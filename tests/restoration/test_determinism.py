"""The same image, prior and settings give the same result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from doubles import random_prior

from napari_flowprior import iter_posterior, iter_restore
from napari_flowprior.restoration import (
    HQS,
    MMSE,
    Annealing,
    Blur,
    Noise,
    SampledMean,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_flowprior.restoration import Degradation, Estimator

IMAGE = np.random.default_rng(0).random((2, 24, 30)).astype(np.float32)
CASES = [
    (Noise(sigma=0.1), MMSE()),
    (Noise(sigma=0.1), HQS(steps=2)),
    (Blur(gaussian=1, sigma=0.1), HQS(steps=2)),
    (Noise(sigma=0.1), Annealing(steps=2)),
    (Noise(sigma=0.1), SampledMean(chains=2, steps=2)),
    (Noise(sigma=0.1), Sampling(samples=2, steps=2)),
]
NAMES = ["mmse", "hqs", "blur", "annealing", "sampled-mean", "posterior"]


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def result(degradation: Degradation, estimator: Estimator, **more: object) -> object:
    begin = iter_posterior if isinstance(estimator, Sampling) else iter_restore
    prior = random_prior(1).to("cpu", torch.float32)
    settings = {"prior": prior, "degradation": degradation, "estimator": estimator}
    settings |= {"axes": "ZYX", "device": "cpu", "tile": 16, "overlap": 4, **more}
    found = begin(IMAGE, **settings).result
    return found.mean if isinstance(estimator, Sampling) else found.image


@pytest.mark.parametrize(("degradation", "estimator"), CASES, ids=NAMES)
def test_the_same_bytes_again(degradation: Degradation, estimator: Estimator) -> None:
    first, second = (result(degradation, estimator) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("degradation", "estimator"), CASES, ids=NAMES)
def test_batches_change_the_last_digits_only(
    degradation: Degradation, estimator: Estimator
) -> None:
    expected = result(degradation, estimator, batch_size=1)
    other = result(degradation, estimator, batch_size=5)
    np.testing.assert_allclose(other, expected, atol=1e-5)


@pytest.mark.usefixtures("threads")
def test_threads_change_the_last_digits_only() -> None:
    torch.set_num_threads(1)
    expected = result(Noise(sigma=0.1), MMSE())
    torch.set_num_threads(2)
    np.testing.assert_allclose(result(Noise(sigma=0.1), MMSE()), expected, atol=1e-5)

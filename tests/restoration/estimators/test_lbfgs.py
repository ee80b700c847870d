"""L-BFGS of a batch against closed forms, and in the estimator of the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from doubles import MEAN, identity_prior, random_prior
from draining import drain
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    GaussianLikelihood,
    Identity,
    Inpaint,
    LatentMAP,
    Mask,
    Noise,
)
from napari_flowprior.restoration.estimators._lbfgs import LBFGS, Function

if TYPE_CHECKING:
    from torch import Tensor

SIGMA = 0.3


def draw(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def quadratics(seed: int, count: int, size: int) -> tuple[Function, Tensor]:
    """Return ``x' A x / 2 - b x`` for some A and b, and where they are lowest."""
    root = draw(seed, count, size, size)
    matrix = root @ root.mT + 0.1 * torch.eye(size, dtype=torch.float64)
    target = draw(seed + 1, count, size)

    def function(x: Tensor) -> tuple[Tensor, Tensor]:
        image = torch.einsum("bij,bj->bi", matrix, x)
        return (x * (image / 2 - target)).sum(1), image - target

    return function, torch.linalg.solve(matrix, target)


def rosenbrock(x: Tensor) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        a, b = x[:, :-1], x[:, 1:]
        value = (100 * (b - a**2) ** 2 + (1 - a) ** 2).sum(1)
        (gradient,) = torch.autograd.grad(value.sum(), x)
    return value.detach(), gradient


class Counted:
    """A function that counts how often it is called."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        self.calls += 1
        return self.function(x)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), size=st.integers(1, 12), count=st.integers(1, 4))
def test_quadratics(seed: int, size: int, count: int) -> None:
    function, lowest = quadratics(seed, count, size)
    search = LBFGS(history=2 * size, tolerance=1e-10)
    found = drain(search.minimise(function, torch.zeros_like(lowest), 400))
    torch.testing.assert_close(found, lowest, rtol=1e-6, atol=1e-6)


def test_a_valley_that_bends() -> None:
    starts = torch.tensor([[-1.2, 1.0], [2.0, -3.0], [0.0, 0.0]], dtype=torch.float64)
    found = drain(LBFGS(tolerance=1e-8).minimise(rosenbrock, starts, 120))
    torch.testing.assert_close(found, torch.ones_like(starts), rtol=1e-6, atol=1e-6)
    many = drain(LBFGS(tolerance=1e-8).minimise(rosenbrock, draw(0, 3, 8), 300))
    assert rosenbrock(many)[1].abs().max() < 1e-6


def test_values_never_rise() -> None:
    start = torch.tensor([[-1.2, 1.0]], dtype=torch.float64)
    values = [
        float(rosenbrock(drain(LBFGS().minimise(rosenbrock, start, n)))[0])
        for n in range(1, 60, 3)
    ]
    assert values[0] == float(rosenbrock(start)[0])
    assert values == sorted(values, reverse=True)
    assert values[-1] < 1e-6


@pytest.mark.parametrize("evaluations", [2, 15, 60])
def test_functions_of_a_batch_know_nothing_of_each_other(evaluations: int) -> None:
    starts = torch.cat([draw(3, 3, 6), torch.ones(1, 6, dtype=torch.float64)])
    together = drain(LBFGS().minimise(rosenbrock, starts, evaluations))
    for index, start in enumerate(starts):
        alone = drain(LBFGS().minimise(rosenbrock, start[None], evaluations))
        torch.testing.assert_close(together[index, None], alone, rtol=0, atol=1e-9)


def test_evaluations_are_counted_and_saved() -> None:
    function, lowest = quadratics(0, 2, 5)
    counted = Counted(function)
    assert sum(1 for _ in LBFGS().minimise(counted, torch.zeros_like(lowest), 7)) == 7
    assert counted.calls == 7
    counted = Counted(function)
    drain(LBFGS(history=10).minimise(counted, torch.zeros_like(lowest), 10_000))
    assert counted.calls < 100
    counted = Counted(function)
    found = drain(LBFGS().minimise(counted, lowest, 100))
    assert counted.calls == 1
    assert torch.equal(found, lowest)


def test_walls_are_not_stepped_through() -> None:
    """``x - log x``, which is nothing at 0 and below, is lowest at 1."""

    def wall(x: Tensor) -> tuple[Tensor, Tensor]:
        return (x - x.log()).sum(1), 1 - 1 / x

    starts = torch.tensor([[30.0, 0.01], [5.0, 5.0]], dtype=torch.float64)
    found = drain(LBFGS(tolerance=1e-8).minimise(wall, starts, 200))
    torch.testing.assert_close(found, torch.ones_like(found), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_stays_where_it_is(bad: float) -> None:
    function, lowest = quadratics(0, 3, 4)

    def spoiled(x: Tensor) -> tuple[Tensor, Tensor]:
        value, gradient = function(x)
        value[1] = bad
        gradient[2] = bad
        return value, gradient

    start = draw(5, 3, 4)
    found = drain(LBFGS(history=8, tolerance=1e-10).minimise(spoiled, start, 200))
    torch.testing.assert_close(found[0], lowest[0], rtol=1e-6, atol=1e-6)
    assert torch.equal(found[1:], start[1:])


def test_a_gradient_that_lies_makes_no_progress() -> None:
    def lying(x: Tensor) -> tuple[Tensor, Tensor]:
        return x.square().sum(1), -2 * x

    start = draw(0, 2, 3)
    counted = Counted(lying)
    found = drain(LBFGS().minimise(counted, start, 1000))
    assert torch.equal(found, start)
    # It gives up when steps are too short to tell.
    assert counted.calls < 50


# --- in the estimator of the paper


def energy_of(x: Tensor, likelihood: GaussianLikelihood) -> float:
    """Energy of an image for pixels N(MEAN, 1)."""
    return float(likelihood.energy(x).sum() + (x - MEAN).square().sum() / 2)


@pytest.mark.parametrize("space", ["latent", "whitened"])
def test_identity_flow_gives_the_gaussian_posterior_sooner_than_adam(
    space: str,
) -> None:
    prior = identity_prior()
    y = draw(1, 2, 1, 16, 16).sigmoid()
    likelihood = GaussianLikelihood(y, Identity(), SIGMA)
    expected = (y + SIGMA**2 * MEAN) / (1 + SIGMA**2)
    found = {
        kind: drain(
            LatentMAP(optimiser=kind, steps=12, space=space).run(prior, likelihood)
        )
        for kind in ("adam", "l-bfgs")
    }
    torch.testing.assert_close(found["l-bfgs"], expected, rtol=0, atol=1e-6)
    lowest = energy_of(expected, likelihood)
    left = {kind: energy_of(x, likelihood) - lowest for kind, x in found.items()}
    assert 0 <= left["l-bfgs"] < 1e-3 * left["adam"]


def test_holes_are_filled_with_the_mean() -> None:
    known = torch.ones(1, 1, 16, 16, dtype=torch.bool)
    known[..., 4:9, 5:12] = False
    y = draw(1, 1, 1, 16, 16).sigmoid() * known
    estimator = LatentMAP(optimiser="l-bfgs", steps=60)
    likelihood = GaussianLikelihood(y, Mask(known), 0.0)
    x = likelihood.finish(drain(estimator.run(identity_prior(), likelihood)))
    torch.testing.assert_close(x[known], y[known])
    expected = torch.full_like(x[~known], MEAN)
    torch.testing.assert_close(x[~known], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("degradation", [Noise(SIGMA), Inpaint(sigma=SIGMA)])
def test_result_does_not_depend_on_the_batch(degradation: Noise | Inpaint) -> None:
    image = np.random.default_rng(0).random((40, 40))
    image[3:6, 20:30] = image[3:6, 20:30] if isinstance(degradation, Noise) else np.nan
    options = {"prior": random_prior(), "degradation": degradation, "device": "cpu"}
    estimator = LatentMAP(optimiser="l-bfgs", steps=15)
    one, all_at_once = (
        restore(image, estimator=estimator, tile=16, overlap=4, batch_size=n, **options)
        for n in (1, 99)
    )
    np.testing.assert_allclose(one, all_at_once, rtol=0, atol=1e-6)


def test_single_precision_does_not_depend_on_the_batch_either() -> None:
    image = np.random.default_rng(0).integers(0, 255, (40, 40)).astype(np.uint8)
    options = {
        "prior": "photo-gray",
        "degradation": Noise(20),
        "estimator": LatentMAP(optimiser="l-bfgs", steps=6),
        "tile": 24,
        "device": "cpu",
        "dtype": "float32",
    }
    one, several = (restore(image, batch_size=n, **options) for n in (1, 4))
    np.testing.assert_array_equal(one, several)


def test_unknown_optimiser() -> None:
    with pytest.raises(InputError, match="'sgd'; choose one of adam, l-bfgs"):
        LatentMAP(optimiser="sgd")

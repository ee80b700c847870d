from __future__ import annotations

import pytest
import torch
from torch import Tensor

from napari_flowprior.restoration import GaussianLikelihood, Identity, Mask, Operator


def draw(seed: int, shape: tuple[int, ...] = (2, 3, 9, 7)) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


OPERATORS = {"identity": Identity(), "mask": Mask(draw(9) > 0.3)}


@pytest.fixture(params=OPERATORS.values(), ids=OPERATORS.keys())
def operator(request: pytest.FixtureRequest) -> Operator:
    return request.param  # type: ignore[no-any-return]


def test_adjoint(operator: Operator) -> None:
    x, y = draw(1), draw(2)
    left = (operator.forward(x) * y).sum()
    right = (x * operator.adjoint(y)).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("sigma", "rho"), [(0.1, 0.5), (2.0, 0.3), (0.0, 0.4)])
def test_prox_minimises_its_objective(
    operator: Operator, sigma: float, rho: float
) -> None:
    x, y = draw(1), operator.forward(draw(2))
    z = operator.prox(x, y, sigma, rho).requires_grad_()
    if sigma == 0:
        torch.testing.assert_close(operator.forward(z), y, rtol=0, atol=1e-12)
        hidden = z - operator.adjoint(operator.forward(z))
        expected = x - operator.adjoint(operator.forward(x))
        torch.testing.assert_close(hidden, expected, rtol=0, atol=1e-12)
        return
    misfit = (operator.forward(z) - y).square().sum() / (2 * sigma**2)
    distance = (z - x).square().sum() / (2 * rho**2)
    (gradient,) = torch.autograd.grad(misfit + distance, z)
    assert gradient.abs().max() < 1e-10


def test_mask_fills_holes_from_what_surrounds_them() -> None:
    ramp = torch.linspace(0, 1, 32, dtype=torch.float64).expand(1, 1, 32, 32)
    known = torch.ones(1, 1, 32, 32, dtype=torch.bool)
    known[..., 8:20, 9:21] = False
    filled = Mask(known).start(torch.where(known, ramp, float("nan")))
    assert torch.equal(filled[known], ramp[known])
    assert (filled - ramp).abs().max() < 0.02


def test_changes_are_carried_into_holes() -> None:
    known = draw(3, (1, 1, 40, 40)) > 0.5
    change = torch.full((1, 1, 40, 40), 2.0, dtype=torch.float64)
    carried = Mask(known).spread(torch.where(known, change, -7.0))
    assert torch.equal(carried[known], change[known])
    assert (carried <= 2).all()
    assert carried.mean() == pytest.approx(2, rel=0.1)


def test_changes_fade_in_large_holes() -> None:
    known = torch.ones(1, 1, 40, 60, dtype=torch.bool)
    known[..., :30] = False
    carried = Mask(known).spread(known.to(torch.float64))
    assert carried[..., 29].min() > 0.5
    assert carried[..., :20].abs().max() < 1e-3
    assert carried[0, 0, 20, 20:30].diff().min() >= 0


def test_nothing_is_carried_where_nothing_is_seen() -> None:
    unseen = torch.zeros(2, 1, 5, 7, dtype=torch.bool)
    assert Mask(unseen).spread(draw(4, (2, 1, 5, 7))).eq(0).all()


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 1, 1, 9), (2, 3, 5, 2)])
def test_mask_fill_of_odd_shapes(shape: tuple[int, ...]) -> None:
    known = torch.zeros(shape, dtype=torch.bool)
    known[..., 0, 0] = True
    filled = Mask(known).start(torch.full(shape, 0.7, dtype=torch.float64))
    torch.testing.assert_close(filled, torch.full_like(filled, 0.7))


def test_energy_counts_what_is_seen_only() -> None:
    known = torch.tensor([[[[True, False]]]])
    likelihood = GaussianLikelihood(
        torch.tensor([[[[1.0, 0.0]]]]), Mask(known), sigma=0.5
    )
    energy = likelihood.energy(torch.tensor([[[[0.0, 100.0]]]]))
    torch.testing.assert_close(energy, torch.tensor([2.0]))


def test_finish_puts_back_what_is_exact() -> None:
    y = torch.rand(1, 1, 4, 4)
    known = torch.rand(1, 1, 4, 4) > 0.5
    x = torch.rand(1, 1, 4, 4)
    exact = GaussianLikelihood(y, Mask(known), sigma=0.0).finish(x)
    assert torch.equal(exact[known], y[known])
    assert torch.equal(exact[~known], x[~known])
    assert torch.equal(GaussianLikelihood(y, Mask(known), 0.1).finish(x), x)

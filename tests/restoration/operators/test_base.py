"""What all operators obey."""

from __future__ import annotations

import pytest
import torch
from adjoints import draw

from napari_flowprior.restoration import Identity, Mask, Operator

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

"""Intensities spread around black, against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from small_flows import CONDITIONED, images, shaken

from napari_flowprior.flow import ActNorm, SpreadBlack, SpreadBlackAndWhite

if TYPE_CHECKING:
    from napari_flowprior.flow import Bijection

CELL = 1 / 255


def row(low: float, high: float, number: int) -> torch.Tensor:
    return torch.linspace(low, high, number, dtype=torch.float64)[None, None, None]


SPREADS = {
    "black": SpreadBlack(CELL),
    "black and white": SpreadBlackAndWhite(CELL, 4),
    "half of them": SpreadBlackAndWhite(CELL, 127),
}


@pytest.mark.parametrize("spread", SPREADS.values(), ids=SPREADS)
def test_inverse_and_log_determinant(spread: Bijection) -> None:
    x = row(-0.1, 1.1, 2001).requires_grad_()
    u, log_det = spread(x)
    assert (u.diff() > 0).all()
    (slopes,) = torch.autograd.grad(u.sum(), x)
    torch.testing.assert_close(log_det[0], slopes.log().sum())
    back, inverse = spread.inverse(u)
    torch.testing.assert_close(back, x)
    torch.testing.assert_close(inverse, -log_det)


def test_what_fills_the_cell_of_black_becomes_gaussian() -> None:
    places = (torch.arange(10_000, dtype=torch.float64) + 0.5) / 10_000 - 0.5
    u, log_det = SpreadBlack(CELL)(CELL * places[None, None, None])
    assert u.mean().abs() < 1e-9
    assert u.abs().max() < 2.5
    nats = -log_det / u.numel() + u.square().mean() / 2 + math.log(2 * math.pi) / 2
    # What N(0, 1) takes to tell it, over the width of the cell: nearly nothing.
    assert 0 < nats.item() - math.log(CELL) < 0.02


def test_what_fills_the_cells_of_white_becomes_gaussian() -> None:
    places = 4 * (torch.arange(10_000, dtype=torch.float64) + 0.5) / 10_000 + 251.5
    spread = SpreadBlackAndWhite(CELL, 4)
    u, log_det = spread(CELL * places[None, None, None])
    u = u - spread.middle_of_white
    assert u.mean().abs() < 1e-9
    nats = -log_det / u.numel() + u.square().mean() / 2 + math.log(2 * math.pi) / 2
    assert 0 < nats.item() - math.log(4 * CELL) < 0.02


def test_far_from_white_only_black_counts() -> None:
    x = row(-2 * CELL, 0.49 * CELL, 100)
    both, alone = SpreadBlackAndWhite(CELL, 4), SpreadBlack(CELL)
    torch.testing.assert_close(both(x)[0], alone(x)[0])
    torch.testing.assert_close(both(x)[1], alone(x)[1])


def test_slopes_meet_at_the_edge_of_the_cell() -> None:
    x = torch.tensor([0.5 - 1e-9, 0.5 + 1e-9], dtype=torch.float64).requires_grad_()
    u, _ = SpreadBlack(1.0)(x[None, None, None])
    (slopes,) = torch.autograd.grad(u.sum(), x)
    torch.testing.assert_close(slopes[0], slopes[1], rtol=1e-5, atol=0)


@pytest.mark.parametrize("white", [0, 3])
@pytest.mark.parametrize("whiten", [False, True])
def test_a_flow_that_spreads(whiten: bool, white: int) -> None:
    flow = shaken(replace(CONDITIONED, black_cell=0.1, white_cells=white))
    x = images(1, 1, 8, 4)

    def flat(image: torch.Tensor) -> torch.Tensor:
        latents, _ = flow(image, 0.1, whiten=whiten)
        return torch.cat([latent.flatten() for latent in latents])

    latents, log_det = flow(x, 0.1, whiten=whiten)
    jacobian = torch.autograd.functional.jacobian(flat, x).reshape(32, 32)
    torch.testing.assert_close(log_det[0], torch.linalg.slogdet(jacobian).logabsdet)
    decoded = flow.decode(latents, 0.1, whitened=whiten)
    assert (decoded.x - x).abs().max() < 1e-8
    torch.testing.assert_close(decoded.log_det, -log_det)


def test_activation_norms_are_set_by_what_was_spread() -> None:
    flow = shaken(replace(CONDITIONED, black_cell=0.1))
    x = images(8, 1, 16, 16)
    flow.initialize(x, 0.1)
    first = next(module for module in flow.modules() if isinstance(module, ActNorm))
    squeezed, _ = flow.levels[0].steps[0](SpreadBlack(0.1)(x)[0])
    assert first(squeezed)[0].mean((0, 2, 3)).abs().max() < 1e-9

"""Holes, and what fills them smoothly."""

from __future__ import annotations

import pytest
import torch
from adjoints import draw

from napari_flowprior.restoration import Mask


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

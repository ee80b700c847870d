"""Moments of noise that is cut off, against those of draws and of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import truncnorm

from napari_flowprior.restoration._cut_normal import Cut

MEANS = torch.tensor([-0.1, 0.0, 0.07, 0.5, 0.93, 1.2], dtype=torch.float64)
ENDS = [(True, True), (True, False), (False, True), (False, False)]
LEVEL = 0.1


@pytest.mark.parametrize("clipped", ENDS)
def test_what_is_moved_to_the_ends(clipped: tuple[bool, bool]) -> None:
    noise = np.random.default_rng(0).standard_normal((400_000, 1))
    low, high = (
        end if cut else far
        for end, cut, far in zip((0, 1), clipped, (-99, 99), strict=True)
    )
    seen = (MEANS.numpy() + LEVEL * noise).clip(low, high)
    drawn = (seen - MEANS.numpy()) / LEVEL
    mean, square = Cut.about(MEANS, LEVEL, clipped).moments()
    np.testing.assert_allclose(mean, drawn.mean(0), atol=0.01)
    np.testing.assert_allclose(square, (drawn**2).mean(0), atol=0.02)


@pytest.mark.parametrize("clipped", ENDS)
def test_what_lies_between_the_ends(clipped: tuple[bool, bool]) -> None:
    cut = Cut.about(MEANS, LEVEL, clipped)
    between = truncnorm(cut.low.numpy(), cut.high.numpy())
    expected = between.var() + between.mean() ** 2
    np.testing.assert_allclose(cut.square_inside(), expected, rtol=1e-6)


def test_levels_differ_from_pixel_to_pixel() -> None:
    levels = torch.linspace(0.05, 0.3, len(MEANS), dtype=torch.float64)
    together = Cut.about(MEANS, levels, (True, True)).moments()
    for n, (mean, level) in enumerate(zip(MEANS, levels, strict=True)):
        alone = Cut.about(mean, float(level), (True, True)).moments()
        assert [float(each[n]) for each in together] == pytest.approx(
            [float(each) for each in alone]
        )

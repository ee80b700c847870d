"""Factors that keep their promise: in closed form, over many random calibrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import norm

from napari_flowprior.calibration import (
    fewest_pairs,
    find_factor,
    is_normally_below,
    is_surely_below,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

CALIBRATIONS, PIXELS = 200, 400


class Instrument:
    """Errors that are normal, of a deviation that differs from image to image.

    The mean share of pixels that lie beyond a factor is known in closed form.
    """

    deviations = np.array([0.6, 0.8, 1.0, 1.0, 1.2, 1.5])

    def draw(self, rng: np.random.Generator, pairs: int) -> list[NDArray[np.float64]]:
        spread = rng.choice(self.deviations, pairs)
        return [np.abs(rng.normal(0, each, PIXELS)) for each in spread]

    def risk(self, factor: float) -> float:
        return float(np.mean(2 * norm.sf(factor / self.deviations)))


@pytest.mark.parametrize(
    ("is_below", "pairs"),
    [
        (is_normally_below, 20),
        (is_normally_below, 60),
        (is_surely_below, 25),
        (is_surely_below, 100),
    ],
)
def test_the_guarantee_over_random_calibrations(
    is_below: Callable[[NDArray[np.float64], float, float], bool], pairs: int
) -> None:
    """At most one in ten calibrations may miss more than a tenth of the pixels."""
    instrument, rng = Instrument(), np.random.default_rng(0)
    kept, coverages = 0, []
    for _ in range(CALIBRATIONS):
        factor = find_factor(instrument.draw(rng, pairs), 0.1, 0.1, is_below)
        assert factor is not None
        kept += instrument.risk(factor) <= 0.1
        coverages.append(1 - instrument.risk(factor))
    # Three deviations of a count of 200 at 0.9.
    assert kept >= 0.9 * CALIBRATIONS - 3 * (CALIBRATIONS * 0.09) ** 0.5
    if is_below is is_normally_below:
        assert np.mean(coverages) < 0.93


def test_without_a_margin_every_other_calibration_fails() -> None:
    """So the test above can fail: the mean loss itself is no bound."""
    instrument, rng = Instrument(), np.random.default_rng(0)
    factors = [
        find_factor(
            instrument.draw(rng, 20), 0.1, 0.1, lambda losses, *_: losses.mean() <= 0.1
        )
        for _ in range(CALIBRATIONS)
    ]
    kept = sum(instrument.risk(factor or 0.0) <= 0.1 for factor in factors)
    assert kept < 0.7 * CALIBRATIONS


def test_how_few_pairs_can_bound_a_risk() -> None:
    assert fewest_pairs(0.1, 0.1) == 22
    assert 0.9**22 <= 0.1 < 0.9**21
    # With one image in ten missed altogether, 21 pairs show none in 11 % of the cases.
    assert not is_surely_below(np.zeros(21), 0.1, 0.1)
    assert is_surely_below(np.zeros(30), 0.1, 0.1)


@pytest.mark.parametrize("is_below", [is_normally_below, is_surely_below])
def test_more_losses_and_more_doubt_rule_out_more(
    is_below: Callable[[NDArray[np.float64], float, float], bool],
) -> None:
    rng = np.random.default_rng(1)
    excess = []
    for number in (30, 300, 3000):
        losses = rng.beta(2, 18, number)
        risks = losses.mean() + np.linspace(0, 0.2, 401)
        least = {
            doubt: min(risk for risk in risks if is_below(losses, risk, doubt))
            for doubt in (0.1, 0.01)
        }
        assert least[0.01] > least[0.1] > losses.mean()
        excess.append(least[0.1] - losses.mean())
    assert excess[0] > excess[1] > excess[2]


def test_losses_of_one_rule_out_nothing() -> None:
    assert not is_surely_below(np.ones(30), 0.999, 0.1)


def test_factors_scale_with_the_errors() -> None:
    ratios = Instrument().draw(np.random.default_rng(2), 40)
    factor = find_factor(ratios, 0.1, 0.1, is_normally_below)
    twice = find_factor([2 * each for each in ratios], 0.1, 0.1, is_normally_below)
    assert factor is not None
    assert twice is not None
    assert twice / factor == pytest.approx(2, rel=0.02)


def test_what_no_width_can_cover() -> None:
    ratios = [np.full(100, np.inf) for _ in range(30)]
    assert find_factor(ratios, 0.1, 0.1, is_normally_below) is None

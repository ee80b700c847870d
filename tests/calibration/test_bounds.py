"""Factors that keep their promise: in closed form, over many random calibrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, t

from napari_flowprior.calibration import (
    fewest_pairs,
    find_factor,
    is_normally_below,
    is_surely_below,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bound = Callable[[NDArray[np.float64], float, float], bool]

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
def test_the_guarantee_over_random_calibrations(is_below: Bound, pairs: int) -> None:
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


SKEWED = {
    "lively": np.random.default_rng(7).lognormal(0, 0.25, 4000),
    "livelier": np.random.default_rng(7).lognormal(0, 0.5, 4000),
    "liveliest": np.random.default_rng(7).lognormal(0, 0.8, 4000),
    "one in ten": np.random.default_rng(7).lognormal(0, 0.25, 4000)
    * np.repeat([3.0, 1.0], [400, 3600]),
}


def accepted(kind: str, pairs: int, is_below: Bound) -> float:
    """How often a bound accepts losses whose true mean is just the risk."""
    deviations = SKEWED[kind]
    factor = brentq(lambda f: np.mean(2 * norm.sf(f / deviations)) - 0.1, 1, 20)
    losses, rng = 2 * norm.sf(factor / deviations), np.random.default_rng(0)
    drawn = [rng.choice(losses, pairs) for _ in range(1500)]
    return float(np.mean([is_below(each, 0.1, 0.1) for each in drawn]))


@pytest.mark.parametrize("pairs", [20, 25, 40])
@pytest.mark.parametrize("kind", SKEWED)
def test_the_guarantee_where_few_images_have_large_losses(
    kind: str, pairs: int
) -> None:
    # Two deviations of a share of 1500 at 0.1.
    assert accepted(kind, pairs, is_normally_below) < 0.1 + 2 * 0.0077


def test_students_bound_alone_fails_there() -> None:
    def student(losses: NDArray[np.float64], risk: float, doubt: float) -> bool:
        quantile = t.ppf(1 - doubt, len(losses) - 1)
        return losses.mean() + quantile * losses.std(ddof=1) / len(losses) ** 0.5 < risk

    assert accepted("one in ten", 25, student) > 0.15


@pytest.mark.parametrize("pairs", [25, 40, 100])
def test_where_nothing_can_be_ruled_out_for_all_distributions(pairs: int) -> None:
    least = 1 - 0.9 * 0.1 ** (-1 / pairs)
    # With as many losses of 1 among them as make the mean 0.1, none shows in a tenth.
    ones = (0.1 - least) / (1 - least)
    assert (1 - ones) ** pairs == pytest.approx(0.1)
    assert not is_surely_below(np.full(pairs, least), 0.1, 0.1)
    # The bets come close: they begin small, as if the mean were a half.
    assert is_surely_below(np.full(2 * pairs, least), 0.1, 0.1)


def test_how_few_pairs_can_bound_a_risk() -> None:
    assert fewest_pairs(0.1, 0.1) == 22
    assert 0.9**22 <= 0.1 < 0.9**21
    # With one image in ten missed altogether, 21 pairs show none in 11 % of the cases.
    assert not is_surely_below(np.zeros(21), 0.1, 0.1)
    assert is_surely_below(np.zeros(30), 0.1, 0.1)


@pytest.mark.parametrize("is_below", [is_normally_below, is_surely_below])
def test_more_losses_and_more_doubt_rule_out_more(
    is_below: Bound,
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

"""Compare bounds on the mean share of missed pixels, over simulated instruments.

Errors are normal, of a deviation that differs from image to image, so that the share of
an image that a factor misses is known in closed form. From the shares of few images
each bound tells from which factor on their mean is below a tenth. Prints in how many of
400 random sets that is wrong, and mean coverage::

    python benchmarks/bounds.py --pairs 25
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm, skew, t

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Shares = NDArray[np.float64]

SETS, IMAGES, RISK, DOUBT = 400, 4000, 0.1, 0.1
FACTORS = np.geomspace(0.3, 60.0, 540)
RESAMPLED = 600


def instruments() -> dict[str, Shares]:
    """Deviations of the errors of images."""
    rng = np.random.default_rng(0)
    drawn = {f"lognormal, {s}": rng.lognormal(0, s, IMAGES) for s in (0.25, 0.5, 0.8)}
    for name, times, number in (
        ("one in ten 3 times as large", 3, IMAGES // 10),
        ("one in twenty 10 times", 10, IMAGES // 20),
    ):
        drawn[name] = rng.lognormal(0, 0.25, IMAGES)
        drawn[name][:number] *= times
    return drawn


def student(shares: Shares, skewness: float) -> Shares:
    """Bounds by Student's t, and by some times Hall's first term of skewness."""
    number, quantile = len(shares), t.ppf(1 - DOUBT, len(shares) - 1)
    spread = shares.std(0, ddof=1)
    # Where nothing is missed there is no skewness to speak of.
    with np.errstate(all="ignore"):
        skewed = np.where(spread > 1e-9, skew(shares, 0, bias=False).clip(0), 0)
    term = skewness * skewed * (1 + 2 * quantile**2) / (6 * number**0.5)
    return shares.mean(0) + (quantile + term) * spread / number**0.5


def bootstrap(shares: Shares) -> Shares:
    """Bounds by the quantile of t over sets that are drawn from the set."""
    number, rng = len(shares), np.random.default_rng(1)
    weights = rng.multinomial(number, [1 / number] * number, RESAMPLED) / number
    mean = shares.mean(0)
    means = weights @ shares
    variances = np.maximum(weights @ shares**2 - means**2, 1e-9)
    low = np.quantile((means - mean) / variances**0.5, DOUBT, axis=0)
    return mean - low * shares.std(0)


BOUNDS: dict[str, Callable[[Shares], Shares]] = {
    "Student": lambda shares: student(shares, 0.0),
    "first term": lambda shares: student(shares, 1.0),
    "twice that": lambda shares: student(shares, 2.0),
    "bootstrap of t": bootstrap,
}


def counted(missed: Shares, pairs: int, bound: Callable[[Shares], Shares]) -> str:
    rng, true, found = np.random.default_rng(5), missed.mean(0), []
    for _ in range(SETS):
        chosen = missed[rng.integers(len(missed), size=pairs)]
        bad = np.flatnonzero(~(bound(chosen) <= RISK))
        found.append(true[min(bad.max(initial=-1) + 1, len(true) - 1)])
    wrong = np.mean(np.array(found) > RISK)
    return f"{100 * wrong:.0f} %, {100 - 100 * np.mean(found):.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=25, help="in each set")
    options = parser.parse_args()
    print(f"| deviations | {' | '.join(BOUNDS)} |", "|---" * 5 + "|", sep="\n")
    for name, deviations in instruments().items():
        missed = 2 * norm.sf(FACTORS / deviations[:, None])
        cells = [counted(missed, options.pairs, bound) for bound in BOUNDS.values()]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

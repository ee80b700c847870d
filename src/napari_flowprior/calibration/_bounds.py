"""How wide intervals must be for a risk to be under control: the statistics alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Test = Callable[[NDArray[np.float64], float, float], bool]

__all__ = ["fewest_pairs", "find_factor", "is_normally_below", "is_surely_below"]

# Factors that are tried: from a tenth to a hundred times as wide, by one per cent.
_FACTORS = np.geomspace(0.1, 100.0, 695)
# How many times the first term of skewness is allowed for: of 20 to 40 losses only some
# three quarters of their skewness show, and the terms that follow are of the same sign.
_SKEWNESS = 2.0


def fewest_pairs(risk: float, doubt: float) -> int:
    """Return how few pairs can bound a risk, whatever its distribution.

    Were every image in `risk` of all missed altogether, and the others covered, fewer
    would be all covered with a probability above `doubt`.

    Parameters
    ----------
    risk : float
        Mean share of the pixels that may be missed, above 0 and below 1.
    doubt : float
        Probability with which it may be more.

    Returns
    -------
    int
        22 for a risk and a doubt of 0.1.

    Examples
    --------
    >>> from napari_flowprior.calibration import fewest_pairs
    >>> fewest_pairs(risk=0.1, doubt=0.1)
    22
    """
    return math.ceil(math.log(doubt) / math.log1p(-risk))


def is_normally_below(losses: NDArray[np.float64], risk: float, doubt: float) -> bool:
    """Tell whether the mean is below a risk, by Student's bound on it.

    This holds as far as the mean of the losses is nearly normal: exactly for normal
    losses, and in the limit of many for all. Where few images have large losses, the
    bound is higher, by twice the first term of the expansion in their skewness. It
    fails where images that are missed altogether are so rare that there is none among
    those at hand; only `is_surely_below` holds there.

    Parameters
    ----------
    losses : ndarray, shape (N,)
        Independent losses.
    risk : float
        Mean that is to be ruled out.
    doubt : float
        Probability with which a mean as high may be ruled out wrongly.

    Returns
    -------
    bool
        Whether it is ruled out.

    References
    ----------
    Hall, *On the removal of skewness by transformation* (1992), equation 1.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.calibration import is_normally_below
    >>> losses = np.random.default_rng(0).uniform(0, 0.1, 30)
    >>> bool(is_normally_below(losses, risk=0.1, doubt=0.1))
    True
    """
    number, spread = len(losses), float(losses.std(ddof=1))
    if spread == 0:
        return bool(losses.mean() <= risk)
    root, quantile = math.sqrt(number), float(stdtrit(number - 1, 1 - doubt))
    skewness = max(_skewness((losses - losses.mean()) / spread), 0.0)
    quantile += _SKEWNESS * skewness * (1 + 2 * quantile**2) / (6 * root)
    return bool(losses.mean() + quantile * spread / root <= risk)


def _skewness(standard: NDArray[np.float64]) -> float:
    """Return the skewness of losses of mean 0 and deviation 1, corrected for few."""
    number = len(standard)
    few = number**2 / ((number - 1) * max(number - 2, 1))
    return few * float(np.mean(standard**3))


def is_surely_below(losses: NDArray[np.float64], risk: float, doubt: float) -> bool:
    """Tell whether the mean is below a risk, for any number and any distribution.

    A gambler bets that losses are below the risk, each time a part of the capital that
    only depends on the past. Whoever has won ``1 / doubt`` times the stake may rule out
    that the mean is as high.

    Neither this nor any other bound that holds for all distributions rules a risk out
    where n losses are ``1 - (1 - risk) * doubt**(-1 / n)`` each or more: with a few
    losses of 1 among them, which n draws may well not show, their mean would be the
    risk. For a risk and a doubt of 0.1, these are 0.013 of 25 losses, 0.047 of 40, and
    0.079 of 100.

    Parameters
    ----------
    losses : ndarray, shape (N,)
        Independent losses from 0 to 1, in an order that has nothing to do with them.
    risk : float
        Mean that is to be ruled out.
    doubt : float
        Probability with which a mean as high may be ruled out wrongly.

    Returns
    -------
    bool
        Whether it is ruled out.

    References
    ----------
    Waudby-Smith and Ramdas, *Estimating means of bounded random variables by betting*
    (2024); Bates et al., *Distribution-free, risk-controlling prediction sets* (2021),
    Proposition 5.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.calibration import is_surely_below
    >>> losses = np.random.default_rng(0).uniform(0, 0.1, 99)
    >>> bool(is_surely_below(losses, risk=0.1, doubt=0.1))
    True
    """
    capital = np.cumsum(np.log1p(-_bets(losses, doubt) * (losses - risk)))
    return bool(capital.max() > -math.log(doubt))


def _bets(losses: NDArray[np.float64], doubt: float) -> NDArray[np.float64]:
    """Choose what part of the capital is staked on each loss, by those before it."""
    counts = np.arange(1, len(losses) + 1)
    means = (0.5 + np.cumsum(losses)) / (counts + 1)
    variances = (0.25 + np.cumsum((losses - means) ** 2)) / (counts + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    bets = np.sqrt(2 * math.log(1 / doubt) / (len(losses) * before))
    # All of it could be lost to a loss of 1 where the mean is near 0.
    return np.minimum(bets, 1 - 1e-9)


def find_factor(
    ratios: Sequence[NDArray[np.floating]], risk: float, doubt: float, is_below: Test
) -> float | None:
    """Find how many times as wide intervals must be.

    The least factor from which on the mean share of the pixels that intervals miss is
    known to be below `risk`.

    Parameters
    ----------
    ratios : sequence of ndarray
        For each pair, how many times half the width of its interval each pixel is away.
    risk : float
        Share of the pixels that may be missed.
    doubt : float
        Probability with which it may be more.
    is_below : callable
        `is_normally_below` or `is_surely_below`.

    Returns
    -------
    float or None
        The factor; None if none is enough.

    References
    ----------
    Bates et al. (2021), equation 5; Angelopoulos et al., *Image-to-image regression
    with distribution-free uncertainty quantification* (2022).

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.calibration import find_factor, is_normally_below
    >>> rng = np.random.default_rng(0)
    >>> ratios = [abs(rng.normal(size=1000)) for _ in range(22)]
    >>> factor = find_factor(ratios, 0.1, 0.1, is_normally_below)
    >>> 1.645 < factor < 1.8  # 90 % of a normal distribution are within 1.645
    True
    """
    missed = np.array([_missed(np.sort(each, axis=None)) for each in ratios])
    enough = None
    for factor, losses in zip(_FACTORS[::-1], missed.T[::-1], strict=True):
        if not is_below(losses, risk, doubt):
            break
        enough = float(factor)
    return enough


def _missed(ordered: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return which share of the pixels each of the factors misses."""
    if not len(ordered):
        raise InputError("A pair has no pixels.")
    inside = np.searchsorted(ordered, _FACTORS, side="right")
    return 1 - inside / len(ordered)

"""Random numbers that depend on the seed alone: not on the device, nor on batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.special import log_ndtr, ndtr, ndtri_exp
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["confined", "normal", "paired", "truncated_normal"]


class _Opposite(np.random.Generator):
    """Draws what lies opposite to what `Generator` draws: -x for x, 1 - u for u."""

    def standard_normal(self, *args: Any, **options: Any) -> Any:
        return -super().standard_normal(*args, **options)

    def random(self, *args: Any, **options: Any) -> Any:
        return 1 - super().random(*args, **options)


def paired(seed: int, number: int) -> np.random.Generator:
    """Return the source of randomness of one of several chains whose mean is taken.

    Chains 0 and 1, 2 and 3, and so on, draw opposite numbers. Each by itself is as
    random as without, but in the mean of a pair what depends on them linearly cancels:
    two chains are closer to the expected value than four independent ones.

    Parameters
    ----------
    seed : int
        Of all chains.
    number : int
        Number of the chain.

    Returns
    -------
    Generator
        New with every call.

    References
    ----------
    Hammersley and Morton, *A new Monte Carlo technique: antithetic variates* (1956).
    """
    kind = _Opposite if number % 2 else np.random.Generator
    return kind(np.random.PCG64((seed, number // 2)))


def normal(rng: np.random.Generator, like: Tensor) -> Tensor:
    """Draw from the standard normal distribution.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    like : Tensor
        Of the shape and type that is wanted, and on the device.

    Returns
    -------
    Tensor
        Independent numbers.
    """
    kind = np.float64 if like.dtype == torch.float64 else np.float32
    numbers = rng.standard_normal(tuple(like.shape), dtype=kind)
    return torch.from_numpy(numbers).to(like)


def truncated_normal(
    rng: np.random.Generator, mean: Tensor, std: float, low: Tensor, high: Tensor
) -> Tensor:
    """Draw from normal distributions between bounds, exactly.

    By the inverse of the distribution function, on a logarithmic scale, so that bounds
    may lie any number of standard deviations away.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    mean : Tensor
        Means of the distributions without bounds, of any shape.
    std : float
        Their standard deviation, above 0.
    low, high : Tensor
        Bounds, shape of `mean`.

    Returns
    -------
    Tensor
        Numbers from `low` to `high`, shape of `mean`.
    """
    share = rng.random(tuple(mean.shape))
    return _at_share(share, 1 - share, mean, std, low, high)


def confined(
    numbers: Tensor, mean: Tensor, std: float, low: Tensor, high: Tensor
) -> Tensor:
    """Make normal numbers such as are between bounds, each moved as little as it can.

    Where a number has a share of the normal distribution below it, the result has the
    same share of the distribution between bounds below it: wide bounds change nothing.

    Parameters
    ----------
    numbers : Tensor
        Drawn from the distributions without bounds, of any shape.
    mean : Tensor
        Their means, shape of `numbers`.
    std : float
        Their standard deviation, above 0.
    low, high : Tensor
        Bounds, shape of `numbers`.

    Returns
    -------
    Tensor
        Numbers from `low` to `high`, shape of `numbers`, of the distribution that
        `truncated_normal` draws from.
    """
    deviations = ((numbers - mean).cpu().double() / std).numpy()
    return _at_share(ndtr(deviations), ndtr(-deviations), mean, std, low, high)


def _at_share(
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    mean: Tensor,
    std: float,
    low: Tensor,
    high: Tensor,
) -> Tensor:
    """Return where distributions between bounds have a share below, the rest above."""
    left, right = ((end - mean).cpu().double().numpy() / std for end in (low, high))
    # The lower tail is where the distribution function keeps its precision.
    turned = left + right > 0
    left, right = np.where(turned, -right, left), np.where(turned, -left, right)
    numbers = _between(np.where(turned, above, below), left, right)
    steps = torch.from_numpy(np.where(turned, -numbers, numbers)).to(mean)
    return torch.minimum(torch.maximum(mean + std * steps, low), high)


def _between(
    share: NDArray[np.float64], left: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where the standard normal distribution has a share of its interval."""
    most = log_ndtr(right)
    least = np.exp(log_ndtr(left) - most)
    numbers: NDArray[np.float64] = ndtri_exp(most + np.log(least + share * (1 - least)))
    return np.clip(numbers, left, right)

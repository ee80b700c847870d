"""L-BFGS on a batch of functions that know nothing of each other."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["LBFGS", "Function"]

Function = Callable[[Tensor], tuple[Tensor, Tensor]]
"""From points (B, N) to values (B,) and gradients (B, N)."""

# Share of what the slope promises that a step must bring (Armijo).
_DECREASE = 1e-4
# A step and the change of the gradient along it must agree so far (cosine), for them to
# tell of a convex direction.
_CURVATURE = 1e-8
_SHORTEST = 1e-10


@dataclass(frozen=True, kw_only=True)
class LBFGS:
    """Limited-memory BFGS with backtracking, for B functions of N variables each.

    Every function has a history, a step length and an end of its own, so what is found
    for it does not depend on the others: they share the evaluations only. In each
    evaluation every function tries a step. It takes the step if its value falls enough,
    and else tries a shorter one in the same direction, by quadratic interpolation.

    Parameters
    ----------
    history : int
        How many steps to remember.
    tolerance : float
        A function is done when no entry of its gradient is larger.

    References
    ----------
    Nocedal and Wright, *Numerical Optimization* (2006), algorithms 3.1 and 7.4.
    """

    history: int = 10
    tolerance: float = 1e-6

    def minimise(
        self, function: Function, x: Tensor, evaluations: int
    ) -> Generator[None, None, Tensor]:
        """Go downhill on each function.

        Parameters
        ----------
        function : callable
            From points (B, N) to values (B,) and gradients (B, N). Where a value is not
            finite, nothing steps.
        x : Tensor
            Where to begin, (B, N).
        evaluations : int
            How often to call the function at most.

        Returns
        -------
        Tensor
            The lowest points found, (B, N).

        Yields
        ------
        None
            After each evaluation.
        """
        value, gradient = function(x)
        yield
        pairs = _Pairs(gradient, self.history)
        direction, length = pairs.downhill(gradient), torch.ones_like(value)
        for _ in range(evaluations - 1):
            slope = _dot(gradient, direction)
            searching = (slope < 0) & (length > _SHORTEST)
            searching &= gradient.abs().amax(1) > self.tolerance
            if not bool(searching.any()):
                break
            trial = x + length[:, None] * direction
            tried, tilted = function(trial)
            yield
            taken = searching & _falls(tried, value, length * slope)
            pairs.remember(taken, trial - x, tilted - gradient)
            length = _shortened(length, slope, tried - value).masked_fill(taken, 1.0)
            value = torch.where(taken, tried, value)
            x = torch.where(taken[:, None], trial, x)
            gradient = torch.where(taken[:, None], tilted, gradient)
            found = pairs.downhill(gradient)
            direction = torch.where(taken[:, None], found, direction)
        return x


class _Pairs:
    """The last steps of each function and how they changed its gradient.

    Parameters
    ----------
    gradient : Tensor
        The first gradients, (B, N), which make the first steps one long.
    history : int
        How many pairs to keep; those that are missing are zero, newest first.
    """

    def __init__(self, gradient: Tensor, history: int) -> None:
        self.steps = gradient.new_zeros(history, *gradient.shape)
        self.changes = torch.zeros_like(self.steps)
        self.inverses = gradient.new_zeros(history, len(gradient))
        self.scale = 1 / gradient.norm(dim=1).clamp_min(_SHORTEST)

    def downhill(self, gradient: Tensor) -> Tensor:
        """Return minus the inverse Hessian, as far as it is known, times gradients."""
        pairs = list(zip(self.steps, self.changes, self.inverses, strict=True))
        weights = []
        for step, change, inverse in pairs:
            weights.append(inverse * _dot(step, gradient))
            gradient = gradient - weights[-1][:, None] * change
        gradient = self.scale[:, None] * gradient
        for (step, change, inverse), weight in zip(
            reversed(pairs), reversed(weights), strict=True
        ):
            missing = weight - inverse * _dot(change, gradient)
            gradient = gradient + missing[:, None] * step
        return -gradient

    def remember(self, which: Tensor, step: Tensor, change: Tensor) -> None:
        """Add pairs for some functions, but for those that tell of no convexity."""
        curvature = _dot(step, change)
        agreement = curvature / (step.norm(dim=1) * change.norm(dim=1))
        which = which & (agreement > _CURVATURE)
        for kept, new in (
            (self.steps, step),
            (self.changes, change),
            (self.inverses, 1 / curvature),
        ):
            kept[:, which] = torch.cat([new[None, which], kept[:-1, which]])
        scale = curvature / change.square().sum(1)
        self.scale = torch.where(which, scale, self.scale)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(1)


def _falls(tried: Tensor, value: Tensor, promise: Tensor) -> Tensor:
    """Tell whether values fall enough, up to rounding."""
    rounding = 4 * torch.finfo(value.dtype).eps * value.abs()
    return tried.isfinite() & (tried <= value + _DECREASE * promise + rounding)


def _shortened(length: Tensor, slope: Tensor, rise: Tensor) -> Tensor:
    """Return where the parabola through what is known of a line is lowest."""
    lowest = -slope * length.square() / (2 * (rise - slope * length))
    lowest = torch.where(lowest.isfinite(), lowest, 0.0)
    return torch.clamp(lowest, 0.1 * length, 0.5 * length)

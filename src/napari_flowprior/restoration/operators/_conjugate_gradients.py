"""Conjugate gradients for a batch of planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["conjugate_gradients"]


def conjugate_gradients(
    operator: Callable[[Tensor], Tensor],
    preconditioner: Callable[[Tensor], Tensor],
    target: Tensor,
    tolerance: float,
    max_steps: int,
) -> Tensor:
    """Solve ``operator(z) = target`` for each plane on its own, from zero.

    Parameters
    ----------
    operator : callable
        A symmetric, positive definite map of planes, (B, C, H, W).
    preconditioner : callable
        Another one, near its inverse.
    target : Tensor
        The right-hand side, (B, C, H, W).
    tolerance : float
        Stop at a residual this small, relative to the target.
    max_steps : int
        Stop after so many steps.

    Returns
    -------
    Tensor
        The solution, (B, C, H, W).
    """
    solution, residual = torch.zeros_like(target), target
    direction = preconditioner(residual)
    gain = _dot(residual, direction)
    goal = tolerance**2 * _dot(target, target)
    for _ in range(max_steps):
        # Planes that are done stand still, so that none depends on its batch.
        active = _dot(residual, residual) > goal
        if not bool(active.any()):
            break
        image = operator(direction)
        step = torch.where(active, gain / _dot(direction, image), 0.0)
        solution = solution + step * direction
        residual = residual - step * image
        better = preconditioner(residual)
        previous, gain = gain, _dot(residual, better)
        direction = better + torch.where(active, gain / previous, 0.0) * direction
    return solution


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum((-2, -1), keepdim=True)

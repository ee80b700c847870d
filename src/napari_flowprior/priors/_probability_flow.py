"""The probability-flow ODE: a score network as a continuous normalizing flow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    ScaledScore = Callable[[Tensor, Tensor], Tensor]
    """From images, (B, C, H, W), and levels, (B,), to sigma times the score."""

__all__ = ["carry"]

_SEED = 0


def carry(
    scaled_score: ScaledScore,
    x: Tensor,
    start: Tensor,
    end: float,
    *,
    steps: int = 24,
    probes: int = 1,
) -> tuple[Tensor, Tensor]:
    """Carry noisy images from one noise level to another along the probability flow.

    With ``dx/ds = -s * score(x, s)``, images that are distributed as noisy ones of the
    level s are so at every other, and ``log p_start(x)`` is ``log p_end`` of what they
    become plus the integral of the divergence of that field. Each step is one of the
    midpoint rule in ``log s``, exact where the denoised image ``x + s^2 score`` stays
    as it is; the error falls with the square of the number of steps. The divergence is
    estimated by Hutchinson's method: the mean of ``e' J e`` over random signs e, which
    are other ones in each step and the same for all images, so that none depends on
    those it shares a batch with.

    Parameters
    ----------
    scaled_score : callable
        From images, (B, C, H, W), and their levels, (B,), to sigma times the score.
    x : Tensor
        Images, (B, C, H, W).
    start : Tensor
        Their noise level, (B,), above 0, normalised units.
    end : float
        The level to carry them to, above 0.
    steps : int
        How many steps there are; each takes two evaluations of the score.
    probes : int
        Random signs in each step.

    Returns
    -------
    carried : Tensor
        What the images become, shape of `x`.
    log_det : Tensor
        ``log p_start(x) - log p_end(carried)``, in nats, (B,).

    References
    ----------
    Song et al., *Score-based generative modeling through stochastic differential
    equations* (2021), section 4.3 and appendix D.2.
    """
    signs = _signs(x)
    levels = _levels(start, end, steps)
    log_det = x.new_zeros(len(x))
    for low, middle, high in levels:
        with torch.no_grad():
            noise = -scaled_score(x, low)
            halfway = x + _over(middle - low) * noise
        noise, divergence = _field(scaled_score, halfway, middle, signs, probes)
        denoised = halfway - _over(middle) * noise
        x = denoised + _over(high / low) * (x - denoised)
        log_det = log_det + middle * torch.log(high / low) * divergence
    return x, log_det


def _levels(
    start: Tensor, end: float, steps: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield beginning, middle and end of each step, evenly in their logarithms."""
    rise = math.log(end) - torch.log(start)
    for step in range(steps):
        parts = (step / steps, (step + 0.5) / steps, (step + 1) / steps)
        low, middle, high = (start * torch.exp(part * rise) for part in parts)
        yield low, middle, high


def _field(
    scaled_score: ScaledScore,
    x: Tensor,
    level: Tensor,
    signs: Iterator[Tensor],
    probes: int,
) -> tuple[Tensor, Tensor]:
    """Return the field, shape of `x`, and an estimate of its divergence, (B,)."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        field = -scaled_score(x, level)
        found = torch.zeros_like(level)
        for probe in range(probes):
            e = next(signs)
            (product,) = torch.autograd.grad(
                field, x, e.expand_as(x), retain_graph=probe + 1 < probes
            )
            found = found + (product * e).flatten(1).sum(1) / probes
    return field.detach(), found


def _signs(x: Tensor) -> Iterator[Tensor]:
    """Yield random signs, (1, C, H, W), the same ones on every device."""
    generator = torch.Generator().manual_seed(_SEED)
    while True:
        drawn = torch.randint(0, 2, (1, *x.shape[1:]), generator=generator)
        yield (2 * drawn - 1).to(x)


def _over(values: Tensor) -> Tensor:
    """Lay a value for each image, (B,), over its pixels."""
    return values[:, None, None, None]

"""What the methods of a prior are given: batches and noise levels that fit it."""

from __future__ import annotations

import math

from torch import Tensor

from napari_flowprior._errors import InputError

__all__ = ["checked_batch", "checked_level"]


def checked_level(
    sigma: float | Tensor, name: str, *, conditional: bool
) -> float | Tensor | None:
    """Refuse noise levels that a prior has no density at.

    Parameters
    ----------
    sigma : float or Tensor
        Noise level.
    name : str
        Name of the prior.
    conditional : bool
        Whether it is conditioned on noise levels.

    Returns
    -------
    float, Tensor or None
        The level for the flow; None if it takes none.

    Raises
    ------
    InputError
        If the level is negative or not finite, or the prior knows no noise levels.
    """
    if not isinstance(sigma, Tensor) and not 0 <= sigma < math.inf:
        raise InputError(f"sigma is {sigma}; it must be finite and at least 0.")
    if conditional:
        return sigma
    if isinstance(sigma, Tensor) or sigma != 0:
        raise InputError(
            f"The prior {name} is not conditioned on a noise level, so it has no "
            f"density at sigma {sigma}; use sigma=0."
        )
    return None


def checked_batch(batch: Tensor, weight: Tensor, name: str) -> Tensor:
    """Refuse what torch would mix up or fail on deep inside the flow.

    Parameters
    ----------
    batch : Tensor
        Images.
    weight : Tensor
        A weight of the prior.
    name : str
        Name of the prior.

    Returns
    -------
    Tensor
        The images.

    Raises
    ------
    InputError
        If they are no floating-point tensor, or of another type or device than the
        weights.
    """
    if not isinstance(batch, Tensor) or not batch.is_floating_point():
        kind = getattr(batch, "dtype", type(batch).__name__)
        raise InputError(
            f"The batch is of type {kind}; pass a tensor of type {weight.dtype} with "
            "intensities from 0 to 1."
        )
    if (batch.dtype, batch.device) != (weight.dtype, weight.device):
        raise InputError(
            f"The batch is {batch.dtype} on {batch.device} and the prior {name} "
            f"{weight.dtype} on {weight.device}; convert one of them with to()."
        )
    return batch

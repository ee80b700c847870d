"""The running average of the weights of a flow in training."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from napari_flowprior.flow import MultiscaleFlow

__all__ = ["frozen_copy", "take_in"]


def frozen_copy(flow: MultiscaleFlow) -> MultiscaleFlow:
    """Copy a flow, to be used and not trained.

    Parameters
    ----------
    flow : MultiscaleFlow
        The flow.

    Returns
    -------
    MultiscaleFlow
        In evaluation mode and single precision, without gradients.
    """
    frozen = copy.deepcopy(flow).eval().requires_grad_(False)
    frozen.set_bfloat16(False)
    return frozen


@torch.no_grad()
def take_in(
    average: MultiscaleFlow, flow: MultiscaleFlow, step: int, decay: float
) -> None:
    """Let an average take in new weights.

    Parameters
    ----------
    average : MultiscaleFlow
        The average; changed.
    flow : MultiscaleFlow
        The weights.
    step : int
        Steps before this one; in the first ones, the average forgets faster.
    decay : float
        Share of the average that stays.
    """
    decay = min(decay, (step + 1) / (step + 10))
    for mean, new in zip(average.parameters(), flow.parameters(), strict=True):
        mean.lerp_(new, 1 - decay)

"""What an adaptation takes, known before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError
from napari_flowprior.adaptation._learner import BATCH
from napari_flowprior.adaptation._tiles import SIDE

if TYPE_CHECKING:
    from napari_flowprior.priors import FlowPrior

__all__ = ["AdaptCost", "adaptation_cost", "check_adaptable"]

# Float32 copies of all weights: the start, what learns, its average, and the best.
_COPIES = 4
# And of those that learn: gradients, and two moments.
_MORE_COPIES = 3


@dataclass(frozen=True)
class AdaptCost:
    """What an adaptation takes.

    Parameters
    ----------
    parameters : int
        Numbers that learn.
    batch_size : int
        Tiles in each step.
    memory : int
        Bytes, about, without those of the images.
    """

    parameters: int
    batch_size: int
    memory: int


def adaptation_cost(prior: FlowPrior) -> AdaptCost:
    """Foresee what an adaptation takes.

    Parameters
    ----------
    prior : FlowPrior
        Prior to start from.

    Returns
    -------
    AdaptCost
        Whatever the images are.

    Raises
    ------
    InputError
        If it cannot be adapted.

    Examples
    --------
    >>> from napari_flowprior import FlowPrior
    >>> from napari_flowprior.adaptation import adaptation_cost
    >>> adaptation_cost(FlowPrior.load("photo-gray")).batch_size
    8
    """
    check_adaptable(prior)
    flow = prior.flow
    assert flow.score_network is not None
    every = sum(weight.numel() for weight in flow.parameters())
    learning = sum(weight.numel() for weight in flow.score_network.parameters())
    features = BATCH * SIDE**2 * flow.config.score_bytes_per_pixel
    weights = 4 * (_COPIES * every + _MORE_COPIES * learning)
    return AdaptCost(learning, BATCH, int(weights + features))


def check_adaptable(prior: FlowPrior) -> None:
    """Refuse a prior that cannot be adapted.

    Parameters
    ----------
    prior : FlowPrior
        Any prior.

    Raises
    ------
    InputError
        If it has no score network.
    """
    if not prior.has_score_network:
        raise InputError(
            f"The prior {prior.name} has no score network, which is what is "
            "adapted; choose one that has, such as photo-gray."
        )

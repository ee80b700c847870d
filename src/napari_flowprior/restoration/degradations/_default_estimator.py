"""Which estimator suits a degradation, by its name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.priors import FlowPrior

__all__ = ["DefaultEstimator"]


class DefaultEstimator(NamedTuple):
    """The estimator that suits a degradation, by its name.

    Attributes
    ----------
    name : str
        Key of ``ESTIMATORS``.
    options : mapping
        Its fields, where they differ from its defaults.
    """

    name: str
    options: Mapping[str, Any] = MappingProxyType({})

    @classmethod
    def of_noise(cls, prior: FlowPrior) -> DefaultEstimator:
        """Name that of what is seen under noise: the posterior mean, if there is one.

        In colour, the mean of two views of an image is much the better one.
        """
        if prior.channels == 3 and prior.has_score_network:
            return cls("mmse", {"quality": "good"})
        return cls("mmse" if prior.sigma_max > 0 else "map")

"""The estimators by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from napari_flowprior.restoration.estimators._annealing import Annealing
from napari_flowprior.restoration.estimators._discrepancy import Discrepancy
from napari_flowprior.restoration.estimators._hqs import HQS
from napari_flowprior.restoration.estimators._latent_map import LatentMAP
from napari_flowprior.restoration.estimators._map import MAP
from napari_flowprior.restoration.estimators._mmse import MMSE
from napari_flowprior.restoration.estimators._sampled_mean import SampledMean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.restoration.estimators._base import Estimator


__all__ = ["ESTIMATORS"]

ESTIMATORS: Mapping[str, type[Estimator]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            MMSE,
            HQS,
            Annealing,
            SampledMean,
            MAP,
            LatentMAP,
            Discrepancy,
        )
    }
)
"""Estimators by name."""

"""The degradations by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from napari_flowprior.restoration.degradations._auto import Auto
from napari_flowprior.restoration.degradations._blind import Blind
from napari_flowprior.restoration.degradations._blur import Blur
from napari_flowprior.restoration.degradations._correlated_noise import (
    CorrelatedNoise,
)
from napari_flowprior.restoration.degradations._downsample import Downsample
from napari_flowprior.restoration.degradations._inpaint import Inpaint
from napari_flowprior.restoration.degradations._jpeg import JPEG
from napari_flowprior.restoration.degradations._noise import Noise
from napari_flowprior.restoration.degradations._poisson_gaussian import PoissonGaussian
from napari_flowprior.restoration.degradations._quantized import Quantized
from napari_flowprior.restoration.degradations._signal_dependent_noise import (
    SignalDependentNoise,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.restoration.degradations._base import Degradation

__all__ = ["DEGRADATIONS", "PREFERRED"]

_KINDS: dict[str, type[Degradation]] = {
    kind.name: kind
    for kind in (
        *(Auto, Noise, PoissonGaussian, SignalDependentNoise, CorrelatedNoise),
        *(JPEG, Quantized, Inpaint, Blur, Downsample, Blind),
    )
}

DEGRADATIONS: Mapping[str, type[Degradation]] = MappingProxyType(_KINDS)
"""Degradations by the name that the command line and the widget use."""

PREFERRED: type[Degradation] = Noise
"""Whose an option is that several have, and which one is meant if only options are."""

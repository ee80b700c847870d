"""Degradations: what happened to an image, in the terms of its user."""

from napari_flowprior.restoration.degradations._auto import Auto
from napari_flowprior.restoration.degradations._base import (
    DefaultEstimator,
    Degradation,
)
from napari_flowprior.restoration.degradations._blind import Blind
from napari_flowprior.restoration.degradations._blur import Blur
from napari_flowprior.restoration.degradations._compose import Compose
from napari_flowprior.restoration.degradations._correlated_noise import (
    CorrelatedNoise,
)
from napari_flowprior.restoration.degradations._downsample import Downsample
from napari_flowprior.restoration.degradations._inpaint import Inpaint
from napari_flowprior.restoration.degradations._jpeg import JPEG
from napari_flowprior.restoration.degradations._noise import Noise
from napari_flowprior.restoration.degradations._observation import (
    NOISE_LEVELS,
    Observation,
    Transform,
)
from napari_flowprior.restoration.degradations._poisson_gaussian import PoissonGaussian
from napari_flowprior.restoration.degradations._psf import (
    as_psf,
    gaussian_psf,
    motion_psf,
)
from napari_flowprior.restoration.degradations._quantized import Quantized
from napari_flowprior.restoration.degradations._registry import DEGRADATIONS, PREFERRED
from napari_flowprior.restoration.degradations._signal_dependent_noise import (
    SignalDependentNoise,
)

__all__ = [
    "DEGRADATIONS",
    "JPEG",
    "NOISE_LEVELS",
    "PREFERRED",
    "Auto",
    "Blind",
    "Blur",
    "Compose",
    "CorrelatedNoise",
    "DefaultEstimator",
    "Degradation",
    "Downsample",
    "Inpaint",
    "Noise",
    "Observation",
    "PoissonGaussian",
    "Quantized",
    "SignalDependentNoise",
    "Transform",
    "as_psf",
    "gaussian_psf",
    "motion_psf",
]

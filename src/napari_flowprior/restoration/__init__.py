"""Restoration: degradations, estimators and the tiled engine that joins them."""

from napari_flowprior._device import available_devices, resolve_device
from napari_flowprior.restoration._annealing import Annealing
from napari_flowprior.restoration._discrepancy import Discrepancy
from napari_flowprior.restoration._estimator import (
    Estimator,
    PlaneEstimator,
    TileEstimator,
)
from napari_flowprior.restoration._estimators import (
    ESTIMATORS,
    MMSE,
    fitting_estimators,
)
from napari_flowprior.restoration._latent_map import LatentMAP
from napari_flowprior.restoration._map import MAP
from napari_flowprior.restoration._plane_denoiser import PlaneDenoiser
from napari_flowprior.restoration._posterior import (
    PosteriorResult,
    iter_posterior,
    posterior,
)
from napari_flowprior.restoration._restore import (
    RestoreEvent,
    RestoreResult,
    iter_restore,
    restore,
)
from napari_flowprior.restoration._sampled_mean import SampledMean
from napari_flowprior.restoration._sampling import Sampling
from napari_flowprior.restoration._splitting import Splitting
from napari_flowprior.restoration._trust import (
    TrustedResult,
    iter_log_prob_map,
    iter_trusted_restore,
    log_prob_map,
    rated_axes,
)
from napari_flowprior.restoration._words import summarise
from napari_flowprior.restoration.degradations import (
    DEGRADATIONS,
    JPEG,
    Blur,
    Compose,
    DefaultEstimator,
    Degradation,
    Downsample,
    Inpaint,
    Noise,
    PoissonGaussian,
    Quantized,
    Unknown,
    gaussian_psf,
    motion_psf,
)
from napari_flowprior.restoration.jpeg import JPEGCells, JPEGTables
from napari_flowprior.restoration.likelihoods import GaussianLikelihood, Likelihood
from napari_flowprior.restoration.noise import Anscombe, estimate_noise
from napari_flowprior.restoration.operators import (
    Convolution,
    Decimation,
    Identity,
    Mask,
    Operator,
    output_geometry,
)

__all__ = [
    "DEGRADATIONS",
    "ESTIMATORS",
    "JPEG",
    "MAP",
    "MMSE",
    "Annealing",
    "Anscombe",
    "Blur",
    "Compose",
    "Convolution",
    "Decimation",
    "DefaultEstimator",
    "Degradation",
    "Discrepancy",
    "Downsample",
    "Estimator",
    "GaussianLikelihood",
    "Identity",
    "Inpaint",
    "JPEGCells",
    "JPEGTables",
    "LatentMAP",
    "Likelihood",
    "Mask",
    "Noise",
    "Operator",
    "PlaneDenoiser",
    "PlaneEstimator",
    "PoissonGaussian",
    "PosteriorResult",
    "Quantized",
    "RestoreEvent",
    "RestoreResult",
    "SampledMean",
    "Sampling",
    "Splitting",
    "TileEstimator",
    "TrustedResult",
    "Unknown",
    "available_devices",
    "estimate_noise",
    "fitting_estimators",
    "gaussian_psf",
    "iter_log_prob_map",
    "iter_posterior",
    "iter_restore",
    "iter_trusted_restore",
    "log_prob_map",
    "motion_psf",
    "output_geometry",
    "posterior",
    "rated_axes",
    "resolve_device",
    "restore",
    "summarise",
]

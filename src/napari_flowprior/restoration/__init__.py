"""Restoration: degradations, estimators and the tiled engine that joins them."""

from napari_flowprior._device import available_devices, resolve_device
from napari_flowprior.restoration._compression import JPEG
from napari_flowprior.restoration._degradation import Degradation
from napari_flowprior.restoration._degradations import DEGRADATIONS, Inpaint, Noise
from napari_flowprior.restoration._estimator import (
    Estimator,
    PlaneEstimator,
    TileEstimator,
)
from napari_flowprior.restoration._estimators import ESTIMATORS, MMSE
from napari_flowprior.restoration._jpeg import JPEGCells
from napari_flowprior.restoration._jpeg_tables import JPEGTables
from napari_flowprior.restoration._latent_map import LatentMAP
from napari_flowprior.restoration._likelihood import GaussianLikelihood, Likelihood
from napari_flowprior.restoration._map import MAP
from napari_flowprior.restoration._noise_level import estimate_noise
from napari_flowprior.restoration._operators import Identity, Mask, Operator
from napari_flowprior.restoration._plane_denoiser import PlaneDenoiser
from napari_flowprior.restoration._restore import (
    RestoreEvent,
    RestoreResult,
    iter_restore,
    restore,
)
from napari_flowprior.restoration._splitting import Splitting

__all__ = [
    "DEGRADATIONS",
    "ESTIMATORS",
    "JPEG",
    "MAP",
    "MMSE",
    "Degradation",
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
    "RestoreEvent",
    "RestoreResult",
    "Splitting",
    "TileEstimator",
    "available_devices",
    "estimate_noise",
    "iter_restore",
    "resolve_device",
    "restore",
]

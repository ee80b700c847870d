"""Estimators: which image, of all that explain the observation, is returned."""

from napari_flowprior.restoration.estimators._annealing import Annealing
from napari_flowprior.restoration.estimators._base import (
    Estimator,
    PlaneEstimator,
    TileEstimator,
)
from napari_flowprior.restoration.estimators._discrepancy import Discrepancy
from napari_flowprior.restoration.estimators._hqs import HQS
from napari_flowprior.restoration.estimators._latent_map import LatentMAP
from napari_flowprior.restoration.estimators._map import MAP
from napari_flowprior.restoration.estimators._mmse import MMSE
from napari_flowprior.restoration.estimators._plane_denoiser import PlaneDenoiser
from napari_flowprior.restoration.estimators._posterior_sampling import Sampling
from napari_flowprior.restoration.estimators._registry import ESTIMATORS
from napari_flowprior.restoration.estimators._sampled_mean import SampledMean
from napari_flowprior.restoration.estimators._self_test import SelfTest

__all__ = [
    "ESTIMATORS",
    "HQS",
    "MAP",
    "MMSE",
    "Annealing",
    "Discrepancy",
    "Estimator",
    "LatentMAP",
    "PlaneDenoiser",
    "PlaneEstimator",
    "SampledMean",
    "Sampling",
    "SelfTest",
    "TileEstimator",
]

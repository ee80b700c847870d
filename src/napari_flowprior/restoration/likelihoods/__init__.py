"""Data terms: how well an image explains the observation."""

from napari_flowprior.restoration.likelihoods._base import Likelihood
from napari_flowprior.restoration.likelihoods._confinement import darkest
from napari_flowprior.restoration.likelihoods._gaussian import GaussianLikelihood
from napari_flowprior.restoration.likelihoods._jpeg import GREY_LEVELS, CellLikelihood
from napari_flowprior.restoration.likelihoods._rounded import (
    LEVEL_PER_CELL,
    RoundedLikelihood,
)

__all__ = [
    "GREY_LEVELS",
    "LEVEL_PER_CELL",
    "CellLikelihood",
    "GaussianLikelihood",
    "Likelihood",
    "RoundedLikelihood",
    "darkest",
]

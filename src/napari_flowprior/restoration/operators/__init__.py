"""Linear operators: what an instrument does to an image, and its adjoint."""

from napari_flowprior.restoration.operators._base import Identity, Operator
from napari_flowprior.restoration.operators._chain import Chain
from napari_flowprior.restoration.operators._convolution import Convolution
from napari_flowprior.restoration.operators._decimation import (
    Antialias,
    Decimation,
    output_geometry,
)
from napari_flowprior.restoration.operators._mask import Mask
from napari_flowprior.restoration.operators._richardson_lucy import richardson_lucy
from napari_flowprior.restoration.operators._surroundings import around

__all__ = [
    "Antialias",
    "Chain",
    "Convolution",
    "Decimation",
    "Identity",
    "Mask",
    "Operator",
    "around",
    "output_geometry",
    "richardson_lucy",
]

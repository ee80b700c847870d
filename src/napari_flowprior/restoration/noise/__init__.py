"""Models of noise, and estimating them from images."""

from napari_flowprior.restoration.noise._anscombe import Anscombe
from napari_flowprior.restoration.noise._answers import Answer, Response
from napari_flowprior.restoration.noise._camera import estimate_camera
from napari_flowprior.restoration.noise._correlation import neighbour_correlation
from napari_flowprior.restoration.noise._level import (
    estimate_noise,
    estimate_with_rounding,
    rounding_level,
)
from napari_flowprior.restoration.noise._medians import row_medians
from napari_flowprior.restoration.noise._repaired import Repairs, repair, repairs_of
from napari_flowprior.restoration.noise._response import find_response, finest_level

__all__ = [
    "Anscombe",
    "Answer",
    "Repairs",
    "Response",
    "estimate_camera",
    "estimate_noise",
    "estimate_with_rounding",
    "find_response",
    "finest_level",
    "neighbour_correlation",
    "repair",
    "repairs_of",
    "rounding_level",
    "row_medians",
]

"""Intervals that cover what they say, calibrated on pairs of one instrument."""

from napari_flowprior.calibration._bounds import (
    fewest_pairs,
    find_factor,
    is_normally_below,
    is_surely_below,
)
from napari_flowprior.calibration._calibrate import (
    CalibrationResult,
    calibrate,
    iter_calibrate,
)
from napari_flowprior.calibration._pairs import Pair, find_pairs

__all__ = [
    "CalibrationResult",
    "Pair",
    "calibrate",
    "fewest_pairs",
    "find_factor",
    "find_pairs",
    "is_normally_below",
    "is_surely_below",
    "iter_calibrate",
]

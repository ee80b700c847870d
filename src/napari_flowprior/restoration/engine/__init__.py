"""The engine: tiles and planes stream through an estimator."""

from napari_flowprior.restoration.engine._events import RestoreEvent, RestoreResult
from napari_flowprior.restoration.engine._finding import Finding
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale
from napari_flowprior.restoration.engine._making import plane_memory
from napari_flowprior.restoration.engine._output import Output
from napari_flowprior.restoration.engine._run_options import (
    RestoreOptions,
    RunOptions,
)
from napari_flowprior.restoration.engine._setup import fitting_estimators
from napari_flowprior.restoration.engine._tiles import TileRun

__all__ = [
    "CurvedScale",
    "Finding",
    "Output",
    "RestoreEvent",
    "RestoreOptions",
    "RestoreResult",
    "RunOptions",
    "TileRun",
    "fitting_estimators",
    "plane_memory",
]

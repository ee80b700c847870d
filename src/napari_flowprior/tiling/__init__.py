"""Geometry of tiles and seamless blending; NumPy only."""

from napari_flowprior.tiling._axis import AxisTiles, balanced_tile
from napari_flowprior.tiling._blend import Blend, WriteBand
from napari_flowprior.tiling._plan import ReadRegion, Tile, TilePlan, read_padded

__all__ = [
    "AxisTiles",
    "Blend",
    "ReadRegion",
    "Tile",
    "TilePlan",
    "WriteBand",
    "balanced_tile",
    "read_padded",
]

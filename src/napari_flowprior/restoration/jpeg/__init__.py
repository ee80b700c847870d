"""JPEG: its tables and quality, its planes, and the cells that it rounds to."""

from napari_flowprior.restoration.jpeg._cells import JPEGCells
from napari_flowprior.restoration.jpeg._planes import luma
from napari_flowprior.restoration.jpeg._quality import estimate_quality
from napari_flowprior.restoration.jpeg._tables import JPEGTables, closest_subsampling

__all__ = [
    "JPEGCells",
    "JPEGTables",
    "closest_subsampling",
    "estimate_quality",
    "luma",
]

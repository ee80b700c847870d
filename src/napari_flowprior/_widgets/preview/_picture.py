"""What a preview computes, and what is to be known to show it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_flowprior._widgets.preview._region import Region

__all__ = ["Asked", "Picture"]


@dataclass(frozen=True, eq=False)
class Picture:
    """A part of an image, restored.

    Parameters
    ----------
    region : Region
        Which part of the image.
    data : ndarray
        What is shown of it, with all axes of the image.
    enlargement : int
        How many pixels one became, along rows and along columns.
    said : str
        A sentence about it.
    """

    region: Region
    data: NDArray[Any]
    enlargement: int
    said: str

    @property
    def origin(self) -> NDArray[np.float64]:
        """Where its first pixel lies, in pixels of the result, along all axes."""
        factors = [self.enlargement if a in "YX" else 1 for a in self.region.axes]
        starts = [each.start for each in self.region.shown]
        return np.multiply(starts, factors, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Asked:
    """A preview that is to be computed.

    Parameters
    ----------
    layer : Image
        Of which layer.
    region : Region
        Which part of it.
    covering : list of Layer
        Layers that would cover the preview, such as earlier results.
    settings : dict
        Looks of the layer, and the place that a result of all of it would have.
    work : callable
        Generator function that yields pictures, each better than the one before, and
        events between them; it must not touch layers or widgets.
    """

    layer: Any
    region: Region
    covering: list[Any]
    settings: dict[str, Any]
    work: Callable[[], Generator[Any, None, None]]

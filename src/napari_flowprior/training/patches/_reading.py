"""A patch: read, turned to grey, judged, normalised, and turned about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior.data import IntensityScale

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from napari_flowprior.data import FillValues, PlaneView
    from napari_flowprior.training.patches._planes import Place

__all__ = ["Scale", "activity", "augmented", "has_content", "luminance", "read_patch"]

# Rec. 601 in the sixteen bits that Pillow's conversion to grey computes with.
_LUMINANCE = np.array([19595, 38470, 7471]) / 2**16


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How values are normalised, the same for all images.

    Parameters
    ----------
    low, high : float
        Values that become 0 and 1.
    quantum : float
        Spacing of the values in units of the normalised range.
    """

    low: float
    high: float
    quantum: float

    def normalise(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Map to the normalised range.

        Parameters
        ----------
        values : ndarray
            In the units of the images.

        Returns
        -------
        ndarray
            Of the same shape.
        """
        scale = IntensityScale(self.low, self.high - self.low)
        normalised: NDArray[np.float32] = scale.normalise(values)
        return normalised


def read_patch(
    view: PlaneView,
    place: Place,
    size: int,
    channels: int,
    fill: FillValues | None = None,
) -> NDArray[np.float64] | None:
    """Read a patch.

    Parameters
    ----------
    view : PlaneView
        Planes of the image.
    place : Place
        Where the patch lies in them.
    size : int
        Side of the patch in pixels.
    channels : int
        3 for colours, 1 for grey; colours then become luminance.
    fill : FillValues, optional
        What stands where there is no image.

    Returns
    -------
    ndarray, shape (C, size, size), or None
        In the units of the image; None where there are NaN or infinite values, those
        beyond the range of float32, or no image.
    """
    ys, xs = (slice(start, start + size) for start in (place.y, place.x))
    values: NDArray[np.float64] = view.read(place.sample, ys, xs, np.float64)
    with np.errstate(over="ignore"):
        finite = bool(np.isfinite(values.astype(np.float32)).all())
    if not finite or (fill is not None and fill.marked(values).any()):
        return None
    if view.joint and channels == 1:
        return luminance(values, view.dtype)
    return values


def luminance(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """Turn colours into grey as Pillow does, with the weights of Rec. 601.

    Parameters
    ----------
    values : ndarray, shape (3, h, w)
        Red, green and blue.
    dtype : dtype
        Type of the image; integers are rounded.

    Returns
    -------
    ndarray, shape (1, h, w)
        Luminance.
    """
    grey = np.tensordot(_LUMINANCE, values, axes=1)[np.newaxis]
    return grey if dtype.kind == "f" else np.floor(grey + 0.5)


def has_content(patch: NDArray[Any]) -> bool:
    """Tell whether any channel of a patch has more than a single value.

    Parameters
    ----------
    patch : ndarray, shape (C, h, w)
        Intensities.

    Returns
    -------
    bool
        False for a patch of one colour.
    """
    return bool((patch != patch[:, :1, :1]).any())


def activity(patch: NDArray[Any]) -> float:
    """Return the mean absolute difference of neighbouring pixels.

    Parameters
    ----------
    patch : ndarray, shape (C, h, w)
        Intensities.

    Returns
    -------
    float
        In the same units.
    """
    down = np.abs(np.diff(patch, axis=1)).mean()
    right = np.abs(np.diff(patch, axis=2)).mean()
    return float(down + right) / 2


def augmented(
    patch: NDArray[np.float32], augment: str, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Rotate and flip a patch.

    Parameters
    ----------
    patch : ndarray, shape (C, h, h)
        Intensities.
    augment : {"all", "flip", "none"}
        Any of the eight dihedral transforms, left to right only, or none.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (C, h, h)
        Contiguous in memory.
    """
    if augment == "all":
        patch = np.rot90(patch, int(rng.integers(4)), axes=(1, 2))
    if augment != "none" and rng.random() < 0.5:
        patch = patch[:, :, ::-1]
    return np.ascontiguousarray(patch)

"""Images whose values lie on a regular lattice of few levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["MOST_BITS", "Lattice", "find_lattice"]

MOST_BITS = 15
"""Of an image that has few levels."""

# Integers must be so many steps of their type apart.
_COARSER = 2.0
# A lattice that is found from its ends is off by as much as they were rounded: so far,
# in units and in steps, before and after it is adjusted to all values.
_OFF, _OFF_STEPS = 1.0, 1 / 3
_ADJUSTED, _ADJUSTED_STEPS = 0.75, 1 / 4
# How many numbers of steps, and values, are compared at a time.
_BLOCK, _PROBES = 256, 512
# Another lattice is preferred to a common one if it is so many times as coarse.
_MUCH_COARSER = 1.5


@dataclass(frozen=True)
class Lattice:
    """Levels ``origin + k step``, to be rounded to whole numbers in integer images.

    Parameters
    ----------
    origin, step : float
        In the image's own units.
    tolerance : float
        How far from its level a value may be.
    """

    origin: float
    step: float
    tolerance: float

    def nearest(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the level next to each value, exact where the value was rounded.

        Parameters
        ----------
        values : ndarray
            Intensities, of any shape.

        Returns
        -------
        ndarray
            Levels, of the same shape.
        """
        return self.origin + self.step * np.rint((values - self.origin) / self.step)

    def holds(self, values: NDArray[np.float64]) -> bool:
        """Tell whether all values are levels.

        Parameters
        ----------
        values : ndarray
            Intensities.

        Returns
        -------
        bool
            Whether they are, within the tolerance.
        """
        return bool(np.abs(self.nearest(values) - values).max() <= self.tolerance)


def find_lattice(
    view: PlaneView, bits: int | None = None, missing: PlaneView | None = None
) -> Lattice:
    """Find the levels that an image was rounded to.

    Those that any image of so many bits has, over the range of its type, with the last
    bits cut off or not, and otherwise the coarsest regular lattice from the lowest to
    the highest value.

    Parameters
    ----------
    view : PlaneView
        The image; it is streamed, once.
    bits : int, optional
        How many, if known.
    missing : PlaneView, optional
        True where the image means nothing.

    Returns
    -------
    Lattice
        The levels.

    Raises
    ------
    InputError
        If there is no lattice, none of so many bits, or none coarser than the type.
    """
    values = _distinct(view, missing)
    known = [n for n in range(1, MOST_BITS + 1) if bits in (None, n)]
    common = _coarsest(c for n in known for c in _common(values, view.dtype, n))
    if bits is not None and common is None:
        raise InputError(
            f"The values of the image are not those of {bits} bits; leave the number "
            "of bits out to have the levels found."
        )
    other = _from_ends(values, view.dtype) if bits is None else None
    if common is None or (other and other.step > _MUCH_COARSER * common.step):
        common = other
    if common is None:
        raise InputError(_refusal(values, view.dtype))
    return common


def _distinct(view: PlaneView, missing: PlaneView | None) -> NDArray[np.float64]:
    """Collect the values of an image, while they are few."""
    values = np.empty(0)
    for sample, rows in view.bands():
        band = view.read(sample, rows, slice(None), np.float64)
        if missing is not None:
            band = band[~missing.read(sample, rows, slice(None), bool)]
        values = np.union1d(values, band)
        if len(values) > 2**MOST_BITS:
            raise InputError(
                f"The image has more than {2**MOST_BITS} different values, so it was "
                "not rounded to few levels; restore it as noise."
            )
    if len(values) < 2:
        number = "a single" if len(values) else "no"
        raise InputError(f"The image has {number} value; levels cannot be found in it.")
    return values


def _refusal(values: NDArray[np.float64], dtype: np.dtype[Any]) -> str:
    if dtype.kind != "f" and np.diff(values).min() < _COARSER:
        return (
            f"Neighbouring values of the image are next to each other in its type, "
            f"{dtype}, so it was not rounded to fewer levels; restore it as noise."
        )
    return (
        f"The {len(values)} different values of the image lie on no regular lattice, "
        "so it was not rounded to few levels, or was changed since; restore it as "
        "noise."
    )


def _coarsest(lattices: Iterator[Lattice]) -> Lattice | None:
    return max(lattices, key=lambda lattice: lattice.step, default=None)


def _common(
    values: NDArray[np.float64], dtype: np.dtype[Any], bits: int
) -> Iterator[Lattice]:
    """Make the usual lattices of so many bits that hold the values."""
    tolerance = _tolerance(values, dtype)
    steps = 2**bits - 1
    if dtype.kind == "f":
        ranges = [(0.0, 1.0)] if values[0] >= 0 and values[-1] <= 1 else []
        ranges.append((float(values[0]), float(values[-1])))
        made = [(low, (high - low) / steps) for low, high in ranges]
    elif dtype.kind == "b":
        made = []
    else:
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        made = [(low, (high - low) / steps), (low, (high - low + 1) / (steps + 1))]
    for origin, step in made:
        lattice = Lattice(float(origin), step, tolerance)
        if step >= _finest(dtype, tolerance) and lattice.holds(values):
            yield lattice


def _from_ends(values: NDArray[np.float64], dtype: np.dtype[Any]) -> Lattice | None:
    """Divide the range of the values into as few steps as they allow."""
    if dtype.kind == "b":
        return None
    tolerance = _tolerance(values, dtype)
    low, length = float(values[0]), float(values[-1] - values[0])
    most = min(2**MOST_BITS - 1, int(length / _finest(dtype, tolerance)))
    # What the ends were rounded by, and neighbours.
    off = 0.0 if dtype.kind == "f" else _OFF
    gap = float(np.diff(values).min()) + off + 2 * tolerance
    for counts in _blocks(max(1, int(length / gap)), most):
        for step in _possible(values, length / counts, max(off, tolerance)):
            lattice = Lattice(low, step, tolerance)
            if dtype.kind != "f":
                lattice = _adjusted(values, lattice)
            if lattice.holds(values):
                return lattice
    return None


def _blocks(first: int, last: int) -> Iterator[NDArray[np.intp]]:
    for start in range(first, last + 1, _BLOCK):
        yield np.arange(start, min(start + _BLOCK, last + 1))


def _possible(
    values: NDArray[np.float64], steps: NDArray[np.float64], off: float
) -> list[float]:
    """Keep the steps that fit some of the values."""
    probes = values[np.linspace(0, len(values) - 1, _PROBES).astype(int)]
    places = (probes - values[0]) / steps[:, None]
    errors = np.abs(places - np.rint(places)).max(1) * steps
    return [float(s) for s in steps[errors <= np.minimum(off, _OFF_STEPS * steps)]]


def _adjusted(values: NDArray[np.float64], lattice: Lattice) -> Lattice:
    """Fit a lattice to all values, as its ends were rounded like the others."""
    numbers = np.rint((values - lattice.origin) / lattice.step)
    step, origin = (float(number) for number in np.polyfit(numbers, values, 1))
    return Lattice(origin, step, min(_ADJUSTED, _ADJUSTED_STEPS * step))


def _tolerance(values: NDArray[np.float64], dtype: np.dtype[Any]) -> float:
    if dtype.kind != "f":
        return 0.5 + 1e-6
    accuracy = max(np.finfo(dtype).eps, np.finfo(np.float32).eps)
    # Never 0, as it would be of the smallest numbers that there are.
    return float(max(4 * accuracy * np.abs(values).max(), np.finfo(np.float64).tiny))


def _finest(dtype: np.dtype[Any], tolerance: float) -> float:
    return 16 * tolerance if dtype.kind == "f" else _COARSER

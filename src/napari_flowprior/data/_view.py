"""Any array of images seen as samples of planes, without copying it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_flowprior.data._axes import colour_axis, parse_axes
from napari_flowprior.data._dithering import dithered
from napari_flowprior.data._dtype import to_dtype
from napari_flowprior.data._finer import coarse, repeated
from napari_flowprior.data._spread import spread
from napari_flowprior.data._unfilled import unfilled_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from napari_flowprior.data._lazy_array import LazyArray

__all__ = ["PlaneView"]

_BAND_PIXELS = 2**22


class PlaneView:
    """An array with named axes, seen as (samples, channels, Y, X).

    Nothing is copied: regions are read when asked for. A fourth colour sample (alpha)
    is not shown, and is copied to the output unchanged.

    Parameters
    ----------
    array : LazyArray
        NumPy, memory-mapped, Dask, Zarr or similar array.
    axes : str
        One letter for each axis; see `parse_axes`.
    joint : bool
        Whether the three colours of a pixel belong to one sample of three channels
        (axis S, or else C of length 3 or 4). Otherwise every colour and every channel
        is a sample of its own, of one channel.
    fixed : mapping of str to int, optional
        Place on some of the axes that samples are counted along: other samples are not
        shown.
    alike : bool
        Whether the colours are the same: the first is shown, and written to all three.

    Attributes
    ----------
    array, axes, joint, fixed, alike
        As given, with the axes in upper case.
    stack : dict
        How many samples there are along each axis that they are counted along, the
        outermost first.
    shape : tuple of int
        (Y, X) of a plane, in pixels.
    samples, channels : int
        How many samples, and how many channels (1 or 3) in each.
    has_alpha : bool
        Whether there is a fourth colour sample.

    Raises
    ------
    InputError
        When the axes do not fit, or `joint` is asked of an image without colour.
    """

    def __init__(
        self,
        array: LazyArray,
        axes: str,
        joint: bool = False,
        fixed: Mapping[str, int] | None = None,
        *,
        alike: bool = False,
    ) -> None:
        self.array = array
        self.axes = parse_axes(axes, array.shape)
        self.joint, self.alike = joint, alike
        self.fixed = dict(fixed or {})
        self._sizes = dict(zip(self.axes, array.shape, strict=True))
        self._colour = colour_axis(self.axes, array.shape) if joint else ""
        hidden = f"YX{self._colour}{'S' * alike}" + "".join(self.fixed)
        self.stack = {a: self._count(a) for a in self.axes if a not in hidden}
        self.shape = self._sizes["Y"], self._sizes["X"]
        self.samples = prod(self.stack.values())
        self.channels = 3 if joint else 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values of the array."""
        dtype: np.dtype[Any] = np.dtype(self.array.dtype)
        return dtype

    @property
    def where(self) -> str:
        """Which part of the array is shown, to begin a sentence; empty for all."""
        places = [f"{letter} {index + 1}" for letter, index in self.fixed.items()]
        return f"{', '.join(places)}: " if places else ""

    @property
    def apart(self) -> bool:
        """Whether colours are seen one by one."""
        return "S" in self.axes and not (self.joint or self.alike)

    @property
    def has_alpha(self) -> bool:
        """Whether there is a fourth colour sample, which is not restored."""
        return bool(self.alpha_axis)

    def read(
        self, sample: int, ys: slice, xs: slice, dtype: npt.DTypeLike = np.float32
    ) -> npt.NDArray[Any]:
        """Read a region of a sample.

        Parameters
        ----------
        sample : int
            Which sample.
        ys, xs : slice
            Rows and columns.
        dtype : dtype
            Type to convert to. float32 is exact for integers up to 2**24 only.

        Returns
        -------
        ndarray, shape (C, h, w)
            A copy, contiguous in memory.
        """
        return np.array(self._planes(self.array, sample, ys, xs), dtype, order="C")

    def key(self, sample: int, ys: slice, xs: slice) -> tuple[int | slice, ...]:
        """Return where a region of a sample lies in the array, without its alpha."""
        return self._key(self._index(sample, ys, xs))

    def glimpse(self, side: int = 512) -> npt.NDArray[np.float64]:
        """Read the first rows and columns of the sample in the middle.

        Parameters
        ----------
        side : int
            How many at most, pixels.

        Returns
        -------
        ndarray, shape (C, h, w)
            A copy.
        """
        seen: npt.NDArray[np.float64] = self.read(
            self.samples // 2, slice(side), slice(side), np.float64
        )
        return seen

    def write(
        self,
        out: Any,
        sample: int,
        ys: slice,
        xs: slice,
        block: npt.NDArray[Any],
        factor: int = 1,
        *,
        dither: bool = False,
    ) -> None:
        """Write a region of a sample to an output array, and its alpha with it.

        Where there is no image, see `find_fill_values`, what is there is written.

        Parameters
        ----------
        out : array
            Array of the shape of `array`, or with more rows and columns by `factor`;
            values are converted with `to_dtype`.
        sample : int
            Which sample.
        ys, xs : slice
            Rows and columns.
        block : ndarray, shape (C, h, w)
            Values, in the units of the image.
        factor : int
            How many pixels of the output one of the image is, along each axis; rows and
            columns are those of the output.
        dither : bool
            Whether whole numbers shall have the means of areas, see `dithered`.
        """
        index = self._index(sample, ys, xs)
        if dither and np.dtype(out.dtype).kind in "iu":
            block = dithered(block, ys, xs)
        values = self._kept(to_dtype(block, out.dtype), sample, [ys, xs], factor)
        values = values if self.joint else values[0]
        values = values.transpose(np.argsort(self._to_canonical()))
        for colour in range(3 if self.alike else 1):
            place = {**index, "S": colour} if self.alike else index
            out[self._key(place)] = values
        if self.has_alpha and (self.joint or index["S"] == 0):
            spans = [{"Y": ys, "X": xs}[a] for a in self.axes if a in "YX"]
            place = {**index, self.alpha_axis: 3}
            read = {"Y": coarse(ys, factor), "X": coarse(xs, factor)}
            alpha = np.asarray(self.array[self._key({**place, **read})])
            out[self._key(place)] = to_dtype(repeated(alpha, spans, factor), out.dtype)

    def bands(self) -> Iterator[tuple[int, slice]]:
        """Iterate over samples and bands of rows small enough to hold in memory."""
        height, width = self.shape
        rows = max(1, _BAND_PIXELS // max(1, width * self.channels))
        for sample in range(self.samples):
            for start in range(0, height, rows):
                yield sample, slice(start, min(start + rows, height))

    def of(self, array: LazyArray, **fixed: int) -> PlaneView:
        """View another array of the same axes so, at more fixed places."""
        places = {**self.fixed, **fixed}
        return PlaneView(array, self.axes, self.joint, places, alike=self.alike)

    def like(self, other: LazyArray) -> PlaneView:
        """View another array, such as a mask, with the same samples and channels.

        Parameters
        ----------
        other : LazyArray
            Of the shape of `array`, or of that shape without its colour axis S, or of
            shape (Y, X) for all samples alike.

        Returns
        -------
        PlaneView
            The view, of the same samples and channels.

        Raises
        ------
        InputError
            When the shape is another one.
        """
        if tuple(other.shape) != tuple(self.array.shape):
            other = spread(np.asarray(other), self.axes, self.array.shape)
        return self.of(other)

    def along(self, letters: str) -> list[PlaneView]:
        """Split the samples by their place on some axes.

        Parameters
        ----------
        letters : str
            Letters of axes; those that samples are not counted along do not matter.

        Returns
        -------
        list of PlaneView
            One view of the same array for each place, in their order.
        """
        counts = {a: number for a, number in self.stack.items() if a in letters}
        return [
            self.of(self.array, **dict(zip(counts, place, strict=True)))
            for place in np.ndindex(*counts.values())
        ]

    def _planes(
        self, array: LazyArray, sample: int, ys: slice, xs: slice
    ) -> npt.NDArray[Any]:
        region = np.asarray(array[self.key(sample, ys, xs)])
        planes = region.transpose(self._to_canonical())
        return planes if self.joint else planes[np.newaxis]

    def _kept(
        self, values: npt.NDArray[Any], sample: int, spans: list[slice], factor: int
    ) -> npt.NDArray[Any]:
        """Put back what the image holds where there is none."""
        if (unfilled := unfilled_of(self.array)) is None:
            return values
        ys, xs = (coarse(span, factor) for span in spans)
        raw = repeated(self._planes(unfilled.raw, sample, ys, xs), spans, factor)
        kept = to_dtype(raw, values.dtype)
        return np.where(unfilled.fill.marked(raw), kept, values)

    @property
    def alpha_axis(self) -> str:
        """Along which axis the fourth sample is alpha; empty if there is none."""
        axis = self._colour or "S"
        return axis if self._sizes.get(axis) == 4 else ""

    def _count(self, letter: str) -> int:
        return 3 if letter == "S" else self._sizes[letter]

    def _index(self, sample: int, ys: slice, xs: slice) -> dict[str, int | slice]:
        counts = tuple(self.stack.values())
        places = np.unravel_index(sample, counts) if counts else ()
        index: dict[str, int | slice] = {"Y": ys, "X": xs, "S": 0, **self.fixed}
        if self._colour:
            index[self._colour] = slice(0, 3)
        index.update(zip(self.stack, map(int, places), strict=True))
        return index

    def _key(self, index: dict[str, int | slice]) -> tuple[int | slice, ...]:
        return tuple(index[letter] for letter in self.axes)

    def _to_canonical(self) -> tuple[int, ...]:
        kept = [letter for letter in self.axes if letter in f"{self._colour}YX"]
        return tuple(kept.index(letter) for letter in f"{self._colour}YX")

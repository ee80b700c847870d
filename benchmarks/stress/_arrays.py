"""Arrays as nobody expects them, each by what a function chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import dask.array as da
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Choose = Callable[[Sequence[Any]], Any]

__all__ = ["Drawn", "drawn"]

SIDES = (1, 1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17, 23, 31, 37)
DTYPES = (
    *("bool", "i1", "u1", "u1", "<i2", ">u2", "<u2", ">i4", "<u4", "<i8", ">u8"),
    *("<f2", ">f2", "<f4", "<f4", ">f4", "<f8", ">f8"),
)
# What is refused whatever else there is.
NO_DTYPES = ("c8", "g", "O", "S3", "<M8[s]")
NO_AXES = (1, 6)


def limits(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return the ends of the range of a type, and of half of it for floating ones."""
    if dtype.kind in "iu":
        return float(np.iinfo(dtype).min), float(np.iinfo(dtype).max)
    if dtype.kind == "f":
        return float(np.finfo(dtype).min), float(np.finfo(dtype).max)
    return 0.0, 1.0


def cast(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Convert without a word, whatever comes of it."""
    with np.errstate(all="ignore"):
        return values.astype(dtype)


def moderate(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    return cast(even * (100 if dtype.kind in "iu" else 1), dtype)


def whole_range(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    low, high = limits(dtype)
    return cast(np.where(even < 0.5, low, high) * np.abs(2 * even - 1), dtype)


def ends(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    low, high = limits(dtype)
    return cast(np.where(even < 0.5, low, high), dtype)


def constant(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    return cast(np.full(even.shape, 7.0), dtype)


def zero(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    return cast(np.zeros(even.shape), dtype)


def top(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    return cast(np.full(even.shape, limits(dtype)[1]), dtype)


def denormal(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    tiny = float(np.finfo(dtype).smallest_subnormal) if dtype.kind == "f" else 1.0
    return cast(even, dtype) * cast(np.array(50 * tiny), dtype)


def on_a_pedestal(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Vary little, far from zero."""
    return cast(even + (1e7 if limits(dtype)[1] > 1e7 else 100), dtype)


def one_bright(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    values = moderate(even, dtype)
    if values.size:
        values.flat[0] = cast(np.array(limits(dtype)[1] / 2), dtype)
    return values


def wide(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Go through all orders of magnitude, with either sign."""
    high = min(limits(dtype)[1], 3e38)
    return cast(np.sign(even - 0.5) * high ** (2 * even - 1), dtype)


def with_nan(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    return cast(np.where(even < 0.1, np.nan, even), dtype)


def with_infinity(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    return cast(np.where(even < 0.1, np.inf, even), dtype)


def all_nan(even: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    return cast(np.full(even.shape, np.nan), dtype)


FILLINGS = (
    *(moderate, moderate, whole_range, ends, constant, zero, top, denormal),
    *(on_a_pedestal, one_bright, wide, with_nan, with_infinity, all_nan),
)


def strided(array: NDArray[Any]) -> NDArray[Any]:
    return np.repeat(array, 2, axis=-1)[..., ::2]


def backwards(array: NDArray[Any]) -> NDArray[Any]:
    return np.flip(array).copy()[(slice(None, None, -1),) * array.ndim]


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def broadcast(array: NDArray[Any]) -> NDArray[Any]:
    return np.broadcast_to(array[:1], array.shape)


def masked(array: NDArray[Any]) -> NDArray[Any]:
    return np.ma.masked_array(array, mask=np.arange(array.size) % 3 == 0)


def odd_chunks(array: NDArray[Any]) -> Any:
    return da.from_array(array, chunks=tuple(max(1, n // 2 + 1) for n in array.shape))


LAYOUTS = (
    *(np.asarray, np.asarray, np.asfortranarray, strided, backwards, read_only),
    *(broadcast, odd_chunks),
)


class Drawn(NamedTuple):
    """An array, and how it was made."""

    array: Any
    story: str


def drawn(choose: Choose, seed: int) -> Drawn:
    """Make an array of what is chosen, with pixels by a seed."""
    strange = choose(("",) * 16 + ("axes", "side", "dtype", "layout"))
    axes = choose(NO_AXES if strange == "axes" else (2, 2, 2, 3, 3, 3, 4, 5))
    colours = [choose((3, 4))] if axes > 2 and choose((False, False, True)) else []
    plane = [choose((0,) if strange == "side" else SIDES) for _ in range(2)]
    # Planes take their time one by one.
    stack = [choose((1, 2, 3)) for _ in range(axes - 2 - len(colours))]
    dtype = np.dtype(choose(NO_DTYPES if strange == "dtype" else DTYPES))
    layout = masked if strange == "layout" else choose(LAYOUTS)
    even = np.random.default_rng(seed).random((*stack, *plane[:axes], *colours))
    return _filled(even, dtype, choose(FILLINGS), layout)


def _filled(even: Any, dtype: np.dtype[Any], filling: Any, layout: Any) -> Drawn:
    kind = dtype if dtype.kind in "biuf" else np.dtype("f4")
    array = layout(cast(filling(even, kind), dtype))
    names = f"{filling.__name__}, {layout.__name__}"
    return Drawn(array, f"{dtype.str} {array.shape}, {names}")

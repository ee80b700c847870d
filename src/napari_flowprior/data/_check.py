"""Refuse what is no image, before any work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.data._view import PlaneView

__all__ = ["check_image", "scan"]

_FLOAT32_MAX = float(np.finfo(np.float32).max)


def check_image(array: Any) -> None:
    """Check that an array can be an image, from its shape and type alone.

    Parameters
    ----------
    array : object
        Anything that a user may pass.

    Raises
    ------
    InputError
        When it is no array, has masked values, has fewer than two axes, is empty, or
        is not boolean, integer or floating (of at most 64 bits).

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import check_image
    >>> check_image(np.zeros((4, 4), complex))
    Traceback (most recent call last):
    ...
    InputError: The image is complex (complex128); pass its real part or its ...
    """
    if not hasattr(array, "shape") or not hasattr(array, "dtype"):
        raise InputError(
            f"An image must be an array, not {type(array).__name__}; convert it with"
            " numpy.asarray."
        )
    if isinstance(array, np.ma.MaskedArray):
        raise InputError(
            "Masked arrays are not supported; pass image.filled(0) and"
            " Inpaint(mask=np.ma.getmaskarray(image))."
        )
    _check_dtype(array.dtype)
    _check_shape(tuple(array.shape))


def scan(view: PlaneView, missing: PlaneView | None = None) -> Generator[None]:
    """Check that every known pixel is finite, one band of rows at a time.

    A generator, so that the check of a large image can be given up.

    Parameters
    ----------
    view : PlaneView
        The image.
    missing : PlaneView, optional
        True where a pixel is missing and may hold anything.

    Yields
    ------
    None
        After each band.

    Raises
    ------
    InputError
        When there are NaN or infinite values, or values beyond the range of float32,
        with their number.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView, scan
    >>> for _ in scan(PlaneView(np.zeros((64, 64)), "YX")):
    ...     pass  # the place to give up
    """
    if view.dtype.kind != "f":
        return
    nans = infinite = large = 0
    for sample, ys in view.bands():
        values = _known(view, missing, sample, ys)
        nans += int(np.isnan(values).sum())
        infinite += int(np.isinf(values).sum())
        if values.itemsize == 8:
            large += int((np.abs(values) > _FLOAT32_MAX).sum())
        yield
    _refuse_nan(nans)
    _refuse_infinite(infinite)
    _refuse_large(large)


def _check_dtype(dtype: Any) -> None:
    try:
        kind = np.dtype(dtype)
    except TypeError:
        raise InputError(
            f"An image of type {dtype} is no NumPy array; convert it with"
            " numpy.asarray."
        ) from None
    if kind.kind == "c":
        raise InputError(
            f"The image is complex ({kind}); pass its real part or its absolute value."
        )
    if kind.kind not in "biuf":
        raise InputError(
            f"The image is not numeric (type {kind}); pass boolean, integer or floating"
            " values."
        )
    if kind.itemsize > 8:
        raise InputError(f"Images of type {kind} are not supported; use float64.")


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) < 2:
        raise InputError(
            f"An image needs at least two axes (Y, X), not {len(shape)}: its shape is"
            f" {shape}."
        )
    if 0 in shape:
        raise InputError(
            f"The image is empty: its shape is {shape}; pass one with pixels in it."
        )


def _known(
    view: PlaneView, missing: PlaneView | None, sample: int, ys: slice
) -> npt.NDArray[Any]:
    values = view.read(sample, ys, slice(None), view.dtype)
    if missing is None:
        return values
    known: npt.NDArray[Any] = values[~missing.read(sample, ys, slice(None), bool)]
    return known


def _refuse_nan(count: int) -> None:
    if count:
        raise InputError(
            f"The image holds {_values(count, 'NaN')}; restore them as holes, with"
            " a mask that marks them (Inpaint(mask=np.isnan(image)) in Python), or"
            " replace them."
        )


def _refuse_infinite(count: int) -> None:
    if count:
        raise InputError(
            f"The image holds {_values(count, 'infinite')}; restore them as"
            " holes, with a mask that marks them (Inpaint(mask=~np.isfinite(image)) in"
            " Python), or replace them."
        )


def _refuse_large(count: int) -> None:
    if count:
        raise InputError(
            f"The image holds {_values(count, 'very large')}, beyond"
            f" {_FLOAT32_MAX:.1e}; divide the image by a constant."
        )


def _values(count: int, what: str) -> str:
    return f"{count} {what} value{'' if count == 1 else 's'}"

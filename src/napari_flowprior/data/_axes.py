"""Names of the axes of an array, as a text such as ``"TZYXS"``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AXES", "colour_axis", "guess_axes", "parse_axes"]

AXES = {
    "T": "time",
    "Z": "depth",
    "C": "independent channels",
    "Y": "rows",
    "X": "columns",
    "S": "colour samples (RGB or RGBA)",
}
"""The letters and what they stand for."""

_STACKS = ("", "Z", "TZ", "TCZ")


def parse_axes(text: str, shape: Sequence[int]) -> str:
    """Check the names of axes against the shape of an array.

    Parameters
    ----------
    text : str
        One letter for each axis, in the array's order and in either case: T, Z, C, Y,
        X and S, as in `AXES`. Y and X are required.
    shape : sequence of int
        Shape of the array.

    Returns
    -------
    str
        The letters in upper case.

    Raises
    ------
    InputError
        When the text does not describe an array of this shape.

    Examples
    --------
    >>> from napari_flowprior.data import parse_axes
    >>> parse_axes("tyx", (10, 512, 512))
    'TYX'
    """
    if not isinstance(text, str):
        raise InputError(f'The axes must be a text such as "ZYX", not {text!r}.')
    axes = text.strip().upper()
    _check_letters(axes)
    if len(axes) != len(shape):
        raise InputError(
            f'The axes "{axes}" name {len(axes)} axes, but the image has {len(shape)}:'
            f" its shape is {tuple(shape)}; give one letter for each."
        )
    if "S" in axes and shape[axes.index("S")] not in (3, 4):
        raise InputError(
            f"The colour axis S must have 3 samples (RGB) or 4 (RGBA), not"
            f" {shape[axes.index('S')]}; name other channels C."
        )
    return axes


def guess_axes(shape: Sequence[int], dtype: npt.DTypeLike = np.uint8) -> str:
    """Guess the names of axes from the shape of an array.

    A last axis of 3 or 4 behind two longer ones is taken for colour, unless the array
    is boolean. Of what is left, two axes are YX, three ZYX, four TZYX, five TCZYX.

    Parameters
    ----------
    shape : sequence of int
        Shape of the array.
    dtype : dtype
        Type of its values.

    Returns
    -------
    str
        One letter for each axis.

    Raises
    ------
    InputError
        When the array has fewer than two axes or more than can be named.

    Examples
    --------
    >>> from napari_flowprior.data import guess_axes
    >>> guess_axes((10, 512, 512)), guess_axes((512, 512, 3))
    ('ZYX', 'YXS')
    """
    colour = "S" if _looks_like_colour(shape) and np.dtype(dtype).kind != "b" else ""
    leading = len(shape) - 2 - len(colour)
    if not 0 <= leading < len(_STACKS):
        raise InputError(
            f"The axes of an image of shape {tuple(shape)} cannot be guessed: it needs"
            " two axes (Y, X) and at most T, C, Z and colour besides; reshape it."
        )
    return f"{_STACKS[leading]}YX{colour}"


def colour_axis(axes: str, shape: Sequence[int]) -> str:
    """Find the axis along which red, green and blue lie.

    Parameters
    ----------
    axes : str
        One letter for each axis.
    shape : sequence of int
        Shape of the array.

    Returns
    -------
    str
        S, or else C of length 3 or 4.

    Raises
    ------
    InputError
        When there is none.

    Examples
    --------
    >>> from napari_flowprior.data._axes import colour_axis
    >>> colour_axis("CYX", (3, 64, 64))
    'C'
    """
    if "S" in axes:
        return "S"
    if "C" in axes and shape[axes.index("C")] in (3, 4):
        return "C"
    raise InputError(
        f'An image with axes "{axes}" and shape {tuple(shape)} has no colours to'
        " restore together; use a prior for grey images, or name the colour axis S."
    )


def _looks_like_colour(shape: Sequence[int]) -> bool:
    return len(shape) >= 3 and shape[-1] in (3, 4) and min(shape[-3:-1]) > shape[-1]


def _check_letters(axes: str) -> None:
    unknown = "".join(letter for letter in axes if letter not in AXES)
    if unknown:
        raise InputError(
            f'The axes "{axes}" hold unknown letters: "{unknown}"; use T, Z, C, Y, X'
            " and S."
        )
    if len(set(axes)) < len(axes):
        raise InputError(f'The axes "{axes}" repeat a letter; use each one once.')
    if not {"Y", "X"} <= set(axes):
        raise InputError(
            f'The axes "{axes}" lack Y or X; name the rows Y and the columns X.'
        )

"""Arrays of some of the axes of an image, repeated along the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["spread"]


def spread(other: NDArray[Any], axes: str, shape: Sequence[int]) -> NDArray[Any]:
    """Repeat an array that has some axes of an image along its others.

    Parameters
    ----------
    other : ndarray
        Of the shape of the image, or of that without its colour axis S, or (Y, X).
    axes : str
        Axes of the image, one letter each.
    shape : sequence of int
        Its shape.

    Returns
    -------
    ndarray
        Of that shape, which shares the memory of `other`.

    Raises
    ------
    InputError
        When the shape is another one.
    """
    sizes = dict(zip(axes, shape, strict=True))
    letters = _letters_of(other.shape, sizes)
    kept = [letter for letter in axes if letter in letters]
    aligned = other.transpose([letters.index(letter) for letter in kept])
    sides = [sizes[a] if a in letters else 1 for a in axes]
    return np.broadcast_to(aligned.reshape(sides), tuple(shape))


def _letters_of(shape: tuple[int, ...], sizes: dict[str, int]) -> str:
    axes = "".join(sizes)
    fitting = {tuple(sizes.values()): axes}
    for letters in (axes.replace("S", ""), "YX"):
        fitting.setdefault(tuple(sizes[a] for a in letters), letters)
    if shape not in fitting:
        raise InputError(
            f"An array of shape {shape} does not fit the image; its shape must be"
            f" {' or '.join(map(str, fitting))}."
        )
    return fitting[shape]

"""Choosing a few of many."""

from __future__ import annotations

import numpy as np

__all__ = ["evenly_spaced"]


def evenly_spaced(number: int, most: int) -> list[int]:
    """Choose numbers from 0 on, as far from each other as possible.

    Parameters
    ----------
    number : int
        How many there are to choose from.
    most : int
        How many are chosen, if there are so many.

    Returns
    -------
    list of int
        Rising, with the first and the last one, if there are two and more.

    Examples
    --------
    >>> from napari_flowprior.data import evenly_spaced
    >>> evenly_spaced(10, 4)
    [0, 3, 6, 9]
    >>> evenly_spaced(2, 4)
    [0, 1]
    """
    return [round(n) for n in np.linspace(0, number - 1, min(number, most))]

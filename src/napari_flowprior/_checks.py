"""Checks of what users pass that several parts of the package share."""

from __future__ import annotations

import math
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "as_array",
    "check_count",
    "check_names",
    "check_number",
    "check_sigma",
    "check_within",
]


def check_sigma(sigma: float | None) -> None:
    """Refuse what is no noise level.

    Parameters
    ----------
    sigma : float or None
        Standard deviation of the noise; None stands for one that is estimated.

    Raises
    ------
    InputError
        If sigma is negative, not finite or not a number.
    """
    if sigma is not None:
        check_within("sigma", sigma, 0)


def check_number(name: str, number: Any) -> None:
    """Refuse what is no finite real number.

    Parameters
    ----------
    name : str
        What it is called, for the message.
    number : object
        What was given.

    Raises
    ------
    InputError
        If it is not a number, or not finite.
    """
    real = isinstance(number, int | float | np.integer | np.floating)
    if isinstance(number, bool) or not real:
        raise InputError(f"{name} is {number!r}; it must be a number.")
    if not math.isfinite(number):
        raise InputError(f"{name} is {number}; it must be finite.")


def check_within(name: str, number: Any, least: float, most: float = math.inf) -> None:
    """Refuse what is no finite real number of a range.

    Parameters
    ----------
    name : str
        What it is called, for the message.
    number : object
        What was given.
    least, most : float
        The range, ends included.

    Raises
    ------
    InputError
        If it is not a number, or not finite, or out of the range.
    """
    check_number(name, number)
    if not least <= number <= most:
        wanted = f"{least} or more" if most == math.inf else f"from {least} to {most}"
        raise InputError(f"{name} is {number}; it must be {wanted}.")


def as_array(name: str, values: Any) -> NDArray[Any]:
    """Return numbers that a user gave as an array, or say why they are none.

    Parameters
    ----------
    name : str
        What they are called, for the message.
    values : array_like
        What was given.

    Returns
    -------
    ndarray
        The same, not copied if it is an array.

    Raises
    ------
    InputError
        If it is ragged.
    """
    try:
        return np.asarray(values)
    except ValueError:
        raise InputError(
            f"{name} is {shortened(values)}, which is no array; give rows of the same "
            "length."
        ) from None


def check_count(name: str, number: Any, least: int = 1) -> int:
    """Return a whole number as an int; refuse what is none, or too small."""
    whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
    if not whole or number < least:
        raise InputError(
            f"{name} is {number!r}; it must be a whole number from {least} up."
        )
    return int(number)


def check_names(table: str, values: dict[str, Any], known: set[str]) -> None:
    """Refuse settings that nobody reads.

    Parameters
    ----------
    table : str
        What the settings belong to.
    values : dict
        The settings.
    known : set of str
        Names that are read.

    Raises
    ------
    InputError
        If there is another.
    """
    unknown = sorted(set(values) - known)
    if unknown:
        raise InputError(
            f"{table} has no setting {', '.join(unknown)}; there are "
            f"{', '.join(sorted(known))}."
        )

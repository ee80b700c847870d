"""Checks of what users pass that several degradations share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from napari_flowprior._errors import InputError

__all__ = ["check_number", "check_sigma"]


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
    if sigma is None:
        return
    check_number("sigma", sigma)
    if sigma < 0:
        raise InputError(f"sigma is {sigma}; it must be 0 or more.")


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

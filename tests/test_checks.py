"""Checks of numbers that users pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_flowprior._checks import check_count, check_number, check_within
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import HQS, Sampling


@pytest.mark.parametrize("number", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers(number: Any) -> None:
    assert type(check_count("steps", number)) is int
    assert check_count("steps", number, 3) == 3
    with pytest.raises(InputError, match=r"3\)?; it must be a whole number from 4 up"):
        check_count("steps", number, 4)


@pytest.mark.parametrize("number", [True, np.True_, 3.0, "3", None, [3], np.ones(1)])
def test_what_is_no_whole_number(number: Any) -> None:
    with pytest.raises(InputError, match=r"steps is .*; it must be a whole number"):
        check_count("steps", number)


def test_whole_numbers_of_estimators() -> None:
    assert HQS(steps=np.int64(3)) == HQS(steps=3)
    assert Sampling(samples=np.int64(3)) == Sampling(samples=3)


@pytest.mark.parametrize("number", [1, 0.5, np.float32(0.5), np.int8(1)])
def test_numbers_within_a_range(number: Any) -> None:
    check_number("weight", number)
    check_within("rest", number, 0, 1)
    check_within("rest", number, number)


@pytest.mark.parametrize("number", ["a", None, [1], True, np.ones(2), 1j])
def test_what_is_no_number(number: Any) -> None:
    for check in (check_number, lambda *given: check_within(*given, 0, 1)):
        with pytest.raises(InputError, match=r"weight is .*; it must be a number"):
            check("weight", number)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite(number: float) -> None:
    for check in (check_number, lambda *given: check_within(*given, 0)):
        with pytest.raises(InputError, match=f"weight is {number}; it must be finite"):
            check("weight", number)


def test_numbers_out_of_a_range() -> None:
    with pytest.raises(InputError, match="rest is 2; it must be from 0 to 1"):
        check_within("rest", 2, 0, 1)
    with pytest.raises(InputError, match="level is -1; it must be 0 or more"):
        check_within("level", -1, 0)

"""Choosing a few of many."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from napari_flowprior.data import evenly_spaced


@given(st.integers(0, 300), st.integers(1, 20))
def test_as_far_apart_as_possible(number: int, most: int) -> None:
    chosen = evenly_spaced(number, most)
    assert len(chosen) == min(number, most)
    assert chosen == sorted(set(chosen))
    if len(chosen) > 1:
        assert (chosen[0], chosen[-1]) == (0, number - 1)
        steps = [after - before for before, after in itertools.pairwise(chosen)]
        assert max(steps) - min(steps) <= 1

"""Where there is no image, arrays are read as if it were dark, or bright, there."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from napari_flowprior.data import FillValues, unfilled_of
from napari_flowprior.data._unfilled import Unfilled


@pytest.fixture
def fill():
    return FillValues(
        values=(0.0,), share=0.125, below=50.0, above=None, dark=100.0, bright=200.0
    )


def test_only_what_is_beyond_is_replaced(fill):
    raw = np.array([[0, 49, 50], [100, 250, 65535]], np.uint16)
    seen = Unfilled(raw, "YX", fill)[:, :]
    assert seen.dtype == raw.dtype
    assert seen.tolist() == [[100, 100, 50], [100, 250, 65535]]
    assert raw[0, 0] == 0


def test_alpha_is_no_light(fill):
    raw = np.zeros((2, 2, 4), np.uint16)
    array = Unfilled(raw, "YXS", fill, alpha="S")
    assert (array[:, :, 0:3] == 100).all()
    assert (array[:, :, 3] == 0).all()


def test_it_is_told(fill):
    assert str(fill).startswith("12 % of the pixels are 0, far from all others")
    assert json.loads(json.dumps(asdict(fill)))["above"] is None


def test_wrappers_pass_it_on(fill):
    raw = np.zeros((2, 2))
    array = Unfilled(raw, "YX", fill)

    class Wrapper:
        unfilled = array

    assert unfilled_of(array) is array
    assert unfilled_of(Wrapper()) is array
    assert unfilled_of(raw) is None
    assert unfilled_of(Unfilled(raw, "YX", fill, kept=False)) is None

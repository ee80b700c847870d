"""Windows that look like nothing but noise."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior.restoration.noise._windows import (
    _left_by_cut,
    noise_of_windows,
    patterned,
)

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("sigma", [1.0, 10.0, 40.0])
def test_windows_measure_white_noise(sigma: float) -> None:
    noise = sigma * RNG.standard_normal((256, 256))
    slope = np.linspace(0, 30 * sigma, 256)
    assert noise_of_windows(noise + slope) == pytest.approx(sigma, rel=0.04)
    assert not patterned(noise + slope)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.8])
def test_what_cutting_off_leaves(share: float) -> None:
    values = np.random.default_rng(0).standard_normal(2_000_000)
    cut = np.maximum(values, np.quantile(values, share))
    assert _left_by_cut(np.array([share]))[0] == pytest.approx(cut.var(), rel=0.01)

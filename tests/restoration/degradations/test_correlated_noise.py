"""Noise whose neighbours are alike, of a level that nobody told."""

from __future__ import annotations

import numpy as np
import pytest
from draining import drain
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior import FlowPrior
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import CorrelatedNoise


@pytest.mark.parametrize("width", [0.8, 1.5])
def test_the_level_is_found(width: float) -> None:
    clean = data.camera()[128:320, 128:320].astype(np.float64)
    drawn = np.random.default_rng(0).standard_normal(clean.shape)
    noise = gaussian_filter(drawn, width, mode="wrap")
    view = PlaneView(clean + 15 / noise.std() * noise, "YX")
    search = CorrelatedNoise().resolve(view, FlowPrior.load("photo-gray"))
    found = drain(search)
    assert found.observe(view).level == pytest.approx(15, rel=0.15)


def test_what_is_told_is_taken() -> None:
    view = PlaneView(np.zeros((32, 32)), "YX")
    told = CorrelatedNoise(sigma=3.0)
    assert drain(told.resolve(view, FlowPrior.load("photo-gray"))) is told
    assert told.observe(view).level == 3.0

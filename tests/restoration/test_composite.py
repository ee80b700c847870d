"""Composites are restored channel by channel, and what is empty stays so."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from napari_flowprior import iter_restore, restore
from napari_flowprior.restoration import JPEG, Noise

CELL = data.cell()[200:264, 240:304].astype(float)


@pytest.fixture
def composite():
    rng = np.random.default_rng(0)
    green = (CELL + rng.normal(0, 15, CELL.shape)).clip(0, 255)
    blue = (CELL.T / 2 + rng.normal(0, 5, CELL.shape)).clip(0, 255)
    return np.dstack([np.zeros_like(green), green, blue]).round().astype(np.uint8)


@pytest.mark.parametrize("degradation", [None, Noise(10)])
def test_channels_are_restored_one_by_one(composite, degradation):
    result = iter_restore(composite, degradation=degradation).result
    assert result.provenance["prior"]["name"] == "photo-gray"
    assert (result.image[..., 0] == 0).all()
    for colour in (1, 2):
        alone = restore(composite[..., colour].copy(), degradation=degradation)
        np.testing.assert_array_equal(result.image[..., colour], alone)


def test_what_was_compressed_together_is_restored_together(composite):
    result = iter_restore(composite, degradation=JPEG(quality=50)).result
    assert result.provenance["prior"]["name"] == "photo-rgb"

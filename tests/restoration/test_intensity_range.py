"""Ranges of intensities that are chosen."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior import (
    RestoreOptions,
    RunOptions,
    iter_restore,
    log_prob_map,
)
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import Noise, iter_restore_with_log_likelihood

SIGMA = 20.0


@pytest.fixture(scope="module")
def image():
    rows, columns = np.mgrid[:64, :64]
    clean = 300 + 100 * np.sin(rows / 9) * np.cos(columns / 7)
    noise = np.random.default_rng(0).normal(0, SIGMA, clean.shape)
    counts = np.round(clean + noise).astype(np.uint16)
    counts[3, 4] = 2000
    return counts


def restored(image, **told):
    return iter_restore(image, degradation=Noise(SIGMA), tile=64, **told).result


def scale(result):
    intensity = result.provenance["intensity"]
    return intensity["offset"], intensity["gain"]


def test_the_prior_sees_the_range_that_is_chosen(image):
    low, high = int(image.min()), int(image.max())
    assert scale(restored(image, intensity_range="min-max")) == (low, high - low)
    assert scale(restored(image, intensity_range="type")) == (0, 65535)
    assert scale(restored(image, black=100, white=600)) == (100, 500)


def test_the_result_keeps_its_units(image):
    inner = np.s_[8:, 8:]
    for told in ({"intensity_range": "min-max"}, {"black": 0, "white": 800}):
        result = restored(image, **told).image
        assert result.dtype == image.dtype
        assert result[inner].mean() == pytest.approx(image[inner].mean(), rel=0.01)


def test_each_channel_has_its_own(image):
    both = np.stack([image, 3 * image])
    result = restored(both, axes="CYX", intensity_range="min-max")
    gains = [part["intensity"]["gain"] for part in result.provenance["parts"]]
    assert gains[1] == 3 * gains[0]


def test_eight_bits_of_another_range_are_as_float(image):
    small = np.clip(image // 3, 0, 255).astype(np.uint8)
    ends = {"black": 20.0, "white": 200.0}
    whole = restored(small, **ends, dtype="float32").image
    same = restored(small.astype(np.float32), **ends).image
    assert np.array_equal(whole, same)


def test_log_likelihood_is_of_the_same_range(image):
    told = {"black": 0.0, "white": 1000.0}
    options = RestoreOptions(degradation=Noise(SIGMA), tile=64, **told)
    both = iter_restore_with_log_likelihood(image, options).result
    assert np.array_equal(both.bits, log_prob_map(both.image, **told))
    assert not np.array_equal(both.bits, log_prob_map(both.image))


def test_what_is_refused():
    with pytest.raises(InputError, match="'percentile'; choose one of auto, type"):
        RunOptions(intensity_range="percentile")
    with pytest.raises(InputError, match="Black is 9 and white 3"):
        RestoreOptions(black=9, white=3)

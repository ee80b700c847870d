"""Tests of what is said of a result, whatever the estimator."""

from __future__ import annotations

import numpy as np
import pytest
from doubles import GaussianPrior

from napari_flowprior import iter_restore
from napari_flowprior.restoration import Noise


def warned(image: np.ndarray, **options: object) -> tuple[str, ...]:
    run = iter_restore(
        image, prior=GaussianPrior(), degradation=Noise(sigma=1), **options
    )
    return tuple(word for word in run.result.warnings if "float32" in word)


@pytest.fixture
def photons() -> np.ndarray:
    scene = np.where(np.indices((64, 64))[0] < 32, 0.3, 1.5)
    return np.random.default_rng(0).poisson(scene).astype(np.uint8)


def test_few_grey_levels_hide_what_is_restored(photons: np.ndarray) -> None:
    assert len(warned(photons)) == 1


def test_nothing_is_hidden_in_floating_numbers(photons: np.ndarray) -> None:
    assert not warned(photons, dtype=np.float32)
    assert not warned(photons.astype(float))


def test_few_grey_levels_keep_the_means_of_areas(photons: np.ndarray) -> None:
    options = {"prior": GaussianPrior(), "degradation": Noise(sigma=1)}
    rounded, exact = (
        iter_restore(photons, dtype=kind, **options).result.image
        for kind in (None, np.float64)
    )
    assert rounded.dtype == np.uint8
    assert abs(rounded - exact).max() < 1
    for half in (np.s_[:32], np.s_[32:]):
        kept = exact[half].clip(0).mean()
        assert rounded[half].mean() == pytest.approx(kept, abs=0.01)


def test_even_images_are_not_dithered() -> None:
    even = np.full((16, 16), 7, np.uint8)
    found = iter_restore(even, prior=GaussianPrior(), degradation=Noise(sigma=1)).result
    assert len(np.unique(found.image)) == 1


def test_many_grey_levels_show_it(photons: np.ndarray) -> None:
    assert not warned((20 * photons).astype(np.uint8))

"""What windows of a plane tell of its blur, and that blocks agree on it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior.restoration.degradations import Blur
from napari_flowprior.restoration.engine import _look
from napari_flowprior.restoration.engine._look import Look, windows_of
from napari_flowprior.restoration.operators import Convolution


@pytest.mark.parametrize("shape", [(384, 384), (100, 1000), (600, 701), (17, 30)])
def test_windows_lie_inside_and_are_alike(shape: tuple[int, int]) -> None:
    places = windows_of(shape)
    sizes = {(ys.stop - ys.start, xs.stop - xs.start) for ys, xs in places}
    assert len(sizes) == 1
    seen = np.zeros(shape, bool)
    for ys, xs in places:
        assert min(ys.start, xs.start) >= 0
        assert (ys.stop, xs.stop) <= shape
        seen[ys, xs] = True
    assert seen.all()


def test_large_planes_have_sixteen() -> None:
    assert len(windows_of((20_000, 20_000))) == 16


def test_small_planes_are_seen_whole() -> None:
    assert windows_of((300, 400)) == [(slice(0, 300), slice(0, 400))]


def look(plane: np.ndarray, width: float, sigma: float = 0.004) -> Look:
    psf = torch.from_numpy(Blur(gaussian=width, sigma=1.0).kernel)
    windows = torch.from_numpy(plane)
    return Look(windows, Convolution(psf, plane.shape[-2:]), sigma)


def test_windows_tell_the_power_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_look, "LEAST_BLOCK", 256)
    clean = data.camera().astype(float) / 255
    noise = np.random.default_rng(0).normal(0, 0.004, clean.shape)
    blurred = gaussian_filter(clean, 1.0, mode="reflect") + noise
    parts = np.stack([blurred[None, ys, xs] for ys, xs in windows_of(clean.shape)])
    assert len(parts) > 1
    whole, _ = look(blurred[None, None], 1.6).sharpness()
    found, _ = look(parts, 1.6).sharpness()
    assert found.power == pytest.approx(whole.power, abs=0.1)
    # The image was blurred less than that, and both say so.
    assert found.power + 2 * found.error < 0.78


def test_a_window_of_sky_makes_no_dark_field() -> None:
    rng = np.random.default_rng(0)
    sky = 0.2 + rng.normal(0, 0.004, (1, 1, 64, 64))
    town = rng.random((3, 1, 64, 64))
    assert look(sky, 1.0).dark
    assert not look(np.concatenate([sky, town]), 1.0).dark
    assert look(np.concatenate([sky, town]), 1.0).floor(0.0) == 0.0

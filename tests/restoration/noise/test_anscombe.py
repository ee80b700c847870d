"""The curve under which the noise of a camera is even, and its unbiased inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, poisson

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.noise import Anscombe

CAMERAS = [
    Anscombe(1.0),
    Anscombe(2.0, 100.0, 0.2),
    Anscombe(2.0, 100.0, 1.3),
    Anscombe(0.5, -7.0, 2.0),
    Anscombe(0.5, 0.0, 14.9),
]
ELECTRONS = [0.0, 0.01, 0.2, 1.0, 3.0, 10.0, 60.0, 249.0, 251.0, 700.0]
NORMAL = np.linspace(-9, 9, 4001)
LEVELS = st.floats(-1e9, 1e9)


def moments(camera: Anscombe, electrons: float) -> tuple[float, float]:
    """Mean and variance of the transformed grey levels, summed one by one."""
    counts = np.arange(int(electrons + 12 * np.sqrt(electrons) + 40))
    chance = poisson.pmf(counts, electrons)
    grey = camera.offset + camera.gain * counts[:, None]
    if camera.read_noise == 0:
        density = np.ones(1)
    else:
        grey = grey + camera.read_noise * NORMAL
        density = norm.pdf(NORMAL) / norm.pdf(NORMAL).sum()
    curved = camera.forward(grey)
    first, second = chance @ curved @ density, chance @ curved**2 @ density
    return float(first), float(second - first**2)


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("electrons", ELECTRONS)
def test_inverse_is_unbiased(camera: Anscombe, electrons: float) -> None:
    mean, _ = moments(camera, electrons)
    grey = camera.inverse(np.array(mean))
    error = (grey - camera.offset) / camera.gain - electrons
    # The kink of the curve is what the sum above does not see exactly.
    assert abs(error) < 1e-3


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("electrons", [4.0, 20.0, 200.0])
def test_noise_is_even(camera: Anscombe, electrons: float) -> None:
    assert moments(camera, electrons)[1] == pytest.approx(1, abs=0.03)


def test_much_read_noise_needs_no_table() -> None:
    for read_noise in (29.9, 30.1):
        camera = Anscombe(1.0, 0.0, read_noise)
        mean, variance = moments(camera, 5.0)
        assert camera.inverse(np.array(mean)) == pytest.approx(5, abs=5e-3)
        assert variance == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("camera", [*CAMERAS, Anscombe(0.0, 3.0, 2.0)])
@given(values=st.lists(LEVELS, min_size=2, max_size=20))
def test_both_rise_and_are_finite(camera: Anscombe, values: list[float]) -> None:
    rising = np.sort(values)
    for curve in (camera.forward, camera.inverse):
        made = curve(rising)
        assert np.isfinite(made).all()
        assert (np.diff(made) >= -1e-9 * np.abs(made[1:])).all()


def test_curve_is_the_published_one() -> None:
    camera = Anscombe(3.0, 10.0, 4.0)
    grey = np.array([10.0, 11.0, 50.0, 1e6])
    published = 2 / 3 * np.sqrt(3 * grey + 3 / 8 * 9 + 16 - 3 * 10)
    shift = 2 / 3 * np.sqrt(3 / 8 * 9 + 16)
    np.testing.assert_allclose(camera.forward(grey), published - shift, atol=1e-12)


def test_below_the_offset_it_is_a_line_that_fits() -> None:
    camera = Anscombe(2.0, 100.0, 3.0)
    low = np.array([-1e6, 50.0, 99.0, 100.0])
    np.testing.assert_allclose(
        camera.forward(low), (low - 100) / np.hypot(3, 2 * np.sqrt(3 / 8))
    )
    steps = np.diff(camera.forward(100 + 1e-3 * np.array([-1, 0, 1])))
    assert steps[0] == pytest.approx(steps[1], rel=1e-3)


@pytest.mark.parametrize("read_noise", [0.2, 1.0, 1.5, 3.0, 10.0])
@pytest.mark.parametrize("electrons", [0.0, 0.3, 1.0, 2.0])
def test_noise_of_the_dark_is_no_stronger(read_noise: float, electrons: float) -> None:
    assert moments(Anscombe(2.0, 100.0, read_noise * 2), electrons)[1] < 1.03


def test_estimates_below_the_offset_stay_below() -> None:
    camera = Anscombe(1.0, 100.0, 3.0)
    low = camera.forward(np.array([94.0, 97.0, 100.0]))
    out = camera.inverse(low)
    # The bias is a quarter of an electron at most.
    np.testing.assert_allclose(out, [94, 97, 100], atol=0.3)


def test_a_black_pixel_without_read_noise() -> None:
    camera = Anscombe(1.0)
    zero = np.zeros(1)
    assert camera.forward(zero) == 0
    assert camera.inverse(zero) == pytest.approx(0, abs=1e-6)


def test_many_electrons() -> None:
    camera = Anscombe(1.0)
    counts = np.array([1e4, 1e8, 1e12])
    back = camera.inverse(camera.forward(counts))
    np.testing.assert_allclose(back - counts, [0.25, 0.25, 0.25], atol=1e-3)


def test_without_photon_noise_it_is_a_division() -> None:
    values = np.array([-5.0, 0.0, 700.0])
    plain = Anscombe(0.0, 3.0, 2.0)
    np.testing.assert_allclose(plain.forward(values), (values - 3) / 2)
    np.testing.assert_allclose(plain.inverse(plain.forward(values)), values)
    faint = Anscombe(1e-9, 3.0, 2.0)
    np.testing.assert_allclose(faint.forward(values), plain.forward(values), rtol=1e-6)
    np.testing.assert_allclose(faint.inverse(values), plain.inverse(values), rtol=1e-6)


def test_shape_is_kept() -> None:
    values = np.arange(24.0).reshape(2, 3, 4)
    camera = CAMERAS[2]
    assert camera.inverse(camera.forward(values)).shape == (2, 3, 4)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((np.nan, 0.0, 1.0), "gain is nan"),
        ((1.0, np.inf, 1.0), "offset is inf"),
        ((-1.0, 0.0, 1.0), "gain is -1.0; it must be 0 or more"),
        ((1.0, 0.0, -2.0), "read_noise is -2.0"),
        ((0.0, 5.0, 0.0), "both 0"),
    ],
)
def test_what_is_refused(numbers: tuple[float, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Anscombe(*numbers)


def test_variance_is_that_of_counts() -> None:
    rng = np.random.default_rng(0)
    camera = Anscombe(gain=2.0, offset=100.0, read_noise=3.0)
    electrons = np.array([0.0, 5.0, 80.0])
    counts = rng.poisson(electrons, (200_000, 3))
    grey = 2.0 * counts + 100 + rng.normal(0, 3, counts.shape)
    told = camera.variance(100 + 2 * electrons)
    np.testing.assert_allclose(grey.var(0), told, rtol=0.02)
    np.testing.assert_array_equal(camera.variance(np.array([0.0, 50.0])), [9.0, 9.0])
    assert camera.variance(np.array([0.0]), least=3.0)[0] == 2 * 2 * 3 + 9

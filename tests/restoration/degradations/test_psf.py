"""Kernels of blurs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from adjoints import draw
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.degradations import gaussian_psf, motion_psf
from napari_flowprior.restoration.degradations._psf import check_psf
from napari_flowprior.restoration.operators import Convolution

if TYPE_CHECKING:
    from numpy.typing import NDArray


@settings(deadline=None)
@given(sigma=st.floats(0.05, 10))
def test_gaussian_kernel(sigma: float) -> None:
    psf = gaussian_psf(sigma)
    np.testing.assert_allclose(check_psf(psf), psf, rtol=0, atol=1e-15)
    np.testing.assert_allclose(psf, psf[::-1].T, rtol=0, atol=1e-15)
    assert psf.shape[0] <= 65


@settings(deadline=None)
@given(length=st.floats(0.01, 64), angle=st.floats(-720, 720))
def test_motion_kernel(length: float, angle: float) -> None:
    psf = motion_psf(length, angle)
    np.testing.assert_allclose(check_psf(psf), psf, rtol=0, atol=1e-15)
    np.testing.assert_allclose(psf, psf[::-1, ::-1], rtol=0, atol=1e-12)
    steps = np.arange(len(psf)) - len(psf) // 2
    turn = np.deg2rad(angle)
    along = np.cos(turn) * steps - np.sin(turn) * steps[:, None]
    # A line of this length, and at most a quarter pixel^2 of antialiasing per axis.
    spread = (psf * along**2).sum() - length**2 / 12
    assert -1e-4 < spread < 0.5


def moments(psf: NDArray[np.float64]) -> tuple[float, float]:
    steps = np.arange(len(psf)) - len(psf) // 2
    return float(psf.sum(1) @ steps**2), float(psf.sum(0) @ steps**2)


def test_motion_directions() -> None:
    assert moments(motion_psf(9, 0))[0] == pytest.approx(0, abs=1e-12)
    assert moments(motion_psf(9, 90))[1] == pytest.approx(0, abs=1e-12)
    rising = motion_psf(9, 45)
    assert rising[0, -1] + rising[1, -2] > 0
    assert rising[0, 0] + rising[1, 1] == 0


def test_gaussian_width() -> None:
    assert moments(gaussian_psf(2.0)) == pytest.approx((4.0, 4.0), rel=2e-3)


@pytest.mark.parametrize("value", [0, -1, float("nan"), 100])
def test_kernels_that_cannot_be_made(value: float) -> None:
    with pytest.raises(InputError, match=f"sigma is {value}"):
        gaussian_psf(value)
    with pytest.raises(InputError, match=f"length is {value}"):
        motion_psf(value, 0)


def test_motion_without_direction() -> None:
    with pytest.raises(InputError, match="angle is inf"):
        motion_psf(5, float("inf"))


WRONG: list[tuple[Any, str]] = [
    (np.ones(3) / 3, "1 axes"),
    (np.ones((1, 3, 3)) / 9, "3 axes"),
    (np.ones((0, 3)), r"\(0, 3\); give one that is not empty"),
    (np.ones((67, 3)) / 201, r"\(67, 3\); crop"),
    (np.ones((3, 66)) / 198, r"\(3, 66\); crop"),
    ([[1], [1, 2]], r"The PSF is \[\[1\], \[1, 2\]\], which is no array; give rows"),
    (np.diag([1.5, -0.5, 0.0]), "down to -0.5"),
    (np.full((3, 3), np.nan), "NaN"),
    (np.full((3, 3), np.inf), "NaN or infinite"),
    (np.ones((3, 3)), "sum 9 instead of 1; divide it by its sum"),
    (np.zeros((3, 3)), "sum 0 instead of 1; give one that is not empty"),
    (np.ones((3, 3), complex) / 9, "complex128"),
    ([["a"]], "type <U1"),
]


@pytest.mark.parametrize(("psf", "message"), WRONG)
def test_kernels_that_are_refused(psf: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_psf(psf)


def test_kernels_are_copied_and_normalised() -> None:
    given_psf = np.ones((3, 3), np.float32) / 9.005
    psf = check_psf(given_psf)
    assert psf.dtype == np.float64
    assert psf.sum() == pytest.approx(1, abs=1e-15)
    assert not np.shares_memory(psf, given_psf)
    assert check_psf([[1]]).shape == (1, 1)


@pytest.mark.parametrize("shape", [(32, 32), (31, 64), (64, 1)])
def test_even_kernels_are_centred_as_fftshift_has_it(shape: tuple[int, int]) -> None:
    even = np.zeros(shape)
    even[shape[0] // 2, shape[1] // 2] = 1
    np.testing.assert_array_equal(
        even, np.fft.fftshift(np.eye(1, even.size).reshape(shape))
    )
    odd = check_psf(even)
    assert all(side % 2 for side in odd.shape)
    assert odd[odd.shape[0] // 2, odd.shape[1] // 2] == 1


@pytest.mark.parametrize(("sigma", "side"), [(3.5, 32), (5.0, 64), (0.2, 4)])
def test_an_even_gaussian_blurs_as_the_odd_one(sigma: float, side: int) -> None:
    odd = gaussian_psf(sigma)
    reach, centre = len(odd) // 2, side // 2
    even = np.zeros((side, side))
    inside = slice(centre - reach, centre + reach + 1)
    even[inside, inside] = odd
    x = draw(1, (1, 1, 50, 41))
    results = [
        Convolution(torch.from_numpy(check_psf(psf)), (50, 41)).forward(x)
        for psf in (odd, even)
    ]
    torch.testing.assert_close(results[1], results[0], rtol=0, atol=1e-12)

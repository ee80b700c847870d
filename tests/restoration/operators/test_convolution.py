"""Convolution of whole planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from adjoints import KINDS, LEVELS, assert_adjoint, draw, gradient, sides
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve
from scipy.signal import convolve2d

from napari_flowprior.restoration.degradations import gaussian_psf, motion_psf
from napari_flowprior.restoration.operators import Convolution, Decimation
from napari_flowprior.restoration.operators._dct import extend

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.restoration import Operator

reaches = st.integers(0, 9)
seeds = st.integers(0, 1000)


def random_psf(seed: int, above: int, left: int) -> Tensor:
    psf = draw(seed, (2 * above + 1, 2 * left + 1)).abs()
    return psf / psf.sum()


@settings(max_examples=60, deadline=None)
@given(height=sides, width=sides, above=reaches, left=reaches, seed=seeds)
def test_blur_is_a_convolution_with_mirrored_edges(
    height: int, width: int, above: int, left: int, seed: int
) -> None:
    psf = random_psf(seed, above, left)
    x = draw(seed + 1, (2, 1, height, width))
    blurred = Convolution(psf, (height, width)).forward(x)
    for image, result in zip(x[:, 0].numpy(), blurred[:, 0].numpy(), strict=True):
        wide = np.pad(image, [(above, above), (left, left)], mode="symmetric")
        expected = convolve2d(wide, psf.numpy(), mode="valid")
        np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", [(24, 31), (20, 20), (9, 57)])
def test_blur_agrees_with_scipy(shape: tuple[int, int]) -> None:
    psf, x = random_psf(2, 6, 9), draw(1, (1, 1, *shape))
    expected = convolve(x[0, 0].numpy(), psf.numpy(), mode="reflect")
    result = Convolution(psf, shape).forward(x)[0, 0].numpy()
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(height=sides, width=sides, above=reaches, left=reaches, seed=seeds)
def test_blur_adjoint(
    height: int, width: int, above: int, left: int, seed: int
) -> None:
    blur = Convolution(random_psf(seed, above, left), (height, width))
    shape = (2, 3, height, width)
    assert_adjoint(blur, draw(seed + 1, shape), draw(seed + 2, shape))


def test_blur_adjoint_with_the_largest_kernel() -> None:
    blur = Convolution(random_psf(3, 32, 32), (90, 13))
    assert_adjoint(blur, draw(1, (1, 2, 90, 13)), draw(2, (1, 2, 90, 13)))


PSFS: dict[str, Tensor] = {
    "gaussian": torch.from_numpy(gaussian_psf(1.5)),
    "motion": torch.from_numpy(motion_psf(9, 30)),
    "random": random_psf(5, 2, 4),
}


@pytest.mark.parametrize("psf", PSFS.values(), ids=PSFS.keys())
@pytest.mark.parametrize(("sigma", "rho"), LEVELS)
def test_blur_prox_solves_the_normal_equations(
    psf: Tensor, sigma: float, rho: float
) -> None:
    blur = Convolution(psf, (31, 48), tolerance=1e-9, max_steps=500)
    x, y = draw(1, (2, 3, 31, 48)), draw(2, (2, 3, 31, 48))
    z = blur.prox(x, y, sigma, rho)
    assert gradient(blur, z, x, y, sigma, rho).abs().max() < 1e-6


@settings(max_examples=20, deadline=None)
@given(height=sides, width=sides, sigma=st.floats(0.1, 5), sharp=st.floats(1e-3, 1))
def test_blur_prox_is_exact_for_symmetric_kernels(
    height: int, width: int, sigma: float, sharp: float
) -> None:
    blur = Convolution(
        torch.from_numpy(gaussian_psf(sigma)), (height, width), max_steps=0
    )
    x, y = draw(1, (1, 1, height, width)), draw(2, (1, 1, height, width))
    z = blur.prox(x, y, sharp, 1.0)
    assert gradient(blur, z, x, y, sharp, 1.0).abs().max() < 1e-9


def test_blur_prox_of_a_plane_does_not_depend_on_its_batch() -> None:
    blur = Convolution(PSFS["motion"], (32, 40))
    x, y = draw(1, (3, 2, 32, 40)), draw(2, (3, 2, 32, 40))
    # Planes that are done sooner, and at once.
    y[1] = 0.5 * x[1] + 0.5 * blur.forward(x[1:2])[0]
    y[2] = blur.forward(x[2:])[0]
    together = blur.prox(x, y, 0.02, 0.3)
    for index in range(3):
        alone = blur.prox(x[index, None], y[index, None], 0.02, 0.3)[0]
        torch.testing.assert_close(together[index], alone, rtol=0, atol=1e-12)
    torch.testing.assert_close(together[2], x[2], rtol=0, atol=1e-12)


def test_blur_prox_survives_single_precision() -> None:
    scene = draw(1, (1, 1, 64, 48)).sigmoid()
    exact, rounded = (
        Convolution(PSFS["gaussian"].to(k), (64, 48))
        for k in (torch.float64, torch.float32)
    )
    y = exact.forward(scene)
    expected, result = exact.prox(y, y, 0.0, 1.0), y.float()
    result = rounded.prox(result, result, 0.0, 1.0)
    torch.testing.assert_close(result.double(), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", PSFS)
def test_blur_without_noise_stays_finite_and_comes_closer(name: str) -> None:
    blur = Convolution(PSFS[name].float(), (64, 48))
    scene = draw(1, (1, 1, 64, 48)).float().sigmoid()
    y = blur.forward(scene)
    z = blur.prox(y, y, 0.0, 1.0)
    assert torch.isfinite(z).all()
    assert (blur.forward(z) - y).norm() < 0.05 * (blur.forward(y) - y).norm()


def test_blur_prox_with_nothing_to_move() -> None:
    blur = Convolution(PSFS["motion"], (16, 16))
    x, y = draw(1, (1, 1, 16, 16)), draw(2, (1, 1, 16, 16))
    assert torch.equal(blur.prox(x, y, 0.1, 0.0), x)


def test_blur_deconvolves() -> None:
    scene = extend(extend(draw(1, (1, 1, 20, 20)), -1, 20), -2, 20).cumsum(-1)
    scene = (scene - scene.mean()) / scene.std()
    blur = Convolution(PSFS["motion"], (60, 60))
    y = blur.forward(scene) + 1e-3 * draw(2, (1, 1, 60, 60))
    z = blur.prox(y, y, 1e-3, 1.0)
    assert (z - scene).norm() < 0.5 * (y - scene).norm()


@pytest.mark.parametrize(
    "operator",
    [
        Convolution(PSFS["motion"].float(), (24, 24)),
        *(Decimation(2, (24, 24), k) for k in KINDS),
    ],
)
def test_single_precision_and_gradients(operator: Operator) -> None:
    x = torch.rand(1, 1, 24, 24, requires_grad=True)
    y = operator.forward(x)
    assert y.dtype == torch.float32
    assert operator.prox(operator.start(y), y, 0.1, 0.1).dtype == torch.float32
    target = torch.rand_like(y)
    (slope,) = torch.autograd.grad((y * target).sum(), x)
    torch.testing.assert_close(slope, operator.adjoint(target), rtol=0, atol=1e-5)

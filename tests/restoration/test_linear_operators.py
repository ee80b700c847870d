"""Convolution and downsampling of whole planes, and the kernels of blurs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.fft import dctn
from scipy.ndimage import convolve
from scipy.signal import convolve2d
from skimage.transform import downscale_local_mean

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._convolution import (
    Convolution,
    dct2,
    extend,
    fold,
    idct2,
)
from napari_flowprior.restoration._decimation import (
    Antialias,
    Decimation,
    output_geometry,
)
from napari_flowprior.restoration._psf import check_psf, gaussian_psf, motion_psf

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior.restoration import Operator

KINDS: list[Antialias] = [True, "box", False]
LEVELS = [(0.1, 0.5), (0.02, 0.4), (2.0, 0.3)]

sides = st.integers(1, 40)
reaches = st.integers(0, 9)
seeds = st.integers(0, 1000)


def draw(seed: int, shape: tuple[int, ...]) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def random_psf(seed: int, above: int, left: int) -> Tensor:
    psf = draw(seed, (2 * above + 1, 2 * left + 1)).abs()
    return psf / psf.sum()


def assert_adjoint(operator: Operator, fine: Tensor, coarse: Tensor) -> None:
    left = (operator.forward(fine) * coarse).sum()
    right = (fine * operator.adjoint(coarse)).sum()
    torch.testing.assert_close(left, right, rtol=1e-11, atol=1e-11)


def gradient(
    operator: Operator, z: Tensor, x: Tensor, y: Tensor, sigma: float, rho: float
) -> Tensor:
    """Gradient of the proximal map's objective, times sigma^2."""
    data = operator.adjoint(operator.forward(z) - y)
    return data + (sigma / rho) ** 2 * (z - x)


# Mirrors and cosines


@settings(deadline=None)
@given(size=st.integers(1, 12), margin=st.integers(0, 40))
def test_extend_mirrors_any_number_of_times(size: int, margin: int) -> None:
    x = draw(1, (2, size))
    expected = np.pad(x.numpy(), [(0, 0), (margin, margin)], mode="symmetric")
    assert np.array_equal(extend(x, -1, margin).numpy(), expected)


@settings(deadline=None)
@given(size=st.integers(1, 12), margin=st.integers(0, 40))
def test_fold_is_the_adjoint_of_extend(size: int, margin: int) -> None:
    x, y = draw(1, (size, 3)), draw(2, (size + 2 * margin, 3))
    left, right = (extend(x, 0, margin) * y).sum(), (x * fold(y, 0, margin)).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


@settings(deadline=None)
@given(height=sides, width=sides)
def test_cosine_transform(height: int, width: int) -> None:
    x = draw(1, (2, height, width))
    expected = dctn(x.numpy(), axes=(-2, -1)) / 4
    np.testing.assert_allclose(dct2(x).numpy(), expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(idct2(dct2(x)), x)


# Convolution


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


# Downsampling


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
    factor=st.integers(2, 5),
    antialias=st.sampled_from(KINDS),
)
def test_downsample_adjoint(
    rows: int, columns: int, factor: int, antialias: Antialias
) -> None:
    fine = (rows * factor, columns * factor)
    operator = Decimation(factor, fine, antialias)
    assert operator.shape == (rows, columns)
    assert_adjoint(operator, draw(1, (2, 3, *fine)), draw(2, (2, 3, rows, columns)))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
    factor=st.integers(2, 5),
    antialias=st.sampled_from(KINDS),
    levels=st.sampled_from([*LEVELS, (0.0, 0.4)]),
)
def test_downsample_prox_solves_the_normal_equations(
    rows: int,
    columns: int,
    factor: int,
    antialias: Antialias,
    levels: tuple[float, float],
) -> None:
    operator = Decimation(factor, (rows * factor, columns * factor), antialias)
    x, y = draw(1, (2, 1, *operator.size)), draw(2, (2, 1, rows, columns))
    z = operator.prox(x, y, *levels)
    assert gradient(operator, z, x, y, *levels).abs().max() < 1e-10
    if levels[0] == 0:
        torch.testing.assert_close(operator.forward(z), y, rtol=0, atol=1e-10)


def test_box_is_the_mean_of_blocks() -> None:
    x = draw(1, (1, 1, 12, 18))
    expected = downscale_local_mean(x[0, 0].numpy(), (3, 3))
    result = Decimation(3, (12, 18), "box").forward(x)[0, 0].numpy()
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("factor", "first"), [(2, 0), (3, 1), (4, 1), (5, 2)])
def test_without_antialiasing_a_pixel_is_picked(factor: int, first: int) -> None:
    x = draw(1, (1, 1, 3 * factor, 4 * factor))
    operator = Decimation(factor, (3 * factor, 4 * factor), antialias=False)
    assert torch.equal(operator.forward(x), x[..., first::factor, first::factor])


@pytest.mark.parametrize("factor", [2, 3, 4, 7])
def test_bicubic_agrees_with_pillow(factor: int) -> None:
    x = draw(1, (1, 1, 11 * factor, 14 * factor)).float()
    image = Image.fromarray(x[0, 0].numpy())
    expected = np.asarray(image.resize((14, 11), Image.Resampling.BICUBIC))
    result = Decimation(factor, (11 * factor, 14 * factor)).forward(x)[0, 0].numpy()
    inner = (slice(2, -2), slice(2, -2))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(
        result[inner], expected[inner], rtol=0, atol=1e-6 * scale
    )


@pytest.mark.parametrize("antialias", KINDS)
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_constants_are_kept(factor: int, antialias: Antialias) -> None:
    operator = Decimation(factor, (5 * factor, 6 * factor), antialias)
    fine = torch.full((1, 2, *operator.size), 0.7)
    coarse = torch.full((1, 2, 5, 6), 0.7)
    torch.testing.assert_close(operator.forward(fine), coarse)
    torch.testing.assert_close(operator.start(coarse), fine)
    torch.testing.assert_close(operator.prox(fine, coarse, 0.1, 0.1), fine)


@pytest.mark.parametrize("antialias", KINDS)
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_start_lies_where_the_scene_does(factor: int, antialias: Antialias) -> None:
    operator = Decimation(factor, (12 * factor, 12 * factor), antialias)
    down = torch.arange(12.0 * factor, dtype=torch.float64)[:, None] / factor
    ramp = (down - 0.3 * down.T).expand(1, 1, -1, -1)
    inner = (..., slice(4 * factor, -4 * factor), slice(4 * factor, -4 * factor))
    start = operator.start(operator.forward(ramp))
    torch.testing.assert_close(start[inner], ramp[inner])


def test_large_images_need_no_large_matrix() -> None:
    operator = Decimation(4, (4096, 64))
    x = torch.rand(1, 1, 4096, 64)
    y = torch.rand(1, 1, 1024, 16)
    z = operator.prox(x, y, 0.0, 1.0)
    torch.testing.assert_close(operator.forward(z), y, rtol=0, atol=1e-4)


@pytest.mark.parametrize("options", [(1, (8, 8)), (2.0, (8, 8)), (True, (8, 8))])
def test_factors_that_are_none(options: Any) -> None:
    with pytest.raises(InputError, match="integer of 2 or more"):
        Decimation(*options)


def test_sizes_and_filters_that_do_not_fit() -> None:
    with pytest.raises(InputError, match=r"9 x 8 .* crop them"):
        Decimation(2, (9, 8))
    with pytest.raises(InputError, match="'lanczos'"):
        Decimation(2, (8, 8), "lanczos")  # type: ignore[arg-type]


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_geometry_of_the_fine_image(factor: int) -> None:
    scale, translate = output_geometry((0.5, 2.0), (10.0, -3.0), factor)
    assert scale == pytest.approx((0.5 / factor, 2.0 / factor))
    first_block = [
        np.mean([t + j * s for j in range(factor)])
        for s, t in zip(scale, translate, strict=True)
    ]
    assert first_block == pytest.approx([10.0, -3.0])
    assert output_geometry((0.5, 2.0), (10.0, -3.0), factor, "box")[1] == translate


def test_geometry_of_picked_pixels() -> None:
    scale, translate = output_geometry((1.0, 1.0), (0.0, 0.0), 4, antialias=False)
    assert scale == (0.25, 0.25)
    assert translate == (-0.25, -0.25)


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


# Kernels


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


# Numbers

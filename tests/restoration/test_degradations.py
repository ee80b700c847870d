"""The degradations as users state them: closed forms, geometry, and bad parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior, identity_prior, without_care
from draining import drain
from skimage import data

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    JPEG,
    MAP,
    Blur,
    Compose,
    Convolution,
    Decimation,
    Degradation,
    Discrepancy,
    Downsample,
    Inpaint,
    Noise,
    Operator,
    Quantized,
    Splitting,
    Unknown,
    gaussian_psf,
    iter_restore,
    motion_psf,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


@pytest.fixture
def _plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let estimates be what a formula says, for images that are none of the prior's."""
    place = "napari_flowprior.restoration._plane_engine.safely"
    monkeypatch.setattr(place, without_care)


RNG = np.random.default_rng(0)
SCENE = data.camera()[100:196, 180:292].astype(np.float32)
CROP = SCENE[16:80, 20:84]


def rms(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean((np.asarray(a, float) - np.asarray(b, float)) ** 2)))


def blurred(scene: NDArray[Any], psf: NDArray[Any]) -> NDArray[Any]:
    operator = Convolution(torch.from_numpy(psf), (scene.shape[0], scene.shape[1]))
    plane = torch.from_numpy(scene.astype(np.float64))[None, None]
    found: NDArray[Any] = operator.forward(plane)[0, 0].numpy()
    return found


def reduced(scene: NDArray[Any], factor: int) -> NDArray[Any]:
    operator = Decimation(factor, (scene.shape[0], scene.shape[1]))
    plane = torch.from_numpy(scene.astype(np.float64))[None, None]
    found: NDArray[Any] = operator.forward(plane)[0, 0].numpy()
    return found


def restored(
    image: NDArray[Any], **options: Any
) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return the result and its provenance."""
    result = drain(iter_restore(image, **options))
    return result.image, result.provenance


def normalised(image: NDArray[Any], found: dict[str, Any]) -> NDArray[Any]:
    return (image - found["intensity"]["offset"]) / found["intensity"]["gain"]


def mode(
    operator: Operator, y: NDArray[Any], sigma: float, spread: float
) -> NDArray[np.float64]:
    """Solve ``(A' A + sigma^2 / spread^2) (x - mean) = A' (y - A mean)``, outright."""
    shape = operator.adjoint(torch.from_numpy(y)[None, None]).shape[-2:]
    eye = torch.eye(shape.numel(), dtype=torch.float64).reshape(-1, 1, *shape)
    matrix = operator.forward(eye).flatten(1).T.numpy()
    gram = matrix @ matrix.T + (sigma / spread) ** 2 * np.eye(y.size)
    wrong = y.ravel() - matrix @ np.full(shape.numel(), MEAN)
    return (MEAN + matrix.T @ np.linalg.solve(gram, wrong)).reshape(shape)


def assert_mode(degradation: Blur | Downsample, image: NDArray[Any]) -> None:
    """Compare Splitting, at its fixed point, with the most probable image."""
    options: dict[str, Any] = {
        "prior": GaussianPrior(0.2),
        "degradation": degradation,
        "estimator": Splitting(steps=100, pull=1.0, smallest=0.2, rest=0),
        "device": "cpu",
    }
    out, found = restored(image, **options)
    sigma = found["sigma"] / found["intensity"]["gain"]
    size = image.shape[0], image.shape[1]
    operator = degradation.operator(size, torch.zeros((), dtype=torch.float64))
    y = normalised(image, found)
    # The density that counts is that of images with noise of the level of all steps.
    assert sigma < 0.2
    expected = mode(operator, y, sigma, spread=np.hypot(0.2, 0.2))
    np.testing.assert_allclose(normalised(out, found), expected, rtol=0, atol=2e-4)


# --- blur


@pytest.mark.usefixtures("_plainly")
@pytest.mark.parametrize("blur", [{"gaussian": 0.8}, {"motion": 4.0, "angle": 30.0}])
def test_blur_in_closed_form(blur: dict[str, float]) -> None:
    image = np.random.default_rng(0).uniform(0, 50, (12, 15))
    assert_mode(Blur(**blur, sigma=4.0), image)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (3, 3), (20, 9)])
def test_blur_of_images_that_are_smaller_than_the_kernel(
    shape: tuple[int, int],
) -> None:
    image = np.random.default_rng(0).uniform(0, 255, shape)
    blur = Blur(gaussian=5.0, sigma=2.0)
    assert min(shape) < len(blur.kernel)
    out = restore(image, prior=GaussianPrior(), degradation=blur, device="cpu")
    assert out.shape == shape
    assert np.isfinite(out).all()


def test_blurred_photograph_gains() -> None:
    for options in ({"gaussian": 1.5}, {"motion": 7.0, "angle": 40.0}):
        blur = Blur(**options, sigma=2.0)
        noisy = blurred(CROP, blur.kernel) + RNG.normal(0, 2, CROP.shape)
        out = restore(noisy, prior="photo-gray", degradation=blur, device="cpu")
        assert rms(out, CROP) < 0.75 * rms(noisy, CROP)


def test_blur_says_what_it_was() -> None:
    assert Blur(gaussian=2).summary() == {"name": "blur", "gaussian": 2, "sigma": None}
    moved = Blur(motion=5, angle=30, sigma=np.float64(2)).summary()
    assert moved == {"name": "blur", "motion": 5, "angle": 30, "sigma": 2}
    drawn = Blur(psf=np.ones((3, 5)) / 15, sigma=0).summary()
    assert drawn == {"name": "blur", "psf": [3, 5], "sigma": 0}


def test_kernels_of_the_three_ways() -> None:
    np.testing.assert_array_equal(Blur(gaussian=2).kernel, gaussian_psf(2))
    np.testing.assert_array_equal(Blur(motion=5, angle=9).kernel, motion_psf(5, 9))
    drawn = np.array([[0.0, 0.5, 0.5]])
    np.testing.assert_array_equal(Blur(psf=drawn.tolist()).kernel, drawn)


def test_noise_of_a_blurred_image_is_at_least_that_of_rounding() -> None:
    smooth = np.add.outer(np.arange(32), np.arange(32)).astype(np.uint8)
    _, found = restored(
        smooth, prior=GaussianPrior(), degradation=Blur(gaussian=1), device="cpu"
    )
    assert found["sigma"] == pytest.approx(12**-0.5)


@pytest.mark.parametrize(
    "degradation",
    [Blur(gaussian=1.5, sigma=0), Compose(Blur(gaussian=1.5), Noise(0))],
    ids=["blur", "compose"],
)
def test_rounding_is_noise_even_if_there_is_said_to_be_none(
    degradation: Degradation,
) -> None:
    soft = np.rint(blurred(CROP, gaussian_psf(1.5))).astype(np.uint8)
    options = {"prior": "photo-gray", "device": "cpu"}
    out, found = restored(soft, degradation=degradation, **options)
    assert found["sigma"] == pytest.approx(12**-0.5)
    assert rms(out, CROP) < 0.6 * rms(soft, CROP)


# --- low resolution


@pytest.mark.usefixtures("_plainly")
@pytest.mark.parametrize("sigma", [0.0, 4.0])
@pytest.mark.parametrize("antialias", [True, False])
def test_downsample_in_closed_form(sigma: float, antialias: bool) -> None:
    image = np.random.default_rng(0).uniform(0, 50, (6, 7))
    assert_mode(Downsample(2, antialias=antialias, sigma=sigma), image)


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_enlarged_stacks_and_colours(factor: int) -> None:
    images = RNG.integers(0, 256, (2, 9, 11, 4)).astype(np.uint8)
    for channels in (1, 3):
        out = restore(
            images,
            axes="ZYXS",
            prior=GaussianPrior(channels=channels),
            degradation=Downsample(factor),
            device="cpu",
        )
        assert out.dtype == np.uint8
        assert out.shape == (2, 9 * factor, 11 * factor, 4)
        np.testing.assert_array_equal(out[:, ::factor, ::factor, 3], images[..., 3])


def test_photograph_of_low_resolution_gains() -> None:
    small = reduced(CROP, 2)
    options = {"prior": "photo-gray", "device": "cpu"}
    out = restore(small, degradation=Downsample(2), **options)
    fine = torch.from_numpy(small)[None, None].double()
    bicubic = Decimation(2, (64, 64)).start(fine)[0, 0].numpy()
    assert out.shape == CROP.shape
    assert rms(out, CROP) < 0.93 * rms(bicubic, CROP)
    # What is known exactly stays.
    assert np.abs(reduced(out, 2) - small).max() < 0.01


@pytest.mark.parametrize(("factor", "share"), [(2, 1.0), (3, 1.0)])
def test_pixels_that_were_left_out_are_filled_in(factor: int, share: float) -> None:
    scene = CROP[:60, :60]
    degradation = Downsample(factor, antialias=False)
    fine = Decimation(factor, scene.shape, antialias=False)
    small = fine.forward(torch.from_numpy(scene)[None, None])
    bicubic = fine.start(small)[0, 0].numpy()
    image = small[0, 0].numpy()
    out = restore(image, prior="photo-gray", degradation=degradation, device="cpu")
    assert rms(out, scene) < share * rms(bicubic, scene)


def test_images_of_few_pixels_are_enlarged() -> None:
    image = RNG.uniform(0, 255, (2, 5))
    low = Downsample(2)
    out = restore(image, prior=GaussianPrior(), degradation=low, device="cpu")
    assert out.shape == (4, 10)
    np.testing.assert_allclose(reduced(out, 2), image, atol=1e-9)


# --- unknown


@pytest.mark.usefixtures("_plainly")
@pytest.mark.parametrize("sigma", [3.0, 9.0])
def test_unknown_in_closed_form(sigma: float) -> None:
    """Of Gaussians, the mean lies on the way from y to the prior's mean."""
    image = np.random.default_rng(0).normal(30, 15, (24, 20))
    options: dict[str, Any] = {
        "prior": GaussianPrior(0.3),
        "degradation": Unknown(sigma),
        "estimator": Discrepancy(steps=40, highest=4.0),
        "device": "cpu",
    }
    out, found = restored(image, **options)
    assert rms(out, image) == pytest.approx(sigma, rel=1e-6)
    mean = MEAN * found["intensity"]["gain"] + found["intensity"]["offset"]
    share = sigma / rms(image, np.full(image.shape, mean))
    np.testing.assert_allclose(out, image + share * (mean - image), rtol=1e-6)


def test_the_change_is_as_strong_as_it_should_be() -> None:
    noise = RNG.normal(0, 1, CROP.shape)
    for error in (15 * noise, 30 * (noise + np.roll(noise, 1, 1)) / 4):
        noisy, strength = CROP + error, rms(error, np.zeros(()))
        out = restore(
            noisy, prior="photo-gray", degradation=Unknown(strength), device="cpu"
        )
        assert rms(out, noisy) == pytest.approx(strength, rel=0.15)
        assert rms(out, CROP) < 0.8 * strength


def test_what_is_right_already_stays() -> None:
    out = restore(CROP, prior=GaussianPrior(), degradation=Unknown(0.0), device="cpu")
    np.testing.assert_array_equal(out, CROP)


# --- noise of each pixel


def test_noise_map_in_closed_form() -> None:
    """At the levels that means are made at, and no noise, it is exact."""
    image = np.random.default_rng(0).normal(30, 15, (24, 20))
    levels = np.tile(8 / 1.3 ** np.arange(20.0), (24, 1))
    levels[3:5] = 0
    options: dict[str, Any] = {
        "prior": GaussianPrior(0.3),
        "degradation": Noise(map=levels),
        "device": "cpu",
    }
    out, found = restored(image, **options)
    assert found["sigma"] == pytest.approx(8)
    assert found["degradation"]["sigma"] == "map"
    gain = found["intensity"]["gain"]
    share = 0.3**2 / (0.3**2 + (levels / gain) ** 2)
    expected = MEAN + share * (normalised(image, found) - MEAN)
    loud = levels > 0.25 / 255 * gain
    assert loud.mean() > 0.5
    ours = normalised(out, found)
    np.testing.assert_allclose(ours[loud], expected[loud], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(out[3:5], image[3:5], rtol=1e-12)


def test_noise_map_of_a_flow_in_closed_form() -> None:
    image = np.random.default_rng(0).normal(30, 15, (8, 8))
    levels = np.where(np.arange(8) < 4, 6.0, 12.0) + np.zeros((8, 1))
    options: dict[str, Any] = {
        "prior": identity_prior(),
        "degradation": Noise(map=levels),
        "estimator": MAP(steps=60),
        "device": "cpu",
        "tile": 8,
        "margin": 0,
    }
    out, found = restored(image, **options)
    variance = (levels / found["intensity"]["gain"]) ** 2
    expected = (normalised(image, found) + variance * MEAN) / (1 + variance)
    np.testing.assert_allclose(normalised(out, found), expected, rtol=0, atol=1e-3)


def test_a_map_of_one_level_is_that_level() -> None:
    stack = RNG.uniform(0, 255, (2, 20, 24))
    options: dict[str, Any] = {"prior": GaussianPrior(), "axes": "ZYX", "device": "cpu"}
    even = restore(stack, degradation=Noise(20), **options)
    for shape in (stack.shape, stack.shape[1:]):
        mapped = Noise(map=np.full(shape, 20.0))
        found = restore(stack, degradation=mapped, **options)
        np.testing.assert_allclose(found, even, rtol=1e-9)


@pytest.mark.parametrize("level", [0.0, 1e-9, 0.1])
def test_a_map_of_faint_noise_changes_hardly_anything(level: float) -> None:
    image = RNG.uniform(0, 255, (20, 24))
    options: dict[str, Any] = {"prior": GaussianPrior(), "device": "cpu"}
    mapped = restore(image, degradation=Noise(map=np.full((20, 24), level)), **options)
    even = restore(image, degradation=Noise(level), **options)
    np.testing.assert_allclose(mapped, even, rtol=1e-9)
    np.testing.assert_allclose(mapped, image, atol=max(level, 1e-9))


def test_a_photograph_gains_by_the_map() -> None:
    levels = np.where(np.arange(64) < 32, 5.0, 45.0) + np.zeros((64, 1))
    noisy = CROP + RNG.normal(0, 1, CROP.shape) * levels
    options = {"prior": "photo-gray", "device": "cpu"}
    mapped = restore(noisy, degradation=Noise(map=levels), **options)
    usual = Noise(float(np.sqrt((levels**2).mean())))
    even = restore(noisy, degradation=usual, **options)
    # By less than it was, as networks now make the best of a level that is wrong.
    assert rms(mapped, CROP) < 0.9 * rms(even, CROP)
    assert rms(even, CROP) < 0.6 * rms(noisy, CROP)


@pytest.mark.parametrize(
    "estimator", ["splitting", "annealing", "sampled-mean", "discrepancy"]
)
def test_estimators_of_one_level_refuse_a_map(estimator: str) -> None:
    image, levels = np.zeros((12, 12)), np.ones((12, 12))
    for degradation in (Noise(map=levels), Compose(Noise(map=levels), Noise(1))):
        with pytest.raises(InputError, match=r"equally noisy.* use mmse"):
            restore(image, degradation=degradation, estimator=estimator)


# --- what is refused


SMALL = np.zeros((12, 12))
PSF = np.ones((3, 3)) / 9
# Of the wrong type.
WORD: Any = "wide"
LIST: Any = [3]
HALVES: Any = 2.5
BAD: list[tuple[Callable[[], Degradation], str]] = [
    (lambda: Blur(), "by one of psf, gaussian .* given is none"),
    (lambda: Blur(gaussian=1, motion=3), "given is gaussian and motion"),
    (lambda: Blur(psf=PSF, gaussian=1), "given is psf and gaussian"),
    (lambda: Blur(psf=np.ones((3, 3))), "sum 9 instead of 1; divide"),
    (lambda: Blur(psf=np.ones((66, 9)) / 594), "at most 65"),
    (lambda: Noise(map=[[1], [1, 2]]), "which is no array"),
    (lambda: Inpaint([[True], [True, False]]), "which is no array"),
    (lambda: Splitting(pull="a"), "pull is 'a'; it must be a number"),
    (lambda: Blur(psf=np.ones((67, 67)) / 67**2), r"\(67, 67\); crop"),
    (lambda: Blur(gaussian=0), "gaussian is 0; it must be above 0"),
    (lambda: Blur(gaussian=11), "gaussian is 11; .* at most 10 pixels"),
    (lambda: Blur(motion=-1), "motion is -1; it must be above 0"),
    (lambda: Blur(motion=3, angle=np.nan), "angle is nan"),
    (lambda: Blur(gaussian=WORD), "gaussian is 'wide'; it must be a number"),
    (lambda: Blur(motion=LIST), r"motion is \[3\]; it must be a number"),
    (lambda: Blur(motion=3, angle=WORD), "angle is 'wide'; it must be a number"),
    (lambda: Blur(gaussian=1, sigma=-2), "sigma is -2; it must be 0 or more"),
    (lambda: Downsample(1), "factor is 1; .* from 2 to 8"),
    (lambda: Downsample(9), "factor is 9; .* from 2 to 8"),
    (lambda: Downsample(HALVES), "factor is 2.5"),
    (lambda: Downsample(True), "factor is True"),
    (lambda: Downsample(2, antialias=HALVES), "antialias is 2.5"),
    (lambda: Downsample(2, sigma=-1), "sigma is -1"),
    (lambda: Unknown(-1), "sigma is -1"),
    (lambda: Unknown(np.inf), "sigma is inf"),
    (lambda: Unknown(WORD), "sigma is 'wide'"),
    (lambda: Noise(-0.5), "sigma is -0.5"),
    (lambda: Noise(5, map=SMALL), "not both"),
    (lambda: Noise(map=np.full((12, 12), 1j)), "complex128; pass real numbers"),
    (lambda: Noise(map=SMALL[1:]), r"shape \(11, 12\) does not fit"),
    (lambda: Noise(map=SMALL - 1), "negative or not finite"),
    (lambda: Noise(map=SMALL + np.nan), "negative or not finite"),
    (lambda: Inpaint(np.ones((12, 12), bool)), "marks every pixel"),
    (lambda: Inpaint(np.eye(9, dtype=bool)), r"shape \(9, 9\) does not fit"),
    (lambda: Inpaint(np.eye(12)), "type float64; pass booleans"),
    (lambda: JPEG(0), "quality"),
    (lambda: Quantized(bits=0), "bits is 0"),
]


@pytest.mark.parametrize(("make", "words"), BAD)
def test_bad_parameters(make: Callable[[], Degradation], words: str) -> None:
    """They are refused when they are given, or when they meet the image."""
    with pytest.raises(InputError, match=words):
        restore(SMALL, prior=GaussianPrior(), degradation=make(), device="cpu")


def test_a_factor_larger_than_the_image() -> None:
    with pytest.raises(InputError, match="more than the image of 3x40 pixels"):
        restore(np.zeros((3, 40)), degradation=Downsample(4), prior=GaussianPrior())


@pytest.mark.parametrize("degradation", [Blur(gaussian=1), Downsample(2), Unknown(3)])
def test_estimators_and_priors_that_do_not_fit(degradation: Degradation) -> None:
    with pytest.raises(InputError, match=r"tile by tile|noise only"):
        restore(SCENE, prior=GaussianPrior(), degradation=degradation, estimator="mmse")
    with pytest.raises(InputError, match="needs a noise-conditioned prior"):
        restore(SCENE, prior=identity_prior(), degradation=degradation)


@pytest.mark.parametrize(
    "degradation", [Blur(gaussian=1), Downsample(2), Unknown(), Noise(map=SMALL)]
)
def test_values_that_are_not_finite(degradation: Degradation) -> None:
    image = np.where(np.eye(12) > 0, np.nan, 5.0)
    with pytest.raises(InputError, match="NaN"):
        restore(image, prior=GaussianPrior(), degradation=degradation)


@pytest.mark.parametrize(
    "degradation", [Blur(gaussian=1), Downsample(2), Unknown(), Noise(map=SMALL + 1)]
)
def test_even_images_stay_even(degradation: Degradation) -> None:
    image = np.full((12, 12), 7, np.uint8)
    out = restore(image, prior=GaussianPrior(), degradation=degradation)
    assert (out == 7).all()

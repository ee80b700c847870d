"""Super-resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from damaged import CROP, assert_mode, rms
from doubles import GaussianPrior

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import Decimation, Downsample

if TYPE_CHECKING:
    from numpy.typing import NDArray

RNG = np.random.default_rng(0)


def reduced(scene: NDArray[Any], factor: int) -> NDArray[Any]:
    operator = Decimation(factor, (scene.shape[0], scene.shape[1]))
    plane = torch.from_numpy(scene.astype(np.float64))[None, None]
    found: NDArray[Any] = operator.forward(plane)[0, 0].numpy()
    return found


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


def test_photograph_of_fewer_pixels_gains() -> None:
    small = reduced(CROP, 2)
    options = {"prior": "photo-gray", "device": "cpu"}
    out = restore(small, degradation=Downsample(2), **options)
    fine = torch.from_numpy(small)[None, None].double()
    bicubic = Decimation(2, (64, 64)).start(fine)[0, 0].numpy()
    assert out.shape == CROP.shape
    assert rms(out, CROP) < 0.93 * rms(bicubic, CROP)
    # What is known exactly stays.
    assert np.abs(reduced(out, 2) - small).max() < 0.01


@pytest.mark.parametrize(("factor", "phase"), [(2, 0), (2, 1), (3, 1)])
def test_pixels_that_were_left_out_are_filled_in(factor: int, phase: int) -> None:
    scene = CROP[:24, :24]
    degradation = Downsample(factor, antialias=False, phase=phase)
    image = scene[phase::factor, phase::factor].copy()
    fine = Decimation(factor, scene.shape, False, phase)
    bicubic = fine.start(torch.from_numpy(image)[None, None])[0, 0].numpy()
    out = restore(image, prior="photo-gray", degradation=degradation, device="cpu")
    assert rms(out, scene) < rms(bicubic, scene)
    kept = out[phase::factor, phase::factor]
    np.testing.assert_allclose(kept, image, atol=0.01)


def test_images_of_few_pixels_are_enlarged() -> None:
    image = RNG.uniform(0, 255, (2, 5))
    low = Downsample(2)
    out = restore(image, prior=GaussianPrior(), degradation=low, device="cpu")
    assert out.shape == (4, 10)
    np.testing.assert_allclose(reduced(out, 2), image, atol=1e-9)


def test_a_factor_larger_than_the_image() -> None:
    with pytest.raises(InputError, match="more than the image of 3x40 pixels"):
        restore(np.zeros((3, 40)), degradation=Downsample(4), prior=GaussianPrior())

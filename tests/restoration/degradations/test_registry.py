"""What all degradations refuse and keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from damaged import SCENE
from doubles import GaussianPrior, identity_prior

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    HQS,
    JPEG,
    Blind,
    Blur,
    Degradation,
    Downsample,
    Inpaint,
    Noise,
    Quantized,
)

if TYPE_CHECKING:
    from collections.abc import Callable


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
    (lambda: HQS(prior_weight="a"), "prior_weight is 'a'; it must be a number"),
    (lambda: Blur(psf=np.ones((67, 67)) / 67**2), r"\(67, 67\); crop"),
    (lambda: Blur(gaussian=0), "gaussian is 0; it must be from 0.1 to 10"),
    (lambda: Blur(gaussian=11), "gaussian is 11; .* to 10"),
    (lambda: Blur(motion=-1), "motion is -1; it must be from 0.1 to 64"),
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
    (lambda: Downsample(2, antialias=False, phase=2), "phase is 2; .* from 0 to 1, as"),
    (lambda: Downsample(2, antialias=False, phase=HALVES), "phase is 2.5"),
    (lambda: Downsample(2, phase=1), "phase is 1, but pixels that were filtered"),
    (lambda: Downsample(2, sigma=-1), "sigma is -1"),
    (lambda: Blind(-1), "sigma is -1"),
    (lambda: Blind(np.inf), "sigma is inf"),
    (lambda: Blind(WORD), "sigma is 'wide'"),
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


@pytest.mark.parametrize("degradation", [Blur(gaussian=1), Downsample(2), Blind(3)])
def test_estimators_and_priors_that_do_not_fit(degradation: Degradation) -> None:
    with pytest.raises(InputError, match=r"tile by tile|noise only|for white noise"):
        restore(SCENE, prior=GaussianPrior(), degradation=degradation, estimator="mmse")
    with pytest.raises(InputError, match="needs a noise-conditioned prior"):
        restore(SCENE, prior=identity_prior(), degradation=degradation)


@pytest.mark.parametrize(
    "degradation", [Blur(gaussian=1), Downsample(2), Blind(), Noise(map=SMALL)]
)
def test_values_that_are_not_finite(degradation: Degradation) -> None:
    image = np.where(np.eye(12) > 0, np.nan, 5.0)
    with pytest.raises(InputError, match="NaN"):
        restore(image, prior=GaussianPrior(), degradation=degradation)


@pytest.mark.parametrize(
    "degradation", [Blur(gaussian=1), Downsample(2), Blind(), Noise(map=SMALL + 1)]
)
def test_even_images_stay_even(degradation: Degradation) -> None:
    image = np.full((12, 12), 7, np.uint8)
    out = restore(image, prior=GaussianPrior(), degradation=degradation)
    assert (out == 7).all()

"""Errors of which only the strength is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _drawings import GREY
from damaged import CROP, restored, rms
from doubles import MEAN, GaussianPrior

from napari_flowprior import restore
from napari_flowprior.restoration import Blind, Discrepancy

RNG = np.random.default_rng(0)


@pytest.mark.usefixtures("_plainly")
@pytest.mark.parametrize("sigma", [3.0, 9.0])
def test_in_closed_form(sigma: float) -> None:
    """Of Gaussians, the mean lies on the way from y to the prior's mean."""
    image = np.random.default_rng(0).normal(30, 15, (24, 20))
    options: dict[str, Any] = {
        "prior": GaussianPrior(0.3),
        "degradation": Blind(sigma),
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
            noisy, prior="photo-gray", degradation=Blind(strength), device="cpu"
        )
        assert rms(out, noisy) == pytest.approx(strength, rel=0.15)
        assert rms(out, CROP) < 0.8 * strength


def test_what_is_right_already_stays() -> None:
    out = restore(CROP, prior=GaussianPrior(), degradation=Blind(0.0), device="cpu")
    np.testing.assert_array_equal(out, CROP)


def test_lines_are_no_error() -> None:
    """What the finest scale of a drawing holds is meant, as the prior can tell."""
    drawing = GREY["Siemens star"](96)
    out, _ = restored(drawing, prior="photo-gray", degradation=Blind())
    assert rms(out, drawing) < 0.5

"""Channels, and planes that differ, are restored as if each were alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from damaged import restored
from doubles import GaussianPrior

from napari_flowprior import restore
from napari_flowprior.restoration import Blur, Inpaint, Noise, PoissonGaussian

RNG = np.random.default_rng(0)
SCENE = RNG.random((40, 36))
FAR_APART = np.stack([20 * SCENE, 3 + 0.1 * SCENE, 4e4 * SCENE]).astype(np.float32)


def fix(image: Any, **options: Any) -> np.ndarray:
    return restore(image, prior=GaussianPrior(), device="cpu", **options)


@pytest.mark.parametrize("axes", ["CYX", "TYX", "ZYX"])
@pytest.mark.parametrize("kind", [Noise, PoissonGaussian])
def test_channels_and_planes_that_differ(axes: str, kind: type) -> None:
    together = fix(FAR_APART, axes=axes, degradation=kind())
    alone = [fix(each, axes="YX", degradation=kind()) for each in FAR_APART]
    np.testing.assert_array_equal(together, alone)


def test_planes_that_are_alike_share_all() -> None:
    stack = np.stack([10 * SCENE, 11 * SCENE[::-1]]).astype(np.float32)
    _, found = restored(stack, axes="TYX", prior=GaussianPrior(), device="cpu")
    assert "parts" not in found


def test_channels_never_share() -> None:
    stack = np.stack([10 * SCENE, 11 * SCENE[::-1]]).astype(np.float32)
    _, found = restored(stack, axes="CYX", prior=GaussianPrior(), device="cpu")
    assert [part["place"] for part in found["parts"]] == [{"C": 0}, {"C": 1}]
    assert found["sigma"] == found["parts"][0]["sigma"]


def test_each_part_is_told() -> None:
    _, found = restored(FAR_APART, axes="CYX", prior=GaussianPrior(), device="cpu")
    gains = [part["intensity"]["gain"] for part in found["parts"]]
    assert gains == pytest.approx([20, 0.1, 4e4], rel=0.1)
    levels = [part["sigma"] for part in found["parts"]]
    assert levels[0] / levels[1] == pytest.approx(200, rel=0.1)
    assert levels[2] / levels[0] == pytest.approx(2000, rel=0.1)


def test_each_part_is_told_of_its_own_camera() -> None:
    options: dict[str, Any] = {"prior": GaussianPrior(), "device": "cpu"}
    camera = {"degradation": PoissonGaussian(offset=0.0)}
    _, found = restored(FAR_APART, axes="CYX", **options, **camera)
    for part, channel in zip(found["parts"], FAR_APART, strict=True):
        alone = PoissonGaussian(offset=0.0)
        _, expected = restored(channel, axes="YX", **options, degradation=alone)
        assert part["degradation"] == expected["degradation"]


def test_holes_of_each_channel() -> None:
    mask = RNG.random(FAR_APART.shape) < 0.1
    options = {"degradation": Inpaint(mask), "estimator": "hqs"}
    together = fix(FAR_APART, axes="CYX", **options)
    for number, channel in enumerate(FAR_APART):
        options["degradation"] = Inpaint(mask[number])
        alone = fix(channel, axes="YX", **options)
        np.testing.assert_array_equal(together[number], alone)


def test_warnings_say_of_which_part() -> None:
    blurred = Blur(gaussian=3.0, sigma=0.01)
    _, found = restored(
        FAR_APART,
        axes="CYX",
        prior=GaussianPrior(),
        device="cpu",
        degradation=blurred,
    )
    assert found["warnings"]
    assert all(warning.startswith("C ") for warning in found["warnings"])

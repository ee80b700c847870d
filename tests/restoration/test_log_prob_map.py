"""Maps of the log density: closed forms, colours, stacks, what users may ask."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from doubles import MEAN, identity_flow, identity_prior, random_prior
from draining import drain
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from napari_flowprior import FlowPrior, iter_log_prob_map, log_prob_map
from napari_flowprior._errors import InputError, MemoryLimitError
from napari_flowprior.priors import PriorInfo
from napari_flowprior.restoration import (
    Blur,
    Degradation,
    Noise,
    RestoreOptions,
    RunOptions,
    iter_restore_with_log_likelihood,
    restore,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CONSTANT = math.log2(255) + 0.5 * math.log2(2 * math.pi)


def picture(*shape: int) -> np.ndarray:
    return np.random.default_rng(shape).random(shape)


def bits_of(squares: Any) -> Any:
    """Return the bits of values with so large a squared distance from the mean."""
    return CONSTANT + np.mean(squares) / (2 * math.log(2))


class ColourPrior(FlowPrior):
    """Three channels of which only the first one counts."""

    def __init__(self) -> None:
        super().__init__(identity_flow(3), PriorInfo(name="colour"))

    def log_prob(self, batch: torch.Tensor, sigma: float | torch.Tensor = 0.0) -> Any:
        return -batch[:, 0].sum((1, 2)).to(torch.float64)


class BoundedPrior(FlowPrior):
    """Rates a few tiles at a time only."""

    def __init__(self, fits: int) -> None:
        super().__init__(identity_flow(), PriorInfo(name="bounded"))
        self.fits = fits

    def log_prob(self, batch: torch.Tensor, sigma: float | torch.Tensor = 0.0) -> Any:
        if len(batch) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().log_prob(batch, sigma)


def test_one_tile_in_closed_form() -> None:
    """Under the identity flow every value is N(MEAN, 1)."""
    image = picture(16, 16)
    bits = log_prob_map(image, prior=identity_prior(), tile=16)
    assert bits.dtype == np.float32
    np.testing.assert_allclose(bits, bits_of((image - MEAN) ** 2), rtol=1e-6)


def test_tiles_are_blended_and_add_up() -> None:
    """Away from borders between different halves, each tile has its own value."""
    image = np.full((64, 128), MEAN)
    image[:, 64:] += 0.5
    bits = log_prob_map(image, prior=identity_prior(), tile=16)
    assert bits.shape == image.shape
    np.testing.assert_allclose(bits[:, :48], bits_of(0.0), rtol=1e-6)
    np.testing.assert_allclose(bits[:, 80:], bits_of(0.25), rtol=1e-6)
    assert (np.diff(bits, axis=1) >= -1e-6).all()


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 50),
    width=st.integers(1, 50),
    tile=st.sampled_from([2, 8, 16, 32]),
)
def test_any_size(height: int, width: int, tile: int) -> None:
    image = np.full((height, width), MEAN)
    bits = log_prob_map(image, prior=identity_prior(), tile=tile)
    np.testing.assert_allclose(bits, np.full(image.shape, bits_of(0.0)), rtol=1e-6)


def test_batches_do_not_matter() -> None:
    image, prior = picture(40, 30), random_prior()
    maps = [
        log_prob_map(image, prior=prior, tile=16, sigma=0.1, batch_size=size)
        for size in (1, 5, 100)
    ]
    np.testing.assert_allclose(maps[0], maps[1], rtol=1e-6)
    np.testing.assert_allclose(maps[0], maps[2], rtol=1e-6)


def test_integers_are_made_continuous() -> None:
    """Rounding is filled with noise, the same one every time."""
    image = np.full((16, 16), 102, np.uint8)
    first, again = (log_prob_map(image, prior=identity_prior()) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first[0, 0] != pytest.approx(bits_of((102 / 255 - MEAN) ** 2), abs=1e-9)
    fill = bits_of(1 / 255**2 / 12)
    assert first[0, 0] == pytest.approx(fill, abs=1e-6)


def test_stacks_and_channels_are_rated_one_by_one() -> None:
    stack = picture(2, 3, 16, 16)
    bits = log_prob_map(stack, prior=identity_prior(), axes="TCYX", tile=16)
    assert bits.shape == stack.shape
    expected = [[bits_of((c - MEAN) ** 2) for c in plane] for plane in stack]
    np.testing.assert_allclose(bits[..., 0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("axes", "shape"), [("YXS", (16, 16, 4)), ("SYX", (3, 16, 16))]
)
def test_colours_share_a_value(axes: str, shape: tuple[int, ...]) -> None:
    image = picture(*shape)
    colours = np.moveaxis(image, axes.index("S"), 0)[:3]
    bits = log_prob_map(image, prior=identity_prior(), axes=axes)
    assert bits.shape == (16, 16)
    np.testing.assert_allclose(bits, bits_of((colours - MEAN) ** 2), rtol=1e-6)


@pytest.mark.parametrize(
    ("axes", "shape"), [("CYX", (3, 16, 16)), ("YXS", (16, 16, 4))]
)
def test_joint_colours(axes: str, shape: tuple[int, ...]) -> None:
    image = picture(*shape)
    bits = log_prob_map(image, prior=ColourPrior(), axes=axes, tile=16)
    first = image[0] if axes == "CYX" else image[..., 0]
    expected = math.log2(255) + first.sum() / (3 * 256 * math.log(2))
    np.testing.assert_allclose(bits, np.full((16, 16), expected), rtol=1e-6)


def test_unknown_content_has_more_bits() -> None:
    """Shuffled pixels are less probable than the image, and nothing else changes."""
    image = data.camera()[100:196, 200:296].astype(np.float32) / 255
    damaged = image.copy()
    shuffled = np.random.default_rng(0).permutation(damaged[32:64, 32:64].ravel())
    damaged[32:64, 32:64] = shuffled.reshape(32, 32)
    before, after = (
        log_prob_map(each, prior="photo-gray") for each in (image, damaged)
    )
    assert (after - before)[40:56, 40:56].min() > 1
    np.testing.assert_allclose(after[:12, :12], before[:12, :12], rtol=1e-4)


def test_sigma_is_in_units_of_the_image() -> None:
    image = picture(32, 32).astype(np.float32)
    # The range of 8 bits, in floating numbers that span it.
    image[0, :2] = 0, 1
    whole = np.round(255 * image).astype(np.uint8)
    options: dict[str, Any] = {"prior": "photo-gray"}
    fine = log_prob_map(image, sigma=0.1, **options)
    coarse = log_prob_map(whole, sigma=25.5, **options)
    np.testing.assert_allclose(fine, coarse, atol=0.05)
    estimated = log_prob_map(image, sigma=None, **options)
    assert np.isfinite(estimated).all()
    assert np.abs(estimated - fine).max() > 0.05


def test_restored_with_its_map() -> None:
    image = (255 * picture(24, 24)).astype(np.uint8)
    options: dict[str, Any] = {"prior": "photo-gray", "degradation": Noise(sigma=25)}
    found = drain(iter_restore_with_log_likelihood(image, RestoreOptions(**options)))
    restored = restore(image, **options)
    np.testing.assert_array_equal(found.image, restored)
    np.testing.assert_array_equal(
        found.bits, log_prob_map(restored, prior="photo-gray")
    )


def test_memory_ladder() -> None:
    image = picture(64, 64)
    expected = log_prob_map(image, prior=identity_prior(), tile=16)
    bounded = log_prob_map(image, prior=BoundedPrior(3), tile=16, batch_size=16)
    np.testing.assert_allclose(bounded, expected, rtol=1e-6)
    with pytest.raises(MemoryLimitError, match="One tile of 16x16 pixels"):
        log_prob_map(image, prior=BoundedPrior(0), tile=16)


def test_progress_and_cancelling() -> None:
    run = iter_log_prob_map(
        picture(64, 64), RunOptions(prior=identity_prior(), batch_size=4)
    )
    events = [event for event in run if event.total]
    assert [event.done for event in events] == [0, 4, 8, 9]
    assert {event.total for event in events} == {9}
    assert "Rating 9 tiles" in events[0].message
    cancelled = iter_log_prob_map(picture(64, 64), RunOptions(prior=identity_prior()))
    next(cancelled)
    cancelled.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sigma": -1}, "sigma is -1"),
        ({"sigma": math.inf}, "sigma is inf"),
        ({"sigma": 0.1}, "knows no noise"),
        ({"tile": 7}, "not divisible"),
        ({"tile": 0}, "tile"),
        ({"axes": "YXZZ"}, "axes"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"sigma": "a"}, "sigma is 'a'; it must be a number"),
        ({"sigma": np.ones(2)}, "must be a number"),
        ({"tile": (32, 2.5)}, r"tile is 2.5; it must be a whole number"),
        ({"tile": "a"}, "tile is 'a'; it must be a whole number"),
        ({"prior": 3}, "The prior is 3; pass a FlowPrior, the name"),
    ],
)
def test_bad_options(options: dict[str, Any], words: str) -> None:
    options = {"prior": identity_prior()} | options
    with pytest.raises(InputError, match=words):
        log_prob_map(picture(16, 16), **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"estimator": ["mmse"]}, r"The estimator \['mmse'\] is unknown; choose auto"),
        ({"estimator": None}, "The estimator None is unknown"),
        ({"tile": "a"}, "tile is 'a'; it must be a whole number"),
        ({"tile": (16, 16.5)}, "tile is 16.5; it must be a whole number"),
        ({"overlap": "a"}, "overlap is 'a'; it must be a whole number, 0 or more"),
        ({"batch_size": "a"}, "batch_size is 'a'; it must be a whole number"),
        ({"prior": None}, "The prior is None; pass a FlowPrior, the name"),
    ],
)
@pytest.mark.parametrize("degradation", [Noise(sigma=0.1), Blur(gaussian=1)])
def test_bad_choices(
    options: dict[str, Any], words: str, degradation: Degradation
) -> None:
    options = {"prior": random_prior(), "degradation": degradation} | options
    with pytest.raises(InputError, match=words):
        restore(picture(16, 16), **options)


def test_whole_numbers_of_numpy() -> None:
    image, prior = picture(24, 24), random_prior()
    options: dict[str, Any] = {"tile": 16, "batch_size": 3, "overlap": 8}
    numbers = {name: np.int64(value) for name, value in options.items()}
    np.testing.assert_array_equal(
        restore(image, prior=prior, **numbers), restore(image, prior=prior, **options)
    )
    del options["overlap"], numbers["overlap"]
    np.testing.assert_array_equal(
        log_prob_map(image, prior=prior, **numbers),
        log_prob_map(image, prior=prior, **options),
    )


@pytest.mark.parametrize("use", [restore, log_prob_map])
def test_rows_of_different_lengths(use: Callable[..., Any]) -> None:
    words = r"The image is \[\[1\], \[1, 2\]\], which is no array; give rows"
    with pytest.raises(InputError, match=words):
        use([[1], [1, 2]], prior=identity_prior())


def test_values_that_are_no_numbers() -> None:
    image = picture(16, 16)
    image[3, 4] = np.nan
    with pytest.raises(InputError, match=r"NaN|finite"):
        log_prob_map(image, prior=identity_prior())

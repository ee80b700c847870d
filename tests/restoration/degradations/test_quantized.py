"""Quantisation: finding levels, and staying in the cells of what was rounded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from doubles import GaussianPrior
from draining import drain
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import RestoreOptions, iter_restore
from napari_flowprior.restoration.degradations import Quantized
from napari_flowprior.restoration.degradations._lattice import find_lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray


OPTIONS: dict[str, Any] = {"prior": GaussianPrior(), "device": "cpu"}
TOPS = {"uint8": 255, "uint16": 65535, "float32": 1, "float64": 1}


def scene(seed: int, side: int = 40) -> NDArray[np.float64]:
    """Smooth shades that reach from 0 to 1."""
    shades = gaussian_filter(np.random.default_rng(seed).random((side, side)), 2)
    return (shades - shades.min()) / np.ptp(shades)


def rounded(image: NDArray[Any], bits: int, rounding: str) -> NDArray[Any]:
    """Round to so many bits of the image's type: to the nearest level, or down."""
    top = TOPS[image.dtype.name]
    if rounding == "nearest":
        steps = 2**bits - 1
        made = np.rint(image.astype(float) / top * steps) * (top / steps)
    else:
        cell = (top + (top > 1)) / 2**bits
        made = np.floor(image.astype(float) / cell).clip(max=2**bits - 1) * cell
    return (made if top == 1 else np.rint(made)).astype(image.dtype)


def typed(values: NDArray[np.float64], kind: str) -> NDArray[Any]:
    made = values * TOPS[kind]
    return (made if TOPS[kind] == 1 else np.rint(made)).astype(kind)


KINDS = st.sampled_from(list(TOPS))
ROUNDINGS = st.sampled_from(["nearest", "down"])


@settings(max_examples=40, deadline=None)
@given(kind=KINDS, rounding=ROUNDINGS, bits=st.integers(1, 6), seed=st.integers(0, 99))
def test_rounded_again_the_result_is_the_image(
    kind: str, rounding: str, bits: int, seed: int
) -> None:
    image = rounded(typed(scene(seed), kind), bits, rounding)
    for told in (bits, None):
        degradation = Quantized(bits=told, rounding=rounding)
        out = restore(image, degradation=degradation, **OPTIONS)
        assert out.dtype == image.dtype
        again = rounded(out, bits, rounding)
        np.testing.assert_allclose(again, image, rtol=0, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(kind=KINDS, bits=st.integers(1, 6), seed=st.integers(0, 99))
def test_levels_are_found(kind: str, bits: int, seed: int) -> None:
    image = rounded(typed(scene(seed), kind), bits, "nearest")
    view = PlaneView(image, "YX")
    step = TOPS[kind] / (2**bits - 1)
    assert find_lattice(view, bits).step == pytest.approx(step, rel=1e-6)
    # Unless levels are missing, the coarsest lattice that holds the values is theirs.
    if len(np.unique(image)) == 2**bits:
        assert find_lattice(view).step == pytest.approx(step, rel=1e-2)


def test_bands_of_a_photograph_go() -> None:
    clean = data.camera()[100:228, 180:308]
    banded = rounded(clean, 4, "nearest")
    out = restore(banded, prior="photo-gray", degradation=Quantized(), device="cpu")
    gain = peak_signal_noise_ratio(clean, out) - peak_signal_noise_ratio(clean, banded)
    assert gain > 1.5
    np.testing.assert_array_equal(rounded(out, 4, "nearest"), banded)


def test_cut_bits_are_made_up_for_on_average() -> None:
    image = rounded(typed(scene(0), "uint8"), 4, "down")
    view = PlaneView(image, "YX")
    values = np.unique(image).astype(float)
    up = Quantized(rounding="down").observe(view).transform.forward(values)
    np.testing.assert_allclose(up, values + 7.5)
    nearest = Quantized().observe(view).transform
    np.testing.assert_allclose(nearest.forward(values), values)
    np.testing.assert_array_equal(nearest.inverse(values), values)


def test_summary() -> None:
    image = rounded(typed(scene(0), "uint8"), 3, "nearest")
    run = iter_restore(image, RestoreOptions(degradation=Quantized(), **OPTIONS))
    found = drain(run).provenance["degradation"]
    assert json.loads(json.dumps(found)) == found
    assert found["step"] == pytest.approx(255 / 7)
    assert Quantized(bits=np.int64(3)).summary()["bits"] == 3
    assert Quantized(bits=3.0).bits == 3


@pytest.mark.parametrize("bits", [0, 16, 2.5, True, "4"])
def test_bits_that_are_none(bits: Any) -> None:
    with pytest.raises(InputError, match=f"bits is {bits!r}; it must be"):
        Quantized(bits=bits)


@pytest.mark.parametrize("bits", [None, 3])
def test_the_smallest_numbers_that_there_are(bits: int | None) -> None:
    image = np.arange(64.0).reshape(8, 8) * 5e-324
    with pytest.raises(InputError, match=r"\.$"):
        restore(image, prior=GaussianPrior(), degradation=Quantized(bits))


def test_unknown_rounding() -> None:
    with pytest.raises(InputError, match="'up'; choose one of nearest, down"):
        Quantized(rounding="up")


@pytest.mark.parametrize(
    ("image", "bits", "words"),
    [
        (np.arange(256, dtype=np.uint8).reshape(16, 16), None, "not rounded to fewer"),
        (np.arange(256, dtype=np.uint8).reshape(16, 16), 4, "not those of 4 bits"),
        (np.zeros((9, 9), np.uint8), None, "single value"),
        (np.random.default_rng(0).random((9, 9)), None, "no regular lattice"),
        (np.random.default_rng(0).random((200, 200)), None, "different values"),
    ],
)
def test_images_of_many_levels(
    image: NDArray[Any], bits: int | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        restore(image, degradation=Quantized(bits), **OPTIONS)

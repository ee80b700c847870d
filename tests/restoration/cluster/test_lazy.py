"""Dask arrays: the same bytes as of NumPy arrays, later, and chunk by chunk."""

from __future__ import annotations

from collections import Counter
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from doubles import GaussianPrior, random_prior

from napari_flowprior import FlowPrior, restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    JPEG,
    Blur,
    Compose,
    Downsample,
    Inpaint,
    Noise,
    PoissonGaussian,
    Sampling,
    gaussian_psf,
)
from napari_flowprior.restoration.cluster import _sent_prior

RNG = np.random.default_rng(0)
GREY = RNG.normal(128, 25, (90, 70)).clip(0, 255).astype(np.uint8)
MASK = RNG.random(GREY.shape) < 0.2
HOLES = {"mask": MASK, "sigma": 25.0}


def both(image: np.ndarray, chunks: Any, **options: Any) -> tuple[Any, np.ndarray]:
    """Restore lazily and at once."""
    options = {"prior": GaussianPrior(), **options}
    lazy = restore(da.from_array(image, chunks=chunks), **options)
    assert isinstance(lazy, da.Array)
    return lazy, restore(image, **options)


@pytest.mark.parametrize(
    ("degradation", "options"),
    [
        (Noise(sigma=25), {"prior": random_prior()}),
        (Noise(sigma=25), {"estimator": "map"}),
        (Noise(map=np.linspace(10, 30, GREY.size).reshape(GREY.shape)), {}),
        (PoissonGaussian(gain=2.0, offset=0.0, read_noise=3.0), {}),
        (Inpaint(**HOLES), {}),
        (Inpaint(**HOLES | {"mask": da.from_array(MASK, chunks=19)}), {}),
        (Blur(gaussian_psf(1.0), sigma=10.0), {}),
        (Compose(Blur(gaussian_psf(1.0)), Noise(sigma=10)), {}),
        (JPEG(quality=30), {}),
        (None, {}),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_bytes_are_those_of_an_array(degradation: Any, options: dict[str, Any]) -> None:
    lazy, whole = both(
        GREY, (31, 40), degradation=degradation, tile=32, overlap=8, **options
    )
    assert (lazy.shape, lazy.dtype) == (whole.shape, whole.dtype)
    assert lazy.chunks == ((31, 31, 28), (40, 30))
    np.testing.assert_array_equal(lazy.compute(), whole)


@pytest.mark.parametrize("chunks", [(2, 90, 70), (1, 13, 70), (3, 50, 11)])
def test_planes_that_differ(chunks: tuple[int, ...]) -> None:
    stack = np.stack([GREY, 3.0 * GREY, GREY]).astype(np.float32)
    lazy, whole = both(stack, chunks, tile=32)
    np.testing.assert_array_equal(lazy.compute(), whole)


def test_a_mask_of_a_plane_is_that_of_all() -> None:
    stack = np.stack([GREY, GREY])
    lazy, whole = both(stack, (1, 50, 50), degradation=Inpaint(**HOLES))
    np.testing.assert_array_equal(lazy.compute(), whole)


def test_what_repairs_take_out() -> None:
    speckled = np.where(RNG.random(GREY.shape) < 0.03, 255, GREY).astype(np.uint8)
    lazy, whole = both(speckled, (31, 40), tile=32, overlap=8)
    np.testing.assert_array_equal(lazy.compute(), whole)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("axes", ["YXS", "CYX"])
def test_colours_and_alpha(channels: int, axes: str) -> None:
    colours = RNG.integers(0, 255, (40, 50, 4), np.uint8)
    image = colours if axes == "YXS" else colours.transpose(2, 0, 1)
    chunks = tuple({"Y": 30, "X": 30}.get(axis, 2) for axis in axes)
    options = {"axes": axes, "degradation": Noise(sigma=20), "tile": 32}
    lazy, whole = both(image, chunks, prior=GaussianPrior(channels=channels), **options)
    assert lazy.chunksize == chunks
    np.testing.assert_array_equal(lazy.compute(), whole)


@pytest.mark.parametrize("alpha", [False, True])
def test_results_that_are_larger(alpha: bool) -> None:
    image = np.dstack([GREY[:40, :30]] * 4) if alpha else GREY[:40, :30]
    chunks = (30, 20, 4)[: image.ndim]
    lazy, whole = both(image, chunks, degradation=Downsample(factor=2))
    assert lazy.chunks[:2] == ((60, 20), (40, 20))
    np.testing.assert_array_equal(lazy.compute(), whole)


def test_planes_in_blocks() -> None:
    image = RNG.normal(0, 1, (400, 388))
    blurred = {"degradation": Blur(gaussian_psf(1.0), sigma=0.3), "memory": 0.01}
    lazy, whole = both(image, (256, 256), **blurred)
    np.testing.assert_array_equal(lazy.compute(), whole)


def test_a_type_is_chosen() -> None:
    lazy, whole = both(GREY, 64, degradation=Noise(sigma=9), dtype=np.float32)
    assert lazy.dtype == whole.dtype == np.float32
    np.testing.assert_array_equal(lazy.compute(), whole)


class Watched:
    """An array that counts how often each of its chunks is read."""

    def __init__(self, shape: tuple[int, int], chunk: int) -> None:
        self.reads: Counter[Any] = Counter()
        zeros = da.zeros(shape, chunks=chunk, dtype=np.uint8)
        self.array = zeros.map_blocks(self.read, dtype=np.uint8)

    def read(self, block: np.ndarray, block_info: Any = None) -> np.ndarray:
        if block_info:
            place = tuple(block_info[0]["chunk-location"])
            self.reads[place] += 1
        return RNG.integers(0, 255, block.shape, np.uint8)


@pytest.fixture
def watched() -> tuple[Watched, Any]:
    watched = Watched((160, 160), 40)
    options = {"tile": 32, "overlap": 8, "prior": random_prior()}
    lazy = restore(watched.array, degradation=Noise(sigma=20), **options)
    watched.reads.clear()
    return watched, lazy


def test_each_chunk_is_read_once(watched: tuple[Watched, Any]) -> None:
    image, lazy = watched
    assert not image.reads
    lazy.compute()
    assert len(image.reads) == 16
    assert set(image.reads.values()) == {1}


def test_a_part_takes_its_neighbours_only(watched: tuple[Watched, Any]) -> None:
    image, lazy = watched
    lazy[:40, :40].compute()
    assert set(image.reads) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_the_order_makes_no_difference() -> None:
    lazy, whole = both(GREY, 30, degradation=Inpaint(**HOLES), memory=0.01)
    with dask.config.set(scheduler="synchronous"):
        parts = [np.asarray(lazy[:, n : n + 35]) for n in (35, 0)]
    np.testing.assert_array_equal(np.hstack(parts[::-1]), whole)


def test_a_prior_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = restore(da.from_array(GREY, chunks=30), degradation=Noise(9), tile=32)
    monkeypatch.setattr(_sent_prior, "_loaded", {})
    calls: list[str] = []
    load = FlowPrior.load
    monkeypatch.setattr(
        FlowPrior, "load", lambda name: calls.append(name) or load(name)
    )
    whole = lazy.compute()
    np.testing.assert_array_equal(lazy.compute(), whole)
    assert calls == ["photo-gray"]


def test_what_cannot_be_restored_is_refused_at_once() -> None:
    image = da.from_array(GREY, chunks=30)
    with pytest.raises(InputError, match="axes"):
        restore(image, axes="ZYX")
    with pytest.raises(InputError, match="posterior"):
        restore(image, estimator=Sampling())
    with pytest.raises(InputError, match="compute_chunk_sizes"):
        restore(image[image[:, 0] > 100])

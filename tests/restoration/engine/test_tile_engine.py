"""The tiled engine: nothing that is not in the image may show in the result."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from doubles import GaussianPrior, OutOfMemoryPrior, random_prior
from draining import drain
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior._errors import MemoryLimitError
from napari_flowprior.data import IntensityScale, PlaneView
from napari_flowprior.restoration import MMSE, GaussianLikelihood, Noise
from napari_flowprior.restoration.engine._tile_engine import Engine
from napari_flowprior.tiling import TilePlan

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior import FlowPrior


def engine(
    image: NDArray[np.float64],
    prior: FlowPrior,
    *,
    axes: str = "YX",
    tile: int = 16,
    overlap: int = 4,
    batch_size: int = 4,
    estimator: MMSE | None = None,
) -> Engine:
    view = PlaneView(image, axes)
    return Engine(
        view=view,
        plan=TilePlan.fit(view.samples, view.shape, tile, overlap, prior.stride),
        scale=IntensityScale(-0.5, 3.0),
        prior=prior,
        degradation=Noise(0.3),
        observation=Noise(0.3).observe(view),
        estimator=estimator or MMSE(),
        sigma=0.1,
        batch_size=batch_size,
    )


def run(made: Engine, shuffle: int | None = None) -> NDArray[np.float64]:
    out = np.full(made.view.array.shape, np.nan)
    tiles = list(made.plan)
    if shuffle is not None:
        np.random.default_rng(shuffle).shuffle(tiles)
    drain(made.run(out, tiles))
    return out


@settings(max_examples=12)
@given(
    batch_size=st.integers(1, 40),
    shuffle=st.none() | st.integers(0, 99),
    depth=st.integers(1, 3),
)
def test_batches_and_order_do_not_matter(
    batch_size: int, shuffle: int | None, depth: int
) -> None:
    image = np.random.default_rng(0).random((depth, 37, 21))
    prior = random_prior()
    expected = run(engine(image, prior, axes="ZYX", batch_size=1))
    found = run(engine(image, prior, axes="ZYX", batch_size=batch_size), shuffle)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


@settings(max_examples=20)
@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_any_size(height: int, width: int) -> None:
    image = np.random.default_rng(0).random((height, width))
    out = run(engine(image, GaussianPrior(0.2)))
    # A pixelwise prior knows no neighbours, so that tiles cannot be told.
    level, spread = 0.1 * 3.0, 0.2 * 3.0
    mean = 0.4 * 3.0 - 0.5
    expected = (spread**2 * image + level**2 * mean) / (spread**2 + level**2)
    np.testing.assert_allclose(out, expected, atol=1e-12)


def test_progress_adds_up() -> None:
    made = engine(np.zeros((40, 40)), random_prior(), batch_size=3)
    assert sum(made.run(np.empty((40, 40)))) == made.total == len(made.plan)


def test_memory_ladder_halves_batches_and_changes_nothing() -> None:
    image = np.random.default_rng(0).random((50, 50))
    expected = run(engine(image, GaussianPrior()))
    out = np.empty(image.shape)
    used = drain(engine(image, OutOfMemoryPrior(3), batch_size=16).run(out))
    assert used == 2
    np.testing.assert_array_equal(out, expected)


def test_one_tile_too_many_is_a_sentence() -> None:
    with pytest.raises(MemoryLimitError, match="One tile of 16x16 pixels"):
        run(engine(np.zeros((50, 50)), OutOfMemoryPrior(0)))


@dataclass(frozen=True, kw_only=True)
class Broken(MMSE):
    """Fails as torch does."""

    def run(
        self, prior: FlowPrior, likelihood: GaussianLikelihood
    ) -> Generator[None, None, Tensor]:
        yield
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


def test_other_errors_are_not_taken_for_memory() -> None:
    with pytest.raises(RuntimeError, match="mat1"):
        run(engine(np.zeros((50, 50)), GaussianPrior(), estimator=Broken()))


class Plane:
    """A tall image that is made when it is read, and counts what is read."""

    dtype = np.dtype(np.float64)

    def __init__(self, height: int, width: int) -> None:
        self.shape = height, width
        self.largest = 0

    def __getitem__(self, key: tuple[slice, slice]) -> NDArray[np.float64]:
        rows, columns = (
            len(range(*k.indices(n))) for k, n in zip(key, self.shape, strict=True)
        )
        self.largest = max(self.largest, rows * columns)
        return np.full((rows, columns), 0.5)


def peak_memory(height: int) -> int:
    plane = Plane(height, 128)
    made = engine(plane, GaussianPrior(), tile=32, overlap=8)
    out = np.lib.stride_tricks.as_strided(np.zeros(1), plane.shape, (0, 0))
    tracemalloc.start()
    drain(made.run(out))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert plane.largest == 32 * 32
    return peak


def test_memory_does_not_grow_with_the_image() -> None:
    heights = 256, 4096
    small, large = (peak_memory(height) for height in heights)
    pixels = np.diff(heights)[0] * 128
    # What grows is the list of tiles: here a fraction of a byte per pixel.
    assert large - small < 0.5 * pixels


def test_an_engine_is_data() -> None:
    made = engine(np.zeros((20, 20)), GaussianPrior())
    assert replace(made, batch_size=1).total == made.total

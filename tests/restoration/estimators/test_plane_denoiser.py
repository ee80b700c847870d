"""The denoiser on whole planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from doubles import GaussianPrior, OutOfMemoryPrior, random_prior
from draining import drain
from hypothesis import given, settings
from hypothesis import strategies as st
from planes import LEVEL, plane

from napari_flowprior._errors import MemoryLimitError
from napari_flowprior.restoration import PlaneDenoiser

if TYPE_CHECKING:
    from torch import Tensor


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    side=st.sampled_from([16, 24, 32, 256]),
    margin=st.integers(0, 6),
    step=st.integers(0, 50),
    batch_size=st.integers(1, 9),
)
def test_every_pixel_is_denoised_once(
    height: int, width: int, side: int, margin: int, step: int, batch_size: int
) -> None:
    prior = GaussianPrior()
    x = plane(height, width)
    denoiser = PlaneDenoiser(
        prior=prior, side=side, margin=margin, batch_size=batch_size
    )
    result = drain(denoiser.run(x, LEVEL, step))
    torch.testing.assert_close(result, prior.denoise(x, LEVEL))


def test_the_grid_moves_and_batches_do_not_matter() -> None:
    prior = random_prior()
    x = plane(50, 40)
    one, three = (
        PlaneDenoiser(prior=prior, side=16, margin=2, batch_size=size)
        for size in (1, 3)
    )
    first, again = drain(one.run(x, LEVEL, 0)), drain(three.run(x, LEVEL, 0))
    torch.testing.assert_close(first, again)
    assert not torch.allclose(first, drain(one.run(x, LEVEL, 1)))


def test_a_plane_in_one_tile_is_mirrored_beyond_its_borders() -> None:
    prior = random_prior()
    x = plane(20, 20)
    mirrored = torch.cat([x.flip(-1), x, x.flip(-1)], -1)
    mirrored = torch.cat([mirrored.flip(-2), mirrored, mirrored.flip(-2)], -2)
    denoiser = PlaneDenoiser(prior=prior, margin=8)
    tile = denoiser._tile(20)
    shift = -denoiser._starts(20, tile, np.random.default_rng((0, 3)))[0]
    assert tile == 40
    result = drain(denoiser.run(x, LEVEL, 3))
    rng = np.random.default_rng((0, 3))
    top, left = (-denoiser._starts(20, tile, rng)[0] for _ in range(2))
    assert top == shift
    part = mirrored[..., 20 - top : 60 - top, 20 - left : 60 - left]
    expected = prior.denoise(part, LEVEL)
    torch.testing.assert_close(result, expected[..., top : top + 20, left : left + 20])


@pytest.mark.parametrize(
    ("size", "tile"), [(96, 136), (256, 296), (281, 320), (282, 192), (512, 304)]
)
def test_no_more_tiles_than_needed(size: int, tile: int) -> None:
    """One tile if the plane and its margins fit, else the smallest of their number."""
    denoiser = PlaneDenoiser(prior=random_prior(3), side=320, margin=16)
    assert denoiser.tile((size, 96)) == (tile, 136)
    core = tile - 32
    starts = [
        denoiser._starts(size, tile, np.random.default_rng(seed)) for seed in range(50)
    ]
    assert {len(each) for each in starts} <= {-(-size // core), -(-size // core) + 1}
    assert len({each[0] for each in starts}) > 5 or core - size < 32


class WildPrior(GaussianPrior):
    """Answers anything."""

    def denoise(self, batch: Tensor, sigma: float, clipped: object = None) -> Tensor:
        return batch + torch.linspace(-9, 9, batch.shape[-1]).to(batch)


def test_no_pixel_changes_by_more_than_noise_can() -> None:
    x = plane(30, 20)
    result = drain(PlaneDenoiser(prior=WildPrior()).run(x, LEVEL, 0))
    assert (result - x).abs().max() == pytest.approx(4 * LEVEL)


def test_memory_ladder() -> None:
    x = plane(50, 50)
    fits = PlaneDenoiser(prior=OutOfMemoryPrior(3), side=16, margin=2, batch_size=16)
    expected = GaussianPrior().denoise(x, LEVEL)
    torch.testing.assert_close(drain(fits.run(x, LEVEL, 0)), expected)
    assert fits.batch_size == 2
    none = PlaneDenoiser(prior=OutOfMemoryPrior(0), side=16, margin=2)
    with pytest.raises(MemoryLimitError, match="One tile of 16x16 pixels"):
        drain(none.run(x, LEVEL, 0))

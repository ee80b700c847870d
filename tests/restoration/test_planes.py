"""Whole planes: a grid of tiles that moves, splitting, and the engine for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior, OutOfMemoryPrior, random_prior
from draining import drain
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior import restore
from napari_flowprior._errors import InputError, MemoryLimitError
from napari_flowprior.data import IntensityScale, PlaneView
from napari_flowprior.restoration import (
    GaussianLikelihood,
    Identity,
    Inpaint,
    Mask,
    Noise,
    PlaneDenoiser,
    Splitting,
    iter_restore,
)
from napari_flowprior.restoration._plane_engine import PlaneEngine

if TYPE_CHECKING:
    from torch import Tensor

LEVEL = 0.1


def plane(height: int, width: int) -> Tensor:
    generator = torch.Generator().manual_seed(height * 1000 + width)
    return torch.rand(1, 1, height, width, generator=generator, dtype=torch.float64)


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

    def denoise(self, batch: Tensor, sigma: float) -> Tensor:
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


@pytest.mark.parametrize("pull", [0.25, 1.0, 3.0])
def test_splitting_ends_where_data_and_prior_are_in_balance(pull: float) -> None:
    """-log p(y|x) - pull log p_s(x) of Gaussians has its minimum in closed form."""
    prior, y, sigma = GaussianPrior(spread=0.2), plane(12, 9), 0.15
    estimator = Splitting(steps=200, pull=pull, smallest=sigma, rest=0)
    likelihood = GaussianLikelihood(y, Identity(), sigma)
    x = drain(estimator.run(PlaneDenoiser(prior=prior), likelihood))
    data, own = 1 / sigma**2, pull / (0.2**2 + sigma**2)
    torch.testing.assert_close(x, (data * y + own * MEAN) / (data + own))


def test_the_rest_of_the_noise_is_taken_out() -> None:
    prior, y = GaussianPrior(spread=0.2), plane(12, 9)
    likelihood = GaussianLikelihood(y, Identity(), LEVEL)
    denoiser = PlaneDenoiser(prior=prior)
    before, after = (
        drain(Splitting(rest=rest).run(denoiser, likelihood)) for rest in (0, 0.5)
    )
    torch.testing.assert_close(after, prior.denoise(before, LEVEL / 2))


def test_splitting_fills_holes_with_the_prior_mean() -> None:
    known = torch.ones(1, 1, 12, 9, dtype=torch.bool)
    known[..., 4:8, 2:7] = False
    y = plane(12, 9) * known
    likelihood = GaussianLikelihood(y, Mask(known), 0.0)
    denoiser = PlaneDenoiser(prior=GaussianPrior(spread=0.05))
    x = drain(Splitting(steps=200).run(denoiser, likelihood))
    torch.testing.assert_close(x[known], y[known])
    torch.testing.assert_close(
        x[~known], torch.full_like(x[~known], MEAN), atol=1e-3, rtol=0
    )


def test_schedule_falls_from_where_the_data_says() -> None:
    prior = GaussianPrior()
    holes = GaussianLikelihood(plane(4, 4), Mask(plane(4, 4) > 0.5), 0.0)
    levels = Splitting(steps=5).schedule(prior, holes)
    assert (levels[0], levels[-1]) == pytest.approx((49 / 255, 0.004))
    assert np.diff(np.log(levels)) == pytest.approx(np.diff(np.log(levels))[0])
    noise = GaussianLikelihood(plane(4, 4), Identity(), 0.1)
    assert Splitting(steps=3).schedule(prior, noise) == pytest.approx([0.1] * 3)
    assert Splitting(steps=1).schedule(prior, holes) == [0.004]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"pull": 0.0}, "pull is 0"),
        ({"smallest": -1.0}, "smallest is -1"),
        ({"rest": 1.5}, "rest is 1.5"),
    ],
)
def test_bad_options(options: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Splitting(**options)


def test_a_stack_is_its_planes_and_progress_adds_up() -> None:
    stack = np.random.default_rng(0).random((3, 21, 30))
    view = PlaneView(stack, "ZYX")
    prior = random_prior()
    engine = PlaneEngine(
        view=view,
        side=16,
        margin=2,
        scale=IntensityScale(-0.5, 3.0),
        prior=prior,
        degradation=Noise(0.3),
        estimator=Splitting(steps=4),
        sigma=0.1,
        batch_size=2,
    )
    out = np.empty(stack.shape)
    assert sum(engine.run(out)) == engine.total == 15
    options = {"prior": prior, "estimator": Splitting(steps=4), "tile": 16, "margin": 2}
    for z in range(3):
        alone = np.empty(stack.shape[1:])
        single = PlaneEngine(**{**vars(engine), "view": PlaneView(stack[z], "YX")})
        drain(single.run(alone))
        np.testing.assert_allclose(out[z], alone)
    mask = np.zeros(stack.shape[1:], dtype=bool)
    mask[5:9] = True
    whole = restore(stack, axes="ZYX", degradation=Inpaint(mask), **options)
    np.testing.assert_allclose(whole[:, ~mask], stack[:, ~mask])
    assert not np.allclose(whole[:, mask], stack[:, mask])


def test_work_comes_in_small_pieces() -> None:
    """A cancel must not wait for a whole plane."""
    image = np.random.default_rng(0).random((64, 64))
    options = {"tile": 16, "margin": 2, "batch_size": 1}
    run = iter_restore(
        image, prior=random_prior(), estimator=Splitting(steps=2), **options
    )
    assert sum(1 for _ in run) > 2 * 25


def test_splitting_needs_a_conditioned_prior() -> None:
    prior = GaussianPrior()
    prior.info = prior.info.__class__(name="plain", sigma_max=0.0)
    with pytest.raises(InputError, match="noise-conditioned"):
        Splitting().check(prior, "noise")


@pytest.mark.parametrize("shape", [(1, 1), (5, 6), (12, 14), (2, 30)])
def test_images_smaller_than_a_tile_with_its_margins(shape: tuple[int, int]) -> None:
    image = np.full(shape, 0.7)
    out = restore(
        image,
        prior=GaussianPrior(),
        degradation=Noise(sigma=0.1),
        estimator=Splitting(),
    )
    assert out.shape == shape
    assert np.ptp(out) < 1e-9
    assert MEAN < out.flat[0] < 0.7

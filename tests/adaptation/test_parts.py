"""Recorruption, the estimated error, and tiles: each in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from skimage import data

from napari_flowprior._errors import InputError
from napari_flowprior.adaptation._batch import NoisyBatch, coloured
from napari_flowprior.adaptation._held_out import HeldOut, Risk
from napari_flowprior.adaptation._level import tile_level
from napari_flowprior.adaptation._neighbours import measure_correlation
from napari_flowprior.adaptation._noise_model import NoiseModel, deviations
from napari_flowprior.adaptation._recorruption import recorrupted, recorruption_loss
from napari_flowprior.adaptation._tiles import SIDE, NoisyTiles
from napari_flowprior.data import IntensityScale, PlaneView
from napari_flowprior.restoration import Anscombe, Noise, PoissonGaussian
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale
from napari_flowprior.restoration.engine._parts import Part

if TYPE_CHECKING:
    from torch import Tensor

SIGMA = 0.2
# How much stronger the noise is said to be than it is.
TOLD = 1.25


class Shrinking:
    """The best denoiser of white images of a spread, and any other factor."""

    def __init__(self, factor: float) -> None:
        self.factor = factor
        self.told: Any = None

    def denoise(self, x: Tensor, level: Tensor, clipped: Tensor) -> Tensor:
        self.told = level
        return self.factor * x


def batch(seen: Tensor, level: float = SIGMA) -> NoisyBatch:
    number = len(seen)
    told = torch.full((number,), TOLD * level)
    none = torch.zeros(number, 2)
    return NoisyBatch(seen, torch.full_like(seen, level), told, none, none)


def test_recorrupted_noises_have_nothing_to_do_with_each_other() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = SIGMA * torch.randn(4, 1, 200, 200, generator=generator)
    white = torch.randn(noise.shape, generator=generator)
    tau = torch.tensor([0.3, 0.5, 0.8, 1.0])
    first, second, told = recorrupted(batch(noise), white, tau)
    covariance = (first * second).flatten(1).mean(1)
    assert covariance.abs().max() < 4 * SIGMA**2 * 4 / 200
    level = TOLD * first.flatten(1).std(1)
    torch.testing.assert_close(level, told, rtol=0.02, atol=0)
    expected = SIGMA * (1 + 1 / tau.square()).sqrt()
    torch.testing.assert_close(second.flatten(1).std(1), expected, rtol=0.02, atol=0)


def test_the_loss_is_least_for_the_best_denoiser() -> None:
    """Of white images of spread s it multiplies by s^2 / (s^2 + level^2)."""
    generator = torch.Generator().manual_seed(0)
    spread = 0.15
    clean = spread * torch.randn(64, 1, 48, 48, generator=generator)
    noisy = clean + SIGMA * torch.randn(clean.shape, generator=generator)
    losses = {}
    for factor in np.linspace(0.1, 0.6, 26):
        rng = np.random.default_rng(0)
        flow: Any = Shrinking(float(factor))
        losses[factor] = recorruption_loss(flow, batch(noisy), rng).item()
    best = min(losses, key=lambda factor: losses[factor])
    # Levels are drawn between those of tau 0.3 and 1.
    weakest, strongest = (SIGMA**2 * (1 + tau**2) for tau in (0.3, 1.0))
    assert spread**2 / (spread**2 + strongest) < best
    assert best < spread**2 / (spread**2 + weakest)


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0])
def test_the_estimated_error_is_the_true_one(
    factor: float,
) -> None:
    generator = torch.Generator().manual_seed(1)
    clean = torch.rand(10, 1, SIDE, SIDE, generator=generator)
    noise = SIGMA * torch.randn(clean.shape, generator=generator)
    flow: Any = Shrinking(factor)
    risk = HeldOut(batch(clean + noise)).risk(flow)
    unit = TOLD * SIGMA
    expected = torch.full((10,), factor / TOLD**2)
    torch.testing.assert_close(risk.divergence, expected, rtol=0.05, atol=1e-5)
    true = ((factor * (clean + noise) - clean) / unit).square().mean().item()
    assert risk.error == pytest.approx(true, rel=0.03)
    # The network is told what a restoration tells it.
    assert flow.told[0].item() == pytest.approx(TOLD * SIGMA)


def test_a_risk_is_surely_below_another_if_tiles_agree() -> None:
    zero = torch.zeros(4)
    before = Risk(torch.tensor([1.0, 2.0, 3.0, 4.0]), zero, zero)
    lower = Risk(before.fit - 0.1, zero, zero)
    assert lower.above(before, 0.1) == pytest.approx(-0.1, abs=1e-6)
    assert before.above(before, 0.1) == 0
    change = torch.tensor([-1.0, 0.5, 0.8, -1.0])
    mixed = Risk(before.fit + change, zero, zero)
    assert mixed.error < before.error
    assert mixed.above(before, 0.1) > 0
    bad = Risk(before.fit * torch.nan, zero, zero)
    assert not bad.above(before, 0.1) < 0


@pytest.mark.parametrize(
    ("more", "doubt", "wrong"), [(-0.4, 0.25, 0.2), (0.4, 0.25, 0.25), (0.4, 0.1, 0.1)]
)
def test_what_is_only_better_for_the_very_noise_is_not_surely_better(
    more: float, doubt: float, wrong: float
) -> None:
    """A divergence counts by the variance, which is never known exactly."""
    zero, one = torch.zeros(4), torch.ones(4)
    before = Risk(2 * one, one, zero)
    other = Risk(before.fit - 2 * more - 0.1, one + more, zero)
    assert other.error == pytest.approx(before.error - 0.1)
    above = other.above(before, doubt)
    assert above == pytest.approx(2 * wrong * abs(more) - 0.1, abs=1e-6)


# --- neighbours


@pytest.mark.parametrize("pair", [(0.0, 0.3), (0.06, 0.0), (-0.2, 0.45)])
def test_coloured_noise(pair: tuple[float, float]) -> None:
    white = torch.randn(2, 1, 400, 400, generator=torch.Generator().manual_seed(0))
    noise = coloured(white, torch.tensor([pair, pair[::-1]]))
    assert noise.std().item() == pytest.approx(1, rel=0.01)
    for one, (down, right) in zip(noise[:, 0], (pair, pair[::-1]), strict=True):
        assert (one[1:] * one[:-1]).mean().item() == pytest.approx(down, abs=0.01)
        assert (one[:, 1:] * one[:, :-1]).mean().item() == pytest.approx(
            right, abs=0.01
        )


def test_correlation_is_measured_whatever_the_denoiser_leaves() -> None:
    generator = torch.Generator().manual_seed(2)
    white = torch.randn(12, 1, SIDE, SIDE, generator=generator)
    noise = SIGMA * coloured(white, torch.tensor([[0.02, 0.2]]).expand(12, 2))
    smoothing: Any = Blurring()
    down, right = measure_correlation(smoothing, batch(0.5 + noise))
    assert down == pytest.approx(0.02, abs=0.05)
    assert right == pytest.approx(0.2, abs=0.05)


class Blurring:
    """A denoiser that leaves noise which is alike from pixel to pixel."""

    def denoise(self, x: Tensor, level: Tensor, clipped: Tensor) -> Tensor:
        return torch.nn.functional.avg_pool2d(
            torch.nn.functional.pad(x, (2, 2, 2, 2), "reflect"), 5, 1
        )


def test_turned_tiles_have_noise_that_is_turned() -> None:
    noise = np.random.default_rng(0).normal(50, 10, (6, 128, 128))
    tiles = NoisyTiles([part(noise)], torch.device("cpu"), (0.0, 0.25))
    drawn = tiles.draw(np.random.default_rng(0), 20)
    assert sorted(map(tuple, drawn.correlation.unique(dim=0).tolist())) == [
        *((0.0, 0.25), (0.25, 0.0))
    ]
    assert tiles.held_out().correlation.tolist() == [[0.0, 0.25]] * 6


# --- tiles


def part(image: np.ndarray, level: float = 10.0) -> Part:
    view = PlaneView(image, "ZYX")
    noise = Noise(level)
    return Part(
        view, noise, noise.observe(view), IntensityScale(0.0, 100.0, (True, True))
    )


def numbered(*shape: int) -> np.ndarray:
    """An image whose pixels tell where they are."""
    return np.arange(np.prod(shape), dtype=np.float64).reshape(shape)


def test_what_is_drawn_shares_no_pixel_with_what_is_held_out() -> None:
    first, second = numbered(3, 160, 200), -1 - numbered(2, 192, 192)
    tiles = NoisyTiles([part(first), part(second)], torch.device("cpu"))
    held = set(tiles.held_out().seen.flatten().tolist())
    rng = np.random.default_rng(0)
    drawn = tiles.draw(rng, 200).seen
    assert not held & set(drawn.flatten().tolist())
    assert (drawn < 0).any()
    assert (drawn > 0).any()


def test_tiles_are_normalised_turned_and_the_same_for_a_seed() -> None:
    image = numbered(6, 128, 128)
    tiles = NoisyTiles([part(image, level=7.0)], torch.device("cpu"))
    batch = tiles.draw(np.random.default_rng(3), 30)
    again = tiles.draw(np.random.default_rng(3), 30)
    assert torch.equal(batch.seen, again.seen)
    assert batch.seen.shape == (30, 1, SIDE, SIDE)
    assert batch.told.tolist() == pytest.approx([0.07] * 30)
    # Noise that was cut off at black and white is told.
    assert batch.clipped.tolist() == [[1.0, 1.0]] * 30
    steps = {
        tuple(np.sign([tile[0, 0, 1] - tile[0, 0, 0], tile[0, 1, 0] - tile[0, 0, 0]]))
        for tile in batch.seen.numpy()
    }
    assert len(steps) == 4


def test_noise_is_in_doubt_unless_flat_tiles_show_what_it_is_taken_for() -> None:
    noise = np.random.default_rng(0).normal(50, 10, (3, 128, 128))
    cpu, white = torch.device("cpu"), part(noise)
    assert NoisyTiles([white], cpu).doubt == 0.1
    assert NoisyTiles([white], cpu, (0.0, 0.2)).doubt == 0.25
    assert NoisyTiles([white, part(noise, level=12.0)], cpu).doubt == 0.25
    curved = CurvedScale(Anscombe(gain=1.0), IntensityScale(0.0, 20.0))
    assert NoisyTiles([white, white._replace(scale=curved)], cpu).doubt == 0.25


def test_too_few_pixels_to_hold_some_out() -> None:
    with pytest.raises(InputError, match="There are 4 tiles of 64x64 pixels, too few"):
        NoisyTiles([part(numbered(1, 128, 150))], torch.device("cpu"))
    assert (
        len(
            NoisyTiles([part(numbered(1, 192, 256))], torch.device("cpu"))
            .held_out()
            .seen
        )
        == 3
    )


# --- levels


def modelled(planes: np.ndarray, level: float) -> NoiseModel:
    """The model of planes that are said to have noise of a level, of 100."""
    return NoiseModel.of(part(planes, level), (plane[None] / 100 for plane in planes))


@pytest.mark.parametrize("sigma", [10, 25])
def test_texture_is_not_taken_for_noise(sigma: float) -> None:
    brick = data.brick()[:256, :256].astype(float)
    noisy = brick + np.random.default_rng(0).normal(0, sigma, brick.shape)
    tiles = noisy.reshape(4, SIDE, 4, SIDE).swapaxes(1, 2).reshape(16, SIDE, SIDE)
    model = modelled(tiles, level=50.0)
    assert model.told == pytest.approx(0.5)
    level = model.map(tiles[:1].astype(np.float32) / 100)
    assert level.max() == pytest.approx(sigma / 100, rel=0.1)
    # What was found is the most there can be.
    assert modelled(tiles, level=5.0).share == 1.0


def test_the_level_of_plain_noise() -> None:
    noise = np.random.default_rng(0).normal(3, 0.2, (64, 64))
    assert tile_level(noise) == pytest.approx(0.2, rel=0.05)
    assert tile_level(np.ones((64, 64))) == pytest.approx(0, abs=1e-6)


def test_tiles_without_noise_say_nothing_of_the_others() -> None:
    noise = np.random.default_rng(0).normal(0, 1, (8, 64, 64))
    noise[:5] = 0
    assert modelled(noise, level=2.0).share == pytest.approx(0.5, rel=0.1)
    assert modelled(0 * noise, level=2.0).share == 0.0


@pytest.mark.parametrize("read_noise", [0.0, 3.0])
def test_noise_under_the_curve_of_a_camera(read_noise: float) -> None:
    camera = Anscombe(gain=4.0, offset=100.0, read_noise=read_noise)
    means, spread = deviations(camera)
    assert (np.diff(means) > 0).all()
    assert spread[-1] == pytest.approx(1, abs=0.02)
    rng = np.random.default_rng(0)
    for electrons in (0.5, 2.0, 8.0):
        counts = rng.poisson(electrons, 200_000)
        seen = 100 + 4 * counts + rng.normal(0, read_noise, counts.shape)
        curved = camera.forward(seen)
        found = np.interp(curved.mean(), means, spread)
        assert found == pytest.approx(curved.std(), rel=0.02)


def test_few_photons_have_a_map() -> None:
    """Noise is weaker in the dark, under the curve."""
    light = np.full((1, 64, 128), 0.3)
    light[..., 64:] = 30
    counts = np.random.default_rng(0).poisson(light).astype(np.uint16)
    view, camera = PlaneView(counts, "ZYX"), PoissonGaussian(1.0, 0.0, 0.01)
    seen = camera.observe(view)
    scale = CurvedScale(seen.transform, IntensityScale(0.0, 10.0))
    found = Part(view, camera, seen, scale)
    tile = scale.normalise(counts, np.float32)
    model = NoiseModel.of(found, [tile[..., :64], tile[..., 64:]])
    level = model.map(tile)
    for half in (slice(0, 56), slice(72, 128)):
        actual = float(tile[..., half].std())
        assert np.median(level[..., half]) == pytest.approx(actual, rel=0.15)

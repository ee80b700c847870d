"""Observations: their noise has the level that is told, and the answer is clean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from napari_flowprior._errors import InputError
from napari_flowprior.training.observations import Conditions, observe
from napari_flowprior.training.observations._correlation import (
    _KINDS,
    correlated_noise,
)
from napari_flowprior.training.observations._photons import (
    _curve,
    _expected,
    photon_counts,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = (
    "clipped",
    "correlated",
    "compressed",
    "photons",
    "uneven",
    "faint",
    "strong",
    "dim",
    "understated",
    "impulses",
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def grey(channels: int = 1, size: int = 64) -> NDArray[np.float32]:
    return np.full((channels, size, size), 0.5, dtype=np.float32)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    channels=st.sampled_from([1, 3]),
    size=st.sampled_from([8, 16, 33]),
    parts=st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=10, max_size=10),
)
def test_any_conditions(
    seed: int, channels: int, size: int, parts: list[float]
) -> None:
    conditions = Conditions(**dict(zip(PARTS, parts, strict=True)), highest=1.0)
    clean = rng(seed + 1).random((channels, size, size), dtype=np.float32)
    seen, again = (observe(rng(seed), clean, conditions) for _ in range(2))
    for name in ("seen", "level", "clipped", "answer", "counts"):
        array = getattr(seen, name)
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
        assert np.array_equal(array, getattr(again, name))
    assert seen.seen.shape == seen.answer.shape == seen.counts.shape == clean.shape
    assert seen.level.shape == (1, size, size)
    assert 0 <= seen.level.min() <= seen.level.max() <= 1.0
    assert set(seen.clipped) <= {0, 1}


def test_plain_noise_is_white_and_as_strong_as_told() -> None:
    for seed in range(5):
        seen = observe(rng(seed), grey(), Conditions())
        noise = (seen.seen - seen.answer) / seen.level
        assert noise.std() == pytest.approx(1, abs=0.05)
        assert abs((noise[:, 1:] * noise[:, :-1]).mean()) < 0.06
        assert np.array_equal(seen.answer, grey())
        assert not seen.clipped.any()
        assert seen.counts.all()


def test_levels() -> None:
    def levels(**parts: float) -> NDArray[np.float64]:
        drawn = [
            observe(rng(seed), grey(1, 8), Conditions(highest=1.0, **parts))
            for seed in range(400)
        ]
        return np.array([float(seen.level.max()) for seen in drawn])

    usual, faint, strong = levels(), levels(faint=1.0), levels(strong=1.0)
    assert usual.max() <= 60 / 255
    assert np.median(usual) == pytest.approx(30 / 255, rel=0.15)
    assert np.median(faint) == pytest.approx((0.25 * 60) ** 0.5 / 255, rel=0.3)
    assert strong.min() >= 60 / 255
    assert 0.95 < strong.max() <= 1


def test_uneven_levels_are_those_of_the_noise() -> None:
    stronger = 0
    for seed in range(20):
        seen = observe(rng(seed), grey(), Conditions(uneven=1.0))
        noise = (seen.seen - seen.answer) / seen.level
        assert noise.std() == pytest.approx(1, abs=0.05)
        stronger += bool(seen.level.max() > 1.5 * seen.level.min())
    assert stronger > 5


def test_values_end_where_it_is_told() -> None:
    conditions = Conditions(clipped=1.0, strong=1.0, highest=1.0)
    kinds = set()
    for seed in range(30):
        seen = observe(rng(seed), grey(), conditions)
        assert (seen.seen.min() == 0) == bool(seen.clipped[0])
        assert (seen.seen.max() == 1) == bool(seen.clipped[1])
        kinds.add(tuple(seen.clipped.tolist()))
    assert kinds == {(1, 1), (1, 0), (0, 1)}


def test_understated_noise_is_stronger_than_told() -> None:
    ratios = []
    for seed in range(20):
        seen = observe(rng(seed), grey(), Conditions(understated=1.0))
        ratios.append(((seen.seen - seen.answer) / seen.level).std())
    assert 0.95 < min(ratios) < 1.15
    assert 1.35 < max(ratios) < 1.6


def test_dim_images_use_a_part_of_the_range() -> None:
    clean = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(1, 64, 64)
    spans = []
    for seed in range(60):
        answer = observe(rng(seed), clean, Conditions(dim=1.0)).answer
        assert 0 <= answer.min() <= answer.max() <= 1 + 1e-6
        spans.append(np.ptp(answer))
    assert min(spans) < 0.1
    assert max(spans) > 0.8


def test_impulses_do_not_count() -> None:
    shares = []
    for seed in range(30):
        seen = observe(rng(seed), grey(), Conditions(impulses=1.0, highest=1e-6))
        off = np.abs(seen.seen - seen.answer) > 1e-3
        assert not (off & (seen.counts == 1)).any()
        shares.append(1 - seen.counts.mean())
    assert max(shares) > 0.02
    assert np.median(shares) < 0.015


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", _KINDS)
def test_neighbours_of_correlated_noise_are_alike(kind: object, channels: int) -> None:
    together = [kind(rng(seed), channels, 64) for seed in range(40)]  # type: ignore[operator]
    noise = np.stack(together)
    assert noise.shape == (40, channels, 64, 64)
    assert abs(noise.mean()) < 0.05 * noise.std()
    alike = (noise[..., 1:] * noise[..., :-1]).mean() / (noise**2).mean()
    assert abs(alike) > 0.1


@pytest.mark.parametrize("channels", [1, 3])
def test_correlated_noise_has_unit_variance(channels: int) -> None:
    for seed in range(40):
        noise = correlated_noise(rng(seed), channels, 64)
        assert noise.dtype == np.float32
        assert noise.std() == pytest.approx(1, abs=0.1)


def test_expected_curve_of_counts() -> None:
    """Against the sum over the Poisson distribution."""
    for light in (0.0, 0.1, 1.0, 7.3, 50.0):
        counts = np.arange(300)
        exact = (poisson.pmf(counts, light) * _curve(counts.astype(float))).sum()
        assert _expected(np.array([light]))[0] == pytest.approx(exact, abs=2e-3)


def test_answer_to_counts_is_their_mean() -> None:
    clean = np.full((1, 256, 256), 0.6, dtype=np.float32)
    for seed in range(12):
        noisy, answer, level = photon_counts(rng(seed), clean)
        assert noisy.mean() == pytest.approx(answer.mean(), abs=0.02 * level)
        assert noisy.std() < 1.15 * level
        assert 0 < level <= 1


def test_compressed_observations_are_of_8_bits() -> None:
    conditions = Conditions(clipped=1.0, compressed=1.0)
    seen = [observe(rng(seed), grey(3), conditions) for seed in range(20)]
    both = [each for each in seen if each.clipped.all()]
    assert both
    for each in both:
        pixels = 255 * each.seen
        assert np.abs(pixels - np.rint(pixels)).max() < 1e-3
        error = np.sqrt(np.mean((each.seen - each.answer) ** 2))
        assert each.level.max() >= error * 0.999


@pytest.mark.parametrize("part", PARTS)
def test_parts_are_from_0_to_1(part: str) -> None:
    with pytest.raises(InputError, match=rf"{part} is 1\.5; give a part"):
        Conditions(**{part: 1.5})

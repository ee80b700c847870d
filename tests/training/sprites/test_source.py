"""Sprites: the same by seed, centred, varied, and never those held out."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from randomness import rng

from napari_flowprior._errors import InputError
from napari_flowprior.training import Sprites, draw_sprite
from napari_flowprior.training.sprites._figure import draw_figure
from napari_flowprior.training.sprites._shapes import Canvas

GOLDEN = Path(__file__).parents[2] / "golden" / "sprites.npz"
seeds = st.integers(0, 2**64 - 1)


def test_golden():
    golden = np.load(GOLDEN, allow_pickle=False)
    for seed, expected in zip(golden["seeds"], golden["sprites"], strict=True):
        difference = np.abs(draw_sprite(rng(seed)).astype(int) - expected)
        # Sines may be rounded otherwise elsewhere; nothing else may change.
        assert difference.mean() < 0.05


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_a_seed_gives_one_sprite(seed):
    sprite = draw_sprite(rng(seed))
    assert sprite.shape == (3, 64, 64)
    assert sprite.dtype == np.uint8
    assert sprite.flags.c_contiguous
    np.testing.assert_array_equal(sprite, draw_sprite(rng(seed)))


def test_sprites_differ():
    sprites = {draw_sprite(rng(seed)).tobytes() for seed in range(100)}
    assert len(sprites) == 100


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_the_figure_is_centred_and_inside(seed):
    background = np.full((64, 64, 3), 9.0)
    canvas = Canvas(background, 64.0)
    draw_figure(rng(seed), canvas)
    # The background is brighter than any shape, and its shadow too.
    rows, columns = np.nonzero((canvas.image < 3).all(2))
    for places in (rows, columns):
        assert places.min() >= 0.5
        assert places.max() <= 62.5
        assert (places.min() + places.max()) / 2 == pytest.approx(31.5, abs=1.5)
    assert max(np.ptp(rows), np.ptp(columns)) > 35
    assert 0.08 < len(rows) / 64**2 < 0.6


def test_colours_and_backgrounds_vary():
    sprites = np.stack([draw_sprite(rng(seed)) for seed in range(64)]).astype(float)
    assert sprites.std(0).min() > 20
    assert 80 < sprites.mean() < 170
    corners = sprites[:, :, :8, :8].reshape(64, 3, -1)
    assert np.median(corners.std(2)) > 2


@pytest.mark.parametrize("size", [16, 31, 64, 200])
def test_sizes_show_the_same_figure(size):
    sprite = draw_sprite(rng(7), size)
    assert sprite.shape == (3, size, size)
    small, usual = (draw_sprite(rng(7), side).mean((1, 2)) for side in (size, 64))
    np.testing.assert_allclose(small, usual, atol=6)


@pytest.mark.parametrize("size", [0, 15, 1025, -64])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(InputError, match=f"{size} pixels"):
        draw_sprite(rng(0), size)
    with pytest.raises(InputError, match=f"{size} pixels"):
        Sprites(size)


def test_source_draws_what_the_function_draws():
    source = Sprites()
    patch = source.draw(rng(5))
    assert patch.dtype == np.float32
    np.testing.assert_array_equal(np.rint(patch * 255), draw_sprite(rng(5)))
    assert patch.shape == (source.channels, source.size, source.size)
    assert source.quantum == 1 / 255


def test_held_out_sprites_are_fixed_and_reserved():
    held_out = Sprites().held_out(12)
    assert held_out.shape == (12, 3, 64, 64)
    assert held_out.dtype == np.float32
    np.testing.assert_array_equal(held_out[:5], Sprites().held_out(5))
    drawn = {Sprites().draw(rng(seed)).tobytes() for seed in range(50)}
    drawn |= {
        Sprites().draw(rng(np.random.SeedSequence(0, spawn_key=(place,)))).tobytes()
        for place in range(12)
    }
    kept = {sprite.tobytes() for sprite in held_out}
    assert len(kept) == 12
    assert not kept & drawn


def test_none_held_out():
    assert Sprites(32).held_out(0).shape == (0, 3, 32, 32)


def test_summary_is_that_of_colour_images_without_end():
    summary = Sprites().summary
    assert (summary.channels, summary.dtype, summary.images) == (3, "uint8", 0)
    assert (summary.low, summary.high) == (0, 255)
    assert "reserved" in summary.held_out


def test_it_is_fast_enough_to_feed_a_training():
    random = rng(0)
    # Of this thread alone, so that others on the machine do not matter much.
    start = time.thread_time()
    for _ in range(50):
        draw_sprite(random)
    # About 2 ms.
    assert (time.thread_time() - start) / 50 < 0.01

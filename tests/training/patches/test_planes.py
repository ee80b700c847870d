"""Where patches may lie, and what is held out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_flowprior.training.patches._planes import Region, Regions, splits


def region(image: int, planes: int, height: int, width: int) -> Region:
    return Region(image, np.arange(planes), range(height), width)


def split(
    whole: list[Region], size: int, fraction: float
) -> tuple[list[Region], list[Region], str]:
    first = next(splits(whole, size, fraction))
    return first.training, first.held_out, first.words


sizes = st.integers(16, 100)
regions = st.lists(
    st.tuples(st.integers(1, 12), sizes, sizes), min_size=1, max_size=14
).map(lambda shapes: [region(i, *shape) for i, shape in enumerate(shapes)])


def pixels(parts: list[Region]) -> set[tuple[int, int, int]]:
    """Image, plane and row of everything in some regions."""
    return {
        (part.image, int(sample), row)
        for part in parts
        for sample in part.samples
        for row in part.rows
    }


@given(regions, st.floats(0.01, 0.5))
def test_nothing_held_out_is_trained_on(whole: list[Region], fraction: float) -> None:
    everything = pixels(whole)
    *parted, last = splits(whole, 16, fraction)
    for part in parted:
        assert pixels(part.training).isdisjoint(pixels(part.held_out))
        assert pixels(part.training) | pixels(part.held_out) == everything
        assert len(Regions(part.training, 16))
        assert len(Regions(part.held_out, 16))
        assert part.words
    assert pixels(last.training) == pixels(last.held_out) == everything
    assert not last.words


@given(regions, st.floats(0.01, 0.5))
def test_little_is_held_out_where_there_is_enough(
    whole: list[Region], fraction: float
) -> None:
    """At most a quarter of what is cut, where there are four of anything."""
    first = next(splits(whole, 16, fraction))
    enough = len(whole) >= 4 or any(
        len(r.samples) >= 10 or len(r.rows) >= 64 for r in whole
    )
    if enough and fraction <= 0.25:
        for part in first.held_out:
            rows, planes = len(whole[part.image].rows), len(whole[part.image].samples)
            whole_image = (len(part.rows), len(part.samples)) == (rows, planes)
            assert (
                whole_image or len(part.rows) * len(part.samples) <= 0.3 * rows * planes
            )
        whole_ones = [p for p in first.held_out if p is whole[p.image]]
        assert len(whole_ones) <= max(1, 0.3 * len(whole))


def test_many_images_are_held_out_as_a_whole() -> None:
    training, held, words = split([region(i, 1, 40, 40) for i in range(30)], 16, 0.1)
    assert [r.image for r in held] == [8, 15, 22]
    assert len(training) == 27
    assert words == "3 of 30 images"


def test_few_images_lose_a_strip() -> None:
    training, held, words = split([region(0, 3, 200, 50)], 16, 0.1)
    assert (training[0].rows, held[0].rows) == (range(180), range(180, 200))
    assert len(held[0].samples) == 3
    assert words == "the lowest rows"


def test_a_strip_is_as_high_as_a_patch() -> None:
    training, held, _ = split([region(0, 1, 40, 50)], 16, 0.1)
    assert (training[0].rows, held[0].rows) == (range(24), range(24, 40))


def test_small_planes_of_a_stack_are_held_out_as_a_whole() -> None:
    training, held, words = split([region(0, 100, 28, 28)], 28, 0.1)
    assert len(held[0].samples) == 10
    assert len(training[0].samples) == 90
    assert words == "10 planes"


def test_a_single_small_plane_is_not_split() -> None:
    training, held, words = split([region(0, 1, 28, 28)], 28, 0.1)
    assert (training, words) == (held, "")


def test_drawing_is_uniform_over_places() -> None:
    """9 places in one image, 2 planes of 3 places in the other: 15 in all."""
    chosen = Regions([region(0, 1, 10, 10), region(1, 2, 8, 10), region(2, 1, 7, 9)], 8)
    rng = np.random.default_rng(0)
    found = [chosen.draw(rng) for _ in range(6000)]
    places, counts = np.unique(
        [(p.image, p.sample, p.y, p.x) for p in found], axis=0, return_counts=True
    )
    assert len(places) == 15
    # Chi squared with 14 degrees of freedom: mean 14, standard deviation 5.3.
    assert ((counts - 400) ** 2 / 400).sum() < 35


@given(regions, st.integers(0, 2**32))
def test_patches_lie_inside(whole: list[Region], seed: int) -> None:
    chosen = Regions(whole, 16)
    place = chosen.draw(np.random.default_rng(seed))
    drawn = whole[place.image]
    assert place.sample in drawn.samples
    assert 0 <= place.y <= len(drawn.rows) - 16
    assert 0 <= place.x <= drawn.width - 16


def test_area() -> None:
    assert Regions([region(0, 2, 20, 30), region(1, 1, 5, 90)], 16).pixels == 1200
    assert region(0, 2, 20, 30).places(16) == pytest.approx(2 * 5 * 15)


def test_where_strips_would_take_half_a_whole_image_is_held_out() -> None:
    _, held, words = split([region(i, 1, 40, 40) for i in range(5)], 16, 0.1)
    assert [r.image for r in held] == [2]
    assert words == "1 of 5 images"


def test_low_images_beside_high_ones_are_trained_on() -> None:
    training, held, _ = split([region(0, 1, 100, 40), region(1, 1, 20, 40)], 16, 0.1)
    assert [(r.image, r.rows) for r in held] == [(0, range(84, 100))]
    assert [(r.image, r.rows) for r in training] == [(0, range(84)), (1, range(20))]


def test_there_is_another_strip_to_try() -> None:
    words = [part.words for part in splits([region(0, 1, 100, 40)], 16, 0.1)]
    assert words[:2] == ["the lowest rows", "the uppermost rows"]
    assert words[-1] == ""

"""Levels at which a prior agrees with what it takes out, from ratios that are known."""

from __future__ import annotations

import math

import pytest

from napari_flowprior.restoration.noise import Answer, Response

LEVELS = (0.5, 1.0, 2.0, 4.0, 8.0)
GREY_LEVEL = 5 / 255


def response(
    level: float, white: float = 1.0, fine: float = 1.0, channels: int = 1
) -> Response:
    """Answer ratios of ``level / told``, of white noise and in all of fine parts."""
    answers = tuple(
        Answer(
            told,
            0.5,
            1.0,
            white=white * level / told,
            total=level / told,
            fine=fine * level / told,
        )
        for told in LEVELS
    )
    return Response(answers, channels, GREY_LEVEL)


@pytest.mark.parametrize("level", [0.8, 1.0, 3.0])
def test_the_level_is_where_the_ratio_is_one(level: float) -> None:
    found = response(level).agreements
    assert found.white_crossing == pytest.approx(level)
    # In all, a little more is taken out than bands of frequency explain.
    assert found.crossing == pytest.approx(level / 1.08)


def test_the_highest_level_counts() -> None:
    ratios = (1.5, 0.7, 1.6, 0.4, 0.2)
    answers = tuple(
        Answer(told, 0.5, 1.0, white=ratio, total=ratio, fine=ratio)
        for told, ratio in zip(LEVELS, ratios, strict=True)
    )
    crossing = Response(answers, 1, GREY_LEVEL).agreements.white_crossing
    assert crossing == pytest.approx(2 * 2 ** (math.log(1.6) / math.log(4)))


def test_no_noise_is_none() -> None:
    found = response(0.4).agreements
    assert (found.crossing, found.white_crossing, found.sure) == (0, 0, 0)
    assert found.fine == 1
    assert found.deny(2.0)


def test_what_cannot_be_seen_is_none() -> None:
    answers = response(1.0).answers
    assert Response(answers, 1, 1 / 255).agreements.crossing == 0


def test_white_noise_stronger_than_the_finest_scale_is_not_believed() -> None:
    assert response(3.0).agreements.sure == 0
    assert response(3.0, white=0.9, fine=0.1).agreements.sure == 1
    assert response(1.0).agreements.sure == 1


def test_texture_of_which_much_is_fine_is_not_believed() -> None:
    assert response(3.0, white=0.55, fine=0.4).agreements.sure == 0
    assert response(3.0, white=0.55, fine=0.1).agreements.sure > 0.9


def test_colours_are_not_denied_noise() -> None:
    """They share it, and less is taken out than should be."""
    assert not response(0.4, channels=3).agreements.deny(2.0)


def test_nothing_is_known_without_answers() -> None:
    found = Response().agreements
    assert (found.crossing, found.sure, found.fine) == (0, 0, 1)
    assert not found.deny(2.0)


def test_white_noise_has_the_level_at_which_the_ratio_of_white_noise_is_one() -> None:
    found = response(0.8).level
    assert not found.correlated
    assert found.ratio == pytest.approx(0.8)


def test_noise_that_is_stronger_than_the_finest_scale_says_is_correlated() -> None:
    found = response(3.0, white=0.8, fine=0.5).level
    assert found.correlated
    assert found.ratio == pytest.approx(3 / 1.08, rel=0.01)


def test_without_an_answer_the_finest_scale_is_taken_for_noise() -> None:
    assert Response().level == (1.0, False)

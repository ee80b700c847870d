"""Levels at which a prior agrees with what it takes out, from ratios that are known."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from napari_flowprior.restoration.noise import Answer, Response

LEVELS = (0.5, 1.0, 2.0, 4.0, 8.0)
GREY_LEVEL = 5 / 255


def response(
    level: float,
    white: float = 1.0,
    fine: float = 1.0,
    typical: float = 1.0,
    calmest: float = 10.0,
    channels: int = 1,
) -> Response:
    """Answer ratios of ``level / told``, of white noise and in all of fine parts.

    Of the median window as much of the level is taken out as is typical.
    """
    answers = tuple(
        Answer(
            told,
            0.5,
            1.0,
            white=white * level / told,
            total=level / told,
            fine=fine * level / told,
            typical=typical,
            most=1.1,
        )
        for told in LEVELS
    )
    return Response(answers, channels, GREY_LEVEL, calmest=calmest)


@pytest.mark.parametrize("level", [0.8, 1.0, 3.0])
def test_the_level_is_where_the_ratio_is_one(level: float) -> None:
    found = response(level).agreements
    assert found.white_crossing == pytest.approx(level)
    # In all, a little less is taken out than bands of frequency explain.
    assert found.crossing == pytest.approx(level / 0.95)


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
    assert response(0.4).level == (0, False, False)


def test_what_cannot_be_seen_is_none() -> None:
    answers = response(1.0).answers
    assert Response(answers, 1, 1 / 255).agreements.crossing == 0


def test_noise_is_taken_out_of_all_windows_and_texture_is_not() -> None:
    assert response(1.0).agreements.sure == 1
    assert response(1.0, typical=0.5).agreements.sure == 0
    assert response(3.0, white=0.9, fine=0.1).agreements.sure == 1


def test_noise_is_in_all_windows() -> None:
    """One that varies by less than half the level has no noise of that level."""
    assert response(2.0, calmest=2.0).agreements.sure == 1
    assert response(2.0, calmest=0.7).agreements.sure == 0


def test_finest_part_of_noise_is_no_stronger_than_the_finest_scale() -> None:
    """That of chequers is, which estimates of noise leave out."""
    assert response(2.0).agreements.sure == 1
    assert response(4.0).agreements.sure == 0
    assert response(4.0, fine=0.5).agreements.sure > 0


def test_texture_is_left_alone() -> None:
    assert response(3.0, typical=0.4).level == (0, False, False)


def test_nothing_is_known_without_answers() -> None:
    found = Response().agreements
    assert (found.crossing, found.sure, found.fine) == (0, 0, 1)


def test_white_noise_has_the_level_at_which_the_ratio_of_white_noise_is_one() -> None:
    found = response(0.8).level
    assert not found.correlated
    assert found.ratio == pytest.approx(0.8)


def test_noise_that_is_stronger_than_the_finest_scale_says_is_correlated() -> None:
    found = response(3.0, white=0.8, fine=0.5).level
    assert found.correlated
    assert found.ratio == pytest.approx(3)


def test_without_an_answer_the_finest_scale_is_taken_for_noise() -> None:
    assert Response().level == (1.0, False, True)


def camera(fine: float, ratio: float, base: float = GREY_LEVEL) -> Response:
    """Return answers that stand out at a ratio to the finest scale, and never agree."""
    shares = (0.2, 0.25, 0.4, 0.7, 0.3)
    answers = tuple(
        Answer(told, share, 1.1, white=0.4, total=0.7, fine=0.7 * fine)
        for told, share in zip((0.25, 0.5, 1.0, ratio, 2 * ratio), shares, strict=True)
    )
    return Response(answers, 3, base, calmest=10.0)


def test_noise_of_a_camera_is_coarse_and_texture_in_colour_is_not() -> None:
    """Colours of a camera share noise, of which less is taken out than should be."""
    assert camera(0.2, 4.0).level.correlated
    assert camera(0.6, 4.0).level.ratio == 0
    assert camera(0.2, 1.5).level.ratio == 0


def test_noise_of_a_camera_is_not_as_strong_as_a_texture() -> None:
    assert camera(0.2, 4.0, base=5 / 255).level.correlated
    assert camera(0.2, 4.0, base=10 / 255).level.ratio == 0


def test_small_images_are_doubted() -> None:
    found = response(3.0)
    small, large = (replace(found, pixels=side**2) for side in (48, 160))
    assert large.agreements.odds == found.agreements.odds
    assert small.agreements.odds < found.agreements.odds - 2


def test_next_to_nothing_tells_no_more_than_little() -> None:
    """Nothing of blurred texture is fine."""
    answers = response(3.0).answers
    less = tuple(replace_ratios(each, 0.1) for each in answers)
    least = tuple(replace_ratios(each, 0.01) for each in answers)
    odds = [Response(x, 1, GREY_LEVEL).agreements.odds for x in (less, least)]
    assert odds[0] == pytest.approx(odds[1])


def replace_ratios(answer: Answer, fine: float) -> Answer:
    return answer._replace(fine=fine * answer.total)


def test_noise_is_as_strong_as_the_finest_scale_says() -> None:
    assert response(1.0).confirms()
    assert not response(3.0).confirms()
    assert not response(1.0, typical=0.5).confirms()
    assert not response(1.0).confirms(odds=9.0)

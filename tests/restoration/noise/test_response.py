"""How strong noise is, by the answers of a prior."""

from __future__ import annotations

import numpy as np
import pytest
from doubles import MEAN, GaussianPrior
from draining import drain

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import (
    Anscombe,
    Answer,
    Response,
    find_response,
    finest_level,
)

RNG = np.random.default_rng(0)
LEVELS = (0.25, 0.5, 0.71, 1.0, 1.41, 2.0, 4.0)


class AskedPrior(GaussianPrior):
    """One that says it has a network, and keeps what it is asked."""

    def __init__(self, spread: float) -> None:
        super().__init__(spread)
        self.asked: list[float] = []

    @property
    def has_score_network(self) -> bool:
        return True

    def denoise(self, batch, sigma, clipped=(False, False)):  # type: ignore[no-untyped-def]
        self.asked.append(float(sigma))
        share = sigma**2 / (self.spread**2 + sigma**2)
        return batch + share * (MEAN - batch)


def noise(scale: float = 0.1, side: int = 128) -> np.ndarray:
    return np.clip(RNG.normal(MEAN, scale, (side, side)), 0, 1)


def response(
    *shares: float, unlike: float = 1.05, channels: int = 1, flattest: float = 0.0
) -> Response:
    answers = (Answer(*each, unlike) for each in zip(LEVELS, shares, strict=True))
    return Response(tuple(answers), channels, flattest=flattest)


def test_flat_windows_say_how_strong_noise_of_wide_correlation_is() -> None:
    """Told of less, a prior takes out nearly as much of it."""
    shares = (0.2, 0.3, 0.5, 0.8, 0.9, 0.7, 0.3)
    known, flat, textured = (response(*shares, flattest=f) for f in (0.0, 1.6, 9.0))
    assert flat.strongest.loudness == pytest.approx(1.05 * (0.7 * 2.0 * 1.6) ** 0.5)
    assert (
        textured.strongest.loudness
        == known.strongest.loudness
        < flat.strongest.loudness
    )


def test_shares_in_closed_form() -> None:
    """Of N(m, s^2) a level L takes out L^2 / (s^2 + L^2), which is most at L = s."""
    spread = 0.1
    view = PlaneView(noise(spread), "YX")
    prior = AskedPrior(spread)
    found = drain(find_response(view, prior))
    base = finest_level(view)
    answers = np.array([(a.level, a.share) for a in found.answers])
    level = answers[:, 0] * base
    expected = level / (spread**2 + level**2)
    ratio = answers[:, 1] / expected
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)
    # The flattest fifth of the windows vary a little less than the others.
    assert ratio[0] == pytest.approx(spread, rel=0.08)
    assert found.strongest.answer.level == pytest.approx(1.0)
    assert len(set(prior.asked)) == len(prior.asked)


def test_white_noise_is_trusted_and_texture_is_not() -> None:
    assert response(0.4, 0.6, 0.8, 0.8, 0.7, 0.5, 0.3).trust == 1
    assert response(0.4, 0.45, 0.48, 0.5, 0.5, 0.49, 0.4).trust == 0
    # Of a share that is small nothing can be said.
    assert response(0.2, 0.2, 0.2, 0.2, 0.15, 0.12, 0.1).trust == 0


def test_correlated_noise_answers_at_a_higher_level() -> None:
    found = response(0.3, 0.3, 0.33, 0.4, 0.6, 0.8, 0.4)
    assert found.strongest.peak == 0.8
    assert 1.8 < found.excess < 2.6


def test_no_excess_without_a_peak() -> None:
    rising = response(0.3, 0.33, 0.36, 0.4, 0.45, 0.5, 0.55)
    assert (rising.strongest.peak, rising.excess) == (0, 1)
    level = response(0.5, 0.5, 0.5, 0.51, 0.52, 0.53, 0.5)
    assert (level.strongest.peak, level.excess) == (0, 1)


def test_priors_that_answer_nothing_at_some_level_have_a_peak_nevertheless() -> None:
    shares = [0.3, 0.3, 0.33, 0.4, 0.6, 0.8, 0.4]
    for place in (4, 6):
        changed = response(*shares[:place], 0.0, *shares[place + 1 :])
        assert (
            0.5 < changed.strongest.loudness / response(*shares).strongest.loudness < 2
        )


def test_two_values_are_no_noise() -> None:
    answers = response(0.3, 0.3, 0.33, 0.4, 0.6, 0.8, 0.4).answers
    drawn = tuple(answer._replace(normal=0.2) for answer in answers)
    assert Response(drawn).excess == 1


def test_noise_of_the_finest_scale_is_a_little_stronger_at_most() -> None:
    found = response(0.1, 0.3, 0.5, 0.7, 0.75, 0.8, 0.9)
    top = Answer(5.66, 0.95, 1.05), Answer(11.3, 0.5, 1.05)
    assert found.trust == 1
    assert Response((*found.answers, *top)).excess <= 2


def test_weak_noise_in_grey_may_be_the_grain_of_paper() -> None:
    shares = 0.3, 0.3, 0.33, 0.4, 0.6, 0.8, 0.4
    answers = response(*shares).answers
    assert Response(answers, 1, base=1 / 255).excess == 1
    assert Response(answers, 1, base=10 / 255).excess > 1.8
    assert Response(answers, 3, base=1 / 255).excess > 1.8


def test_unlike_windows_lower_the_excess() -> None:
    shares = 0.2, 0.2, 0.22, 0.25, 0.35, 0.5, 0.3
    alike, unlike = (response(*shares, unlike=u).excess for u in (1.1, 1.16))
    assert 1 < unlike < alike
    assert response(*shares, unlike=1.3).excess == 1


def test_constant_areas_do_not_count() -> None:
    padded = np.zeros((256, 256))
    padded[:128, :128] = noise()
    found = drain(find_response(PlaneView(padded, "YX"), AskedPrior(0.1)))
    alone = drain(find_response(PlaneView(padded[:128, :128], "YX"), AskedPrior(0.1)))
    assert found.strongest.answer.share == pytest.approx(
        alone.strongest.answer.share, rel=0.1
    )


def test_little_is_asked_where_it_is_not_worth_it() -> None:
    prior = AskedPrior(0.01)
    curve = Anscombe(gain=0.001, read_noise=0.1)
    view = PlaneView(noise(0.3), "YX")
    found = drain(find_response(view, prior, curve, least_trust=0.75))
    assert found.trust >= 0.75 or len(prior.asked) == 2


def test_no_more_is_asked_than_is_enough() -> None:
    """How sure it is does not change with further answers."""
    view = PlaneView(noise(), "YX")
    few, many = AskedPrior(0.1), AskedPrior(0.1)
    found = drain(find_response(view, few, enough_trust=0.0))
    assert len(few.asked) == 2
    assert found.trust == drain(find_response(view, many)).trust
    assert len(many.asked) > 2


@pytest.mark.parametrize("image", [np.zeros((64, 64)), np.ones((8, 8))])
def test_nothing_to_ask(image: np.ndarray) -> None:
    assert drain(find_response(PlaneView(image, "YX"), AskedPrior(0.1))) == Response()


def test_priors_without_a_network_are_not_asked() -> None:
    found = drain(find_response(PlaneView(noise(), "YX"), GaussianPrior()))
    assert found == Response()
    assert found.trust == 1

"""Arrays as nobody expects them, in every way; `benchmarks/stress` has more."""

from __future__ import annotations

import numpy as np
import pytest
from _arrays import drawn
from hypothesis import given, note, settings
from hypothesis import strategies as st
from images import WAYS, answered, held, outcome, small_prior

from napari_flowprior.restoration import Downsample, Noise


@pytest.mark.slow
@settings(max_examples=150)
@given(
    data=st.data(),
    seed=st.integers(0, 2**32),
    way=st.sampled_from(WAYS),
    channels=st.sampled_from([1, 1, 1, 3]),
    wild=st.sampled_from([0, 0, 0, 1, 2, 3]),
)
def test_each_is_restored_or_refused_in_a_sentence(
    data: st.DataObject, seed: int, way: int, channels: int, wild: int
) -> None:
    case = drawn(lambda options: data.draw(st.sampled_from(options)), seed)
    note(case.story)
    prior = small_prior(channels, wild)
    assert outcome(case.array, way, prior) in ("restored", "refused")


def test_wrong_answers_are_noticed() -> None:
    image = np.zeros((4, 4), np.float32)
    assert answered(image, image, Noise()) == "restored"
    assert answered(image + np.inf, image, Noise()) == "answers values not finite"
    assert "float64" in answered(image.astype(float), image, Noise())
    assert "(2, 8)" in answered(image.reshape(2, 8), image, Noise())
    assert "(4, 4)" in answered(image, image, Downsample(factor=2))


def test_changes_of_the_input_are_noticed() -> None:
    image = np.zeros((4, 4))
    before = held(image)
    image[0, 0] = 1
    assert held(image) != before
    image[0, 0] = 0
    assert held(image) == before
    image.flags.writeable = False
    assert held(image) != before

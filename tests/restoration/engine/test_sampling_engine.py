"""Moments of samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_flowprior._errors import InputError
from napari_flowprior.restoration import PosteriorResult
from napari_flowprior.restoration.engine._sampling_engine import Moments


@given(
    values=arrays(
        np.float64, st.tuples(st.integers(2, 9), st.just(4)), elements=st.floats(-9, 9)
    )
)
def test_moments(values: np.ndarray) -> None:
    moments = Moments()
    for each in values:
        moments.add(each)
    assert moments.number == len(values)
    np.testing.assert_allclose(moments.mean, values.mean(0), atol=1e-12)
    np.testing.assert_allclose(moments.std, values.std(0, ddof=1), atol=1e-7)


def test_margin_is_of_student() -> None:
    def result(source: str, widening: float) -> PosteriorResult:
        story = {
            "estimator": {"samples": 8},
            "mean": source,
            "widening": widening,
        }
        one = np.ones((1, 1), np.float32)
        return PosteriorResult(mean=one, std=one, provenance=story)

    least = result("of the denoiser", 1.0).margin(0.9)
    assert least[0, 0] == pytest.approx(1.8946, abs=1e-4)
    wider = result("of samples", 1.9).margin(0.9)
    expected = 1.9 * 1.8946 * (9 / 8) ** 0.5
    assert wider[0, 0] == pytest.approx(expected, abs=1e-4)
    for share in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="coverage is"):
            result("of samples", 1.0).margin(share)

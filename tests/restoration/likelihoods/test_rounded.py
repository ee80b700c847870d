"""The data term of images that were rounded."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior.restoration import GaussianLikelihood
from napari_flowprior.restoration.likelihoods import RoundedLikelihood
from napari_flowprior.restoration.operators import Identity


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), sigma=st.floats(1e-3, 0.5))
def test_projection(seed: int, sigma: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, 1, 1, 9, 9, generator=generator, dtype=torch.float64)
    likelihood = RoundedLikelihood(y[None], Identity(), sigma)
    once = likelihood.prox(x[None], 1.0)
    half = sigma / 0.72
    assert ((once - y).abs() <= half * (1 + 1e-12)).all()
    torch.testing.assert_close(likelihood.prox(once, 0.1), once, rtol=0, atol=0)
    torch.testing.assert_close(likelihood.finish(once), once, rtol=0, atol=0)
    inside = (x - y).abs() < half
    torch.testing.assert_close(once[0][inside], x[inside], rtol=0, atol=0)
    assert isinstance(likelihood, GaussianLikelihood)

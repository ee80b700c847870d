"""What cannot be noise is not taken out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from napari_flowprior import FlowPrior, restore
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import GaussianLikelihood, Noise
from napari_flowprior.restoration.engine._trust import Trust
from napari_flowprior.restoration.operators import Identity

_SIGMA = 0.01


class _Answering:
    """A denoiser that takes out all that is noise, and `more` of what is not."""

    sigma_max = 1.0

    def __init__(self, clean: torch.Tensor, more: torch.Tensor) -> None:
        self.clean, self.more = clean, more

    def denoise(self, x: torch.Tensor, sigma: float, clipped: object) -> torch.Tensor:
        return (self.clean + self.more).expand_as(x)


def _detailed(side: int = 64) -> torch.Tensor:
    """Chequers: all detail, and no noise."""
    return 0.2 + 0.4 * (torch.ones(1, 1, side, side).nonzero().sum(1) % 2).view(
        1, 1, side, side
    )


def _case(more: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, Trust]:
    rng = np.random.default_rng(0)
    clean = _detailed()
    noise = _SIGMA * torch.from_numpy(rng.standard_normal(clean.shape))
    wrong = more * _SIGMA * torch.from_numpy(rng.standard_normal(clean.shape))
    y = clean + noise
    view = PlaneView(255 * y[0, 0].numpy(), "YX")
    return clean, y, wrong, Trust(view, 255 * _SIGMA)


def _limited(more: float) -> tuple[float, float]:
    """Return the errors of an estimate and of what is left of it, in sigma."""
    clean, y, wrong, trust = _case(more)
    prior = _Answering(clean, wrong)
    likelihood = GaussianLikelihood(y, Identity(), _SIGMA)
    made = clean + wrong
    limited = trust.limit(prior, likelihood, made)
    before, after = (
        (each - clean).square().mean().sqrt() / _SIGMA for each in (made, limited)
    )
    return float(before), float(after)


@pytest.mark.parametrize("more", [1.0, 2.0, 4.0])
def test_of_a_wrong_answer_as_much_counts_as_is_best(more: float) -> None:
    # Of y - n + d, of which d has nothing to do with n, the best share is
    # 1 / (1 + d^2), and 1.25 of that is taken.
    weight = 1.25 / (1 + more**2)
    expected = math.hypot(1 - weight, weight * more)
    before, after = _limited(more)
    assert before > 0.95 * more
    assert after == pytest.approx(expected, rel=0.1)
    assert after < 1


def test_stronger_noise_than_is_told_is_still_taken_out() -> None:
    # Where an image itself shows it: a photograph whose noise is 1.5 times as told.
    clean = data.camera()[200:328, 100:228].astype(np.float32)
    noisy = clean + np.random.default_rng(0).normal(0, 15, clean.shape)
    prior = FlowPrior.load("photo-gray")
    with pytest.warns(UserWarning, match="more noise than the stated"):
        out = restore(noisy, prior=prior, degradation=Noise(sigma=10), device="cpu")
    assert np.sqrt(((out - clean) ** 2).mean()) < 8


@pytest.mark.parametrize("sigma", [2.0, 3.0])
@pytest.mark.filterwarnings("ignore:There is")
def test_dots_of_a_dithered_picture_are_kept(sigma: float) -> None:
    rows, columns = np.mgrid[:96, :96] / 96
    hues = np.stack([columns, np.full_like(rows, 0.8), 1 - 0.6 * rows], axis=2)
    image = Image.fromarray((255 * hues).astype(np.uint8), "HSV").convert("RGB")
    palette = image.convert("P", palette=Image.Palette.WEB)
    clean = np.asarray(palette.convert("RGB")).astype(np.float64)
    noisy = clean + np.random.default_rng(0).normal(0, sigma, clean.shape)
    prior = FlowPrior.load("photo-rgb")
    degradation = Noise(sigma=sigma)
    out = restore(noisy, prior=prior, degradation=degradation, axes="YXS", device="cpu")
    assert np.sqrt(((out - clean) ** 2).mean()) < 1.02 * sigma

"""Whether a denoiser that is told a noise level agrees with what it takes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior.priors import FlowPrior

__all__ = ["OPPONENT", "Agreement", "agreement"]

# Ends of bands of spatial frequency, in cycles per pixel.
_BANDS = np.array([0.03, 0.06, 0.1, 0.15, 0.22, 0.3, 0.4])
# How many of them are the finest.
_FINE = 2
# Added noise, relative to the level.
_PROBE = 0.1
# The least share of a band that a denoiser is taken to hold for noise.
_LEAST = 0.05
OPPONENT = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]])
"""Colours as their sum and two differences, between which noise differs."""


class Agreement(NamedTuple):
    """What a denoiser takes out, relative to what it should, at a noise level.

    Attributes
    ----------
    change : Tensor, shape (B, C, H, W)
        What it takes out.
    white : float
        Mean square of it, relative to that for white noise of the level.
    total : float
        Variance of the noise, added up over bands of frequency, relative to that of
        the level.
    fine : float
        The same of the finest bands only, 1 for white noise.
    """

    change: Tensor
    white: float
    total: float
    fine: float


def agreement(prior: FlowPrior, batch: Tensor, level: float) -> Agreement:
    """Compare what a denoiser takes out with what it should.

    Of a posterior mean D, what is taken out, ``r = y - D(y)``, is orthogonal to the
    error that is left, so that ``E[r^2] = E[r n]`` for the noise n. By Stein's lemma
    the latter is ``s^2 (1 - div D / N)`` for white noise of standard deviation s, and
    in a band of frequency of variance v about ``v (1 - J)``, where J is the share of
    the band that D lets through. J is found by a little more noise. So at the level of
    the noise both ratios are 1; above it they are less, and less at all levels if there
    is none. The second holds for noise of any spectrum.

    Parameters
    ----------
    prior : FlowPrior
        The denoiser.
    batch : Tensor, shape (B, C, H, W)
        Images, normalised.
    level : float
        What it is told.

    Returns
    -------
    Agreement
        The ratios, over all images.

    References
    ----------
    Stein, *Estimation of the mean of a multivariate normal distribution* (1981).

    Examples
    --------
    >>> import torch
    >>> from napari_flowprior import FlowPrior
    >>> from napari_flowprior.restoration.noise import agreement
    >>> noise = torch.randn(2, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    >>> found = agreement(FlowPrior.load("photo-gray"), 0.5 + 0.1 * noise, 0.1)
    >>> abs(found.white - 1) < 0.1
    True
    """
    noise = torch.from_numpy(np.random.default_rng(0).standard_normal(batch.shape))
    noise = noise.to(batch)
    added = _PROBE * level
    answers = prior.denoise(torch.cat([batch, batch + added * noise]), level)
    first, second = answers.chunk(2)
    change = batch - first
    drawn, removed = _seen(noise), _seen(change)
    added_power = _powers(drawn, drawn)
    passed_power = _powers(_seen((second - first) / added), drawn)
    share = passed_power.sum() / added_power.sum()
    # Small images have nothing in some of the bands.
    held = added_power > 0
    through = np.divide(
        passed_power, added_power, np.zeros_like(added_power), where=held
    )
    power = _powers(removed, removed)
    noisy = power / (1 - through).clip(min=_LEAST)
    expected = level**2 * batch.shape[1]
    # Of white noise, each band has what the noise has that was drawn.
    finest = added_power[:, -_FINE:].sum() / added_power.sum()
    return Agreement(
        change,
        float(power.sum() / (expected * max(1 - share, _LEAST))),
        float(noisy.sum() / expected),
        float(noisy[:, -_FINE:].sum() / (finest * expected)),
    )


def _seen(images: Tensor) -> NDArray[np.float64]:
    """Return images, of colours their sum and differences, in NumPy."""
    array: NDArray[np.float64] = images.cpu().double().numpy()
    if array.shape[1] != len(OPPONENT):
        return array
    opponent: NDArray[np.float64] = np.einsum("ij,njhw->nihw", OPPONENT, array)
    return opponent


def _powers(
    one: NDArray[np.float64], other: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean product of images by channel and band, (C, K)."""
    height, width = one.shape[-2:]
    window = np.hanning(height + 2)[1:-1, None] * np.hanning(width + 2)[1:-1]
    window /= np.sqrt((window**2).mean())
    spectra = (np.fft.fft2(each * window) for each in (one, other))
    product = np.multiply(next(spectra), next(spectra).conj()).real.mean(0)
    product /= (height * width) ** 2
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    band = np.digitize(frequency, _BANDS).ravel()
    return np.stack(
        [np.bincount(band, each.ravel(), len(_BANDS) + 1) for each in product]
    )

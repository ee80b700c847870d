"""Whether an image is sharper than its point spread function lets it be."""

from __future__ import annotations

import math
from itertools import pairwise, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sharpness", "find_sharpness", "has_zeros", "narrowed"]

# Bands of frequency, and groups in each of what the PSF lets through.
_BANDS, _GROUPS, _LEAST = 12, 4, 12
_FEWEST_GROUPS = 6
# A PSF that lets everything pass alike tells nothing; logarithm of power.
_LEAST_RANGE = 0.5
# The share of groups that are the quietest.
_QUIETEST = 0.1
# Power spectra of scenes fall with the square of the frequency, more or less.
_SLOPE, _SLOPE_WEIGHT = -2.0, 3.0
_FAINTEST = 1e-12
# Variance that bilinear weights add, pixels squared.
_WIDENED = 1 / 6


class Sharpness(NamedTuple):
    """By what power of the transfer function an image was blurred.

    Attributes
    ----------
    power : float
        1 if the PSF fits, 0 if the image is sharp; for Gaussians, the square of the
        width relative to that of the PSF.
    error : float
        Its standard deviation; infinite where the image does not tell.
    noise : float
        Standard deviation of the noise: what is told, or more if there is more at all
        frequencies.
    """

    power: float
    error: float
    noise: float


def find_sharpness(
    y: NDArray[np.float64],
    psf: NDArray[np.float64],
    sigma: float,
    *,
    photons: bool = False,
) -> Sharpness:
    """Fit the power spectrum ``c f^a |H|^(2 p) + sigma^2`` to an image.

    f is the frequency, H the transfer function and p what is sought. By least squares
    of logarithms, over groups of frequencies at which there is more than noise.

    Parameters
    ----------
    y : ndarray
        The image, (Y, X), or windows of it, (N, Y, X), whose spectra are averaged.
    psf : ndarray
        Point spread function of sum 1, (Y, X).
    sigma : float
        Standard deviation of the noise.
    photons : bool
        Whether there may be more noise than that: it is at least what is left at the
        quietest frequencies.

    Returns
    -------
    Sharpness
        The power p, its standard deviation, and the noise.

    References
    ----------
    Field, *Relations between the statistics of natural images and the response
    properties of cortical cells* (1987) for spectra of scenes.
    """
    if min(y.shape[-2:]) < max(16, *psf.shape):
        return Sharpness(1.0, math.inf, sigma)
    groups = _groups(*_spectra(y, psf))
    noise = sigma**2
    if photons:
        noise = max(noise, float(np.quantile(groups[:, 2], _QUIETEST)))
    groups = groups[groups[:, 2] > 2 * noise + _FAINTEST]
    if len(groups) < _FEWEST_GROUPS or np.ptp(groups[:, 1]) < _LEAST_RANGE:
        return Sharpness(1.0, math.inf, math.sqrt(noise))
    frequency, transfer, power, count = groups.T
    weight = np.sqrt(np.minimum(count, 40.0))
    terms = np.stack([np.ones_like(frequency), frequency, transfer], 1)
    rows = np.vstack([terms * weight[:, None], [0, _SLOPE_WEIGHT, 0]])
    wanted = np.append(np.log(power - noise) * weight, _SLOPE * _SLOPE_WEIGHT)
    found = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    variance = np.square(wanted - rows @ found).sum() / (len(groups) - 2)
    spread = np.linalg.pinv(rows.T @ rows)[2, 2] * variance
    return Sharpness(float(found[2]), float(np.sqrt(spread)), math.sqrt(noise))


def has_zeros(psf: NDArray[np.float64]) -> bool:
    """Tell whether a transfer function changes its sign, or is not real.

    Parameters
    ----------
    psf : ndarray
        Point spread function of odd sides and sum 1, (Y, X).

    Returns
    -------
    bool
        False for Gaussians and their like.
    """
    spectrum = np.fft.fft2(np.fft.ifftshift(np.pad(psf, max(psf.shape))))
    return bool(np.abs(spectrum.imag).max() > 1e-3 or spectrum.real.min() < -1e-2)


def narrowed(psf: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Return a narrower copy of a PSF, as wide as a power of a Gaussian is.

    The light of each pixel moves towards the centre and falls on four pixels.

    Parameters
    ----------
    psf : ndarray
        Point spread function of odd sides and sum 1, (Y, X).
    power : float
        From 0, a point, to 1: the variance relative to that of `psf`.

    Returns
    -------
    ndarray
        Shape of `psf`, sum 1.
    """
    rows, columns = np.indices(psf.shape)
    centre = psf.shape[0] // 2, psf.shape[1] // 2
    places = rows - centre[0], columns - centre[1]
    variance = float((psf * (places[0] ** 2 + places[1] ** 2)).sum()) / 2
    # To fall on pixels makes it wider again.
    scale = math.sqrt(max(power - _WIDENED / max(variance, _FAINTEST), 0.0))
    narrow = np.zeros(psf.shape)
    for far in product((0, 1), repeat=2):
        ends, share = [], psf
        for place, middle, more in zip(places, centre, far, strict=True):
            low = np.floor(scale * place)
            part = scale * place - low
            share = share * (part if more else 1 - part)
            ends.append((low + middle + more).astype(int).clip(0, 2 * middle))
        np.add.at(narrow, tuple(ends), share)
    return narrow


def _spectra(
    y: NDArray[np.float64], psf: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Return logarithms of frequency and transfer, and the power per pixel."""
    height, width = y.shape[-2:]
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    windows = y.reshape(-1, height, width)
    spectrum = np.zeros((height, width // 2 + 1))
    for part in windows:
        level = (part * window).sum() / window.sum()
        power = np.abs(np.fft.rfft2((part - level) * window)) ** 2
        spectrum += power / ((window**2).sum() * len(windows))
    transfer = np.abs(np.fft.rfft2(psf, s=(height, width))) ** 2
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    used = frequency > 2.5 / min(height, width)
    faint = transfer[used].clip(_FAINTEST)
    return np.log(frequency[used]), np.log(faint), spectrum[used]


def _groups(
    frequency: NDArray[np.float64],
    transfer: NDArray[np.float64],
    power: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Average over frequencies of alike transfer: rows of three means and a count."""
    edges = np.linspace(frequency.min(), frequency.max() + 1e-9, _BANDS + 1)
    rows = []
    for low, high in pairwise(edges):
        band = np.flatnonzero((frequency >= low) & (frequency < high))
        number = max(1, min(_GROUPS, len(band) // _LEAST))
        for part in np.array_split(band[np.argsort(transfer[band])], number):
            if len(part) >= _LEAST // 2:
                passed = np.log(np.exp(transfer[part]).mean())
                mean = frequency[part].mean(), passed, power[part].mean(), len(part)
                rows.append(mean)
    return np.array(rows)

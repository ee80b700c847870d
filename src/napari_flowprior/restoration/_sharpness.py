"""Whether an image is sharper than its point spread function lets it be."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sharpness", "find_sharpness", "narrowed"]

# Bands of frequency, and groups in each of what the PSF lets through.
_BANDS, _GROUPS, _LEAST = 12, 4, 12
_FEWEST_GROUPS = 6
# Power spectra of scenes fall with the square of the frequency, more or less.
_SLOPE, _SLOPE_WEIGHT = -2.0, 3.0
_FAINTEST = 1e-12


class Sharpness(NamedTuple):
    """By what power of the transfer function an image was blurred.

    Attributes
    ----------
    power : float
        1 if the PSF fits, 0 if the image is sharp; for Gaussians, the square of the
        width relative to that of the PSF.
    error : float
        Its standard deviation; infinite where the image does not tell.
    """

    power: float
    error: float


def find_sharpness(
    y: NDArray[np.float64], psf: NDArray[np.float64], sigma: float
) -> Sharpness:
    """Fit the power spectrum ``c f^a |H|^(2 p) + sigma^2`` to an image.

    f is the frequency, H the transfer function and p what is sought. By least squares
    of logarithms, over groups of frequencies at which there is more than noise.

    Parameters
    ----------
    y : ndarray
        The image, (Y, X).
    psf : ndarray
        Point spread function of sum 1, (Y, X).
    sigma : float
        Standard deviation of the noise.

    Returns
    -------
    Sharpness
        The power p and its standard deviation.

    References
    ----------
    Field, *Relations between the statistics of natural images and the response
    properties of cortical cells* (1987) for spectra of scenes.
    """
    if min(y.shape) < max(16, *psf.shape):
        return Sharpness(1.0, math.inf)
    groups = _groups(*_spectra(y, psf))
    groups = groups[groups[:, 2] > 2 * sigma**2 + _FAINTEST]
    if len(groups) < _FEWEST_GROUPS:
        return Sharpness(1.0, math.inf)
    frequency, transfer, power, count = groups.T
    weight = np.sqrt(np.minimum(count, 40.0))
    terms = np.stack([np.ones_like(frequency), frequency, transfer], 1)
    rows = np.vstack([terms * weight[:, None], [0, _SLOPE_WEIGHT, 0]])
    wanted = np.append(np.log(power - sigma**2) * weight, _SLOPE * _SLOPE_WEIGHT)
    found = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    variance = np.square(wanted - rows @ found).sum() / (len(groups) - 2)
    spread = np.linalg.pinv(rows.T @ rows)[2, 2] * variance
    return Sharpness(float(found[2]), float(np.sqrt(spread)))


def narrowed(psf: NDArray[np.float64], power: float) -> NDArray[np.float64] | None:
    """Return the PSF whose transfer function is a power of that of another.

    Parameters
    ----------
    psf : ndarray
        Point spread function of odd sides and sum 1, (Y, X).
    power : float
        From 0, a point, to 1.

    Returns
    -------
    ndarray or None
        Shape of `psf`, sum 1; None if its transfer function is not real and positive,
        so that no power of it is a blur.
    """
    spectrum = np.fft.fft2(np.fft.ifftshift(np.pad(psf, psf.shape[0])))
    if np.abs(spectrum.imag).max() > 1e-3 or spectrum.real.min() < -1e-2:
        return None
    blurred = np.fft.ifft2(spectrum.real.clip(_FAINTEST) ** power).real
    margin = psf.shape[0]
    narrow = np.fft.fftshift(blurred)[margin:-margin, margin:-margin].clip(0)
    return np.asarray(narrow / narrow.sum(), np.float64)


def _spectra(
    y: NDArray[np.float64], psf: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Return logarithms of frequency and transfer, and the power per pixel."""
    height, width = y.shape
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    level = (y * window).sum() / window.sum()
    spectrum = np.abs(np.fft.rfft2((y - level) * window)) ** 2 / (window**2).sum()
    transfer = np.abs(np.fft.rfft2(psf, s=y.shape)) ** 2
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    used = frequency > 2.5 / min(y.shape)
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

"""Noise whose neighbours are alike: blurred, resampled, demosaiced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import convolve, convolve1d, zoom

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Noise = NDArray[np.float32]

__all__ = ["correlated_noise"]

# Width of the Gaussians and factors of enlargement.
_NARROWEST, _WIDEST = 0.35, 2.2
_LEAST_ZOOM, _MOST_ZOOM = 1.2, 3.0
_MIXED, _ALIKE = 0.35, 0.4
_BILINEAR = {
    "green": np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 4,
    "other": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4,
}
_LUMINANCE = np.array([0.299, 0.587, 0.114])[:, None, None]


def correlated_noise(rng: np.random.Generator, channels: int, size: int) -> Noise:
    """Draw noise of mean 0 and standard deviation 1 whose neighbours are alike.

    White noise through one of: Gaussians (registration, binning, point spread of a
    scintillator), enlargement (registration, microscopes that scan lines), random
    kernels of 3x3 pixels (sharpening among them), and bilinear demosaicing. Some of it
    is mixed with white noise, and some noise of colours is alike in all channels.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    channels : int
        Channels C.
    size : int
        Side of the patch.

    Returns
    -------
    ndarray, shape (C, size, size)
        Noise.
    """
    draw = _KINDS[rng.choice(len(_KINDS), p=_CHANCES)]
    noise = draw(rng, channels, size)
    if channels > 1 and rng.random() < _ALIKE:
        share = rng.random()
        noise = share * noise[:1] + (1 - share) * noise
    noise /= max(float(np.sqrt(np.mean(noise**2))), 1e-6)
    if rng.random() < _MIXED:
        share = rng.uniform(0.2, 0.9)
        white = _white(rng, channels, size, size)
        noise = np.sqrt(share) * noise + np.sqrt(1 - share) * white
    result: Noise = noise.astype(np.float32)
    return result


def _white(rng: np.random.Generator, *shape: int) -> Noise:
    return rng.standard_normal(shape, dtype=np.float32)


def _blurred(rng: np.random.Generator, channels: int, size: int) -> Noise:
    noise = _white(rng, channels, size, size)
    widths = np.exp(rng.uniform(np.log(_NARROWEST), np.log(_WIDEST), 2))
    if rng.random() < 0.7:
        widths[1] = widths[0]
    # Some scanners blur along their lines only.
    axes = (1, 2) if rng.random() < 0.85 else (2,)
    t = np.arange(-7, 8)
    for axis, width in zip(axes, widths, strict=False):
        kernel = np.exp(-((t / width) ** 2) / 2)
        noise = convolve1d(noise, kernel / kernel.sum(), axis, mode="wrap")
    blurred: Noise = noise
    return blurred


def _enlarged(rng: np.random.Generator, channels: int, size: int) -> Noise:
    factor, order = rng.uniform(_LEAST_ZOOM, _MOST_ZOOM), int(rng.choice([1, 3]))
    small = int(np.ceil(size / factor)) + 4
    noise = _white(rng, channels, small, small)
    large = zoom(noise, (1, factor, factor), order=order, mode="grid-wrap")
    top, left = rng.integers(0, large.shape[-1] - size + 1, 2)
    part: Noise = large[:, top : top + size, left : left + size]
    return part


def _filtered(rng: np.random.Generator, channels: int, size: int) -> Noise:
    noise = _white(rng, channels, size, size)
    kernel = rng.normal(0.3, 1, (1, 3, 3)) * rng.random() + (
        np.arange(9).reshape(1, 3, 3) == 4
    )
    filtered: Noise = convolve(noise, kernel.astype(np.float32), mode="wrap")
    return filtered


def _demosaiced(rng: np.random.Generator, channels: int, size: int) -> Noise:
    """Draw noise of a Bayer mosaic, interpolated bilinearly."""
    mosaic = _white(rng, size, size)
    y, x = np.mgrid[:size, :size] + rng.integers(0, 2, 2)[:, None, None]
    sites = (y % 2 == 0) & (x % 2 == 0), (y + x) % 2 == 1, (y % 2 == 1) & (x % 2 == 1)
    kernels = _BILINEAR["other"], _BILINEAR["green"], _BILINEAR["other"]
    # Red and blue are amplified to balance white.
    gains = rng.uniform(1, 2), 1.0, rng.uniform(1, 2)
    planes = np.stack(
        [
            gain * convolve(mosaic * where, kernel, mode="wrap")
            for gain, where, kernel in zip(gains, sites, kernels, strict=True)
        ]
    )
    return (
        planes
        if channels == 3
        else np.repeat((_LUMINANCE * planes).sum(0, keepdims=True), channels, 0)
    )


_KINDS: tuple[Callable[[np.random.Generator, int, int], Noise], ...]
_KINDS = (_blurred, _enlarged, _filtered, _demosaiced)
_CHANCES = (0.45, 0.25, 0.15, 0.15)

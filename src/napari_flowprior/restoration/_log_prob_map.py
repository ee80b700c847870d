"""What the prior knows: how probable each part of an image is to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from napari_flowprior._checks import check_sigma
from napari_flowprior._device import resolve_device
from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run, relay
from napari_flowprior.data import (
    IntensityScale,
    PlaneView,
    scan,
    without_fill_values,
)
from napari_flowprior.restoration._memory import allocate
from napari_flowprior.restoration.engine import (
    RestoreEvent,
    RunOptions,
)
from napari_flowprior.restoration.engine._rating import TileRating
from napari_flowprior.restoration.engine._setup import choose_batch_size, open_image
from napari_flowprior.restoration.engine._survey import errors_named
from napari_flowprior.restoration.noise import estimate_noise
from napari_flowprior.tiling import TilePlan

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_flowprior.data import ChosenRange, RangeKind
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.engine._run_options import (
        RunFields,
    )

__all__ = [
    "iter_log_prob_map",
    "log_prob_map",
    "rated_axes",
]

_TILE = 32


def log_prob_map(
    image: Any,
    *,
    sigma: float | None = 0.0,
    prior: FlowPrior | str | Path = "auto",
    axes: str | None = None,
    device: str = "auto",
    tile: int | tuple[int, int] | None = None,
    overlap: int | None = None,
    batch_size: int | None = None,
    intensity_range: RangeKind = "auto",
    black: float | None = None,
    white: float | None = None,
) -> NDArray[np.float32]:
    """Map how probable each part of an image is to a prior, in bits per dimension.

    The image is cut into tiles that overlap by half, each gets

        -log2 p(tile) / (number of its values) + log2(255)

    which is what a value of 8 bits would cost to store, and the tiles are blended. The
    higher, the less does the prior foresee what is there, and the less is its
    restoration to be believed: take the map of what was restored, or, with ``sigma``,
    of a noisy image.

    Parameters
    ----------
    image : array_like
        Real image or stack, as for `restore`.
    sigma : float, optional
        Noise level of the image in its own units, 0 for a clean or restored one; None
        to have it estimated.
    prior : FlowPrior, str or Path
        Prior, name of a shipped one or path of a file. "auto" takes ``photo-rgb`` for
        colour images and ``photo-gray`` for all others. One of one channel sees colours
        one by one, and the map is their mean.
    axes : str, optional
        One letter per axis of T, Z, C, Y, X and S (colour samples), such as "TZYX";
        guessed from the shape if not given.
    device : str
        "auto", "cuda", "mps" or "cpu".
    tile : int or tuple of int, optional
        Side, or height and width, of a tile in pixels, divisible by the prior's stride:
        how fine the map is; by default 32.
    overlap : int, optional
        Pixels that neighbouring tiles share; by default half the side.
    batch_size : int, optional
        Tiles at a time; by default as many as suit the device. Halved by itself if
        memory runs out.
    intensity_range : {"auto", "type", "percentiles", "min-max"}
        Which intensities the prior takes for black and for white, see `RunOptions`.
    black, white : float, optional
        These intensities, the same for all channels, if they are known.

    Returns
    -------
    ndarray
        Bits per dimension, float32, of the shape of the image but for the axis of its
        colours, which share one value.

    Raises
    ------
    InputError
        If the image or an option cannot be used; the message says why.
    RestoreError
        If the computation fails; `MemoryLimitError` if memory runs out.

    See Also
    --------
    posterior : standard deviation of each pixel, which is slower, and calibrated.

    Notes
    -----
    Flows find smooth images more probable than those that they were trained on, as do
    all models of density known. So high values tell of texture, noise, and structures
    that are unlike those of the training; low ones are no proof of familiar content. In
    photographs, ``benchmarks/calibration.py`` measures how well the map ranks the true
    error of a restoration.

    Examples
    --------
    >>> from napari_flowprior import log_prob_map, restore
    >>> import numpy as np
    >>> from skimage import data
    >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
    >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
    >>> image = image.astype(np.uint8)
    >>> bits = log_prob_map(restore(image, prior="photo-gray"), prior="photo-gray")
    >>> bits.shape, bool((bits < 8).all())
    ((64, 64), True)
    """
    options = RunOptions(
        prior=prior,
        axes=axes,
        device=device,
        tile=tile,
        overlap=overlap,
        batch_size=batch_size,
        intensity_range=intensity_range,
        black=black,
        white=white,
    )
    return iter_log_prob_map(image, options, sigma=sigma).result


def iter_log_prob_map(
    image: Any,
    options: RunOptions | None = None,
    *,
    sigma: float | None = 0.0,
    **fields: Unpack[RunFields],
) -> Run[RestoreEvent, NDArray[np.float32]]:
    """Map the log density step by step.

    Parameters
    ----------
    image : array_like
        Real image or stack, as for `restore`.
    options : RunOptions, optional
        The description of the run; what `log_prob_map` takes, with the same defaults.
    sigma : float, optional
        Noise level of the image, as for `log_prob_map`.
    **fields
        Fields of the description, such as ``prior="microscopy"``, instead of those of
        `options`.

    Returns
    -------
    Run
        To be iterated for `RestoreEvent`, after each batch of tiles; closed to cancel;
        or asked for its ``result``, what `log_prob_map` returns. It raises as that
        does.

    Examples
    --------
    >>> from napari_flowprior import RunOptions, iter_log_prob_map
    >>> import numpy as np
    >>> from skimage import data
    >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
    >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
    >>> image = image.astype(np.uint8)
    >>> run = iter_log_prob_map(image, RunOptions(prior="photo-gray"), sigma=25)
    >>> run.result.shape
    (64, 64)
    """
    return Run(_mapped(image, RunOptions.made_of(options, fields), sigma))


def _mapped(
    image: Any, options: RunOptions, sigma: float | None
) -> Generator[RestoreEvent, None, NDArray[np.float32]]:
    with errors_named():
        checking = RestoreEvent(done=0, total=0, message="Checking the image")
        yield checking
        image, view, prior = open_image(image, options.prior, options.axes)
        _check(sigma, prior)
        prior.to(resolve_device(options.device))
        plan = _plan(view, prior, options)
        yield from relay(scan(view), checking)
        if view.dtype.itemsize > 1:
            view = without_fill_values(view, kept=False)
        scale, sigma = yield from _survey(view, sigma, prior, options.chosen_range)
        engine = TileRating(
            view=view,
            plan=plan,
            scale=scale,
            prior=prior,
            sigma=sigma / scale.gain,
            batch_size=choose_batch_size(options.batch_size, plan, prior),
            rounding=1 / scale.gain if view.dtype.kind in "iu" else 0.0,
        )
        out = allocate(view.array.shape, np.dtype(np.float32))
        done, message = 0, f"Rating {len(plan)} tiles on {prior.device}"
        yield RestoreEvent(done=0, total=engine.total, message=message)
        for steps in engine.run(out):
            done += steps
            yield RestoreEvent(done=done, total=engine.total, message=message)
        return _without_colours(out, view)


def _plan(view: PlaneView, prior: FlowPrior, options: RunOptions) -> TilePlan:
    tile = _TILE if options.tile is None else options.tile
    overlap = options.overlap
    if overlap is None:
        overlap = int(np.min(tile)) // 4 * 2
    return TilePlan.fit(view.samples, view.shape, tile, overlap, prior.stride)


def rated_axes(axes: str, joint: bool) -> str:
    """Find the axes of a map of the log density.

    Parameters
    ----------
    axes : str
        Those of the image, one letter each.
    joint : bool
        Whether the prior sees three colours together.

    Returns
    -------
    str
        The same without the axis of colours, which share their values: that of colour
        samples, or that of channels which are seen together.

    Examples
    --------
    >>> from napari_flowprior.restoration import rated_axes
    >>> rated_axes("ZYXS", joint=True)
    'ZYX'
    """
    return axes.replace("S" if "S" in axes else "C" if joint else "", "")


def _check(sigma: float | None, prior: FlowPrior) -> None:
    check_sigma(sigma)
    if sigma and prior.sigma_max <= 0:
        raise InputError(
            f"The prior {prior.name} knows no noise, so it cannot rate images with any;"
            " restore the image first, or choose another prior."
        )


def _survey(
    view: PlaneView, sigma: float | None, prior: FlowPrior, wanted: ChosenRange
) -> Generator[RestoreEvent, None, tuple[IntensityScale, float]]:
    checking = RestoreEvent(done=0, total=0, message="Looking at the image")
    if sigma is None:
        sigma = estimate_noise(view) if prior.sigma_max > 0 else 0.0
        yield checking
    low, high, _ = yield from relay(wanted.find(view), checking)
    scale = IntensityScale.fit(low, high, sigma, prior.density_sigma_max)
    if sigma < 0.8 * prior.sigma_min * scale.gain:
        raise InputError(
            f"The prior {prior.name} was trained on noisy images alone, and rates none "
            f"with noise below a level of {prior.sigma_min * scale.gain:.3g}; this one "
            f"has {sigma:.3g}. Choose another prior."
        )
    return scale, sigma


def _without_colours(bits: NDArray[np.float32], view: PlaneView) -> NDArray[np.float32]:
    colour = set(view.axes) - set(rated_axes(view.axes, view.joint))
    if not colour:
        return bits
    # The mean over colours, without alpha.
    colours = np.moveaxis(bits, view.axes.index(colour.pop()), 0)[:3]
    mean: NDArray[np.float32] = colours.mean(axis=0)
    return mean

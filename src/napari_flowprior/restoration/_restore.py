"""The front door: `restore` and its generator form."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any

from napari_flowprior._device import resolve_device
from napari_flowprior._generators import drain
from napari_flowprior.restoration._memory import allocate
from napari_flowprior.restoration.degradations import Auto
from napari_flowprior.restoration.engine import RestoreEvent, RestoreResult
from napari_flowprior.restoration.engine._choices import Choices
from napari_flowprior.restoration.engine._parts import survey_parts
from napari_flowprior.restoration.engine._setup import (
    enlarged_shape,
    open_image,
    result_type,
)
from napari_flowprior.restoration.engine._survey import errors_named, provenance
from napari_flowprior.restoration.engine._tile_engine import Engine

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.degradations import Degradation
    from napari_flowprior.restoration.engine._plane_engine import PlaneEngine
    from napari_flowprior.restoration.estimators import Estimator

__all__ = ["iter_restore", "restore"]


def restore(image: Any, **options: Any) -> NDArray[Any]:
    """Restore an image with a learned prior.

    Parameters
    ----------
    image : array_like
        Real image or stack: NumPy, Dask, Zarr or memory-mapped; two to five axes, RGB
        and RGBA among them. It is read tile by tile and never changed.
    **options
        Those of `iter_restore`: ``prior``, ``degradation``, ``estimator``, ``axes``,
        ``device``, ``tile``, ``margin``, ``batch_size``, ``dtype``.

    Returns
    -------
    ndarray
        Restored image of the same shape, axes and (by default) dtype, in the same
        intensity units.

    Raises
    ------
    InputError
        If the image or an option cannot be used; the message says why.
    RestoreError
        If the computation fails; `MemoryLimitError` if memory runs out.

    See Also
    --------
    iter_restore : the same with progress, for interfaces.

    Examples
    --------
    >>> from napari_flowprior import restore
    >>> from napari_flowprior.restoration import Noise
    >>> out = restore(image, prior="photo-gray", degradation=Noise(sigma=25))
    """
    result = drain(iter_restore(image, **options))
    for warning in result.warnings:
        warnings.warn(warning, stacklevel=2)
    return result.image


def iter_restore(
    image: Any,
    *,
    prior: FlowPrior | str | Path = "auto",
    degradation: Degradation | None = None,
    estimator: Estimator | str = "auto",
    axes: str | None = None,
    device: str = "auto",
    tile: int | tuple[int, int] | None = None,
    margin: int | None = None,
    batch_size: int | None = None,
    dtype: DTypeLike | None = None,
) -> Generator[RestoreEvent, None, RestoreResult]:
    """Restore an image, yielding progress; closing the generator cancels.

    Parameters
    ----------
    image : array_like
        Real image or stack, see `restore`.
    prior : FlowPrior, str or Path
        Prior, name of a shipped one or path of a file. "auto" takes ``photo-rgb`` for
        colour images and ``photo-gray`` for all others. A prior of one channel
        restores colours and channels one by one.
    degradation : Degradation, optional
        What happened to the image; by default `Auto`, what a look at it finds. Every
        channel has its own noise and range of intensities, and so has every plane of a
        stack whose planes differ.
    estimator : Estimator or str
        Which estimate: "mmse", "map", "latent-map", or one with options; "auto" takes
        the one that suits degradation and prior.
    axes : str, optional
        One letter per axis of T, Z, C, Y, X and S (colour samples), such as "TZYX";
        guessed from the shape if not given.
    device : str
        "auto", "cuda", "mps" or "cpu".
    tile : int or tuple of int, optional
        Side, or height and width, of a tile with its margins in pixels, divisible by
        the prior's stride. By default 64 for ``latent-map``, as in the paper, and for
        the others as large as 256 with a score network and 128 without.
    margin : int, optional
        Half the overlap of neighbouring tiles in pixels; by default 4 for
        ``latent-map``, as in the paper, and for the others 16 with a score network and
        8 without.
    batch_size : int, optional
        Tiles at a time; by default as many as suit the device. Halved by itself if
        memory runs out.
    dtype : dtype, optional
        Of the result; by default that of the image, rounded and clipped, with
        intensities never rescaled.

    Returns
    -------
    RestoreResult
        The image and its provenance.

    Yields
    ------
    RestoreEvent
        Progress, at least about twice a second on common machines.

    Raises
    ------
    InputError
        If the image or an option cannot be used; the message says why.
    RestoreError
        If the computation fails; `MemoryLimitError` if memory runs out.
    """
    started = time.perf_counter()
    with errors_named():
        yield RestoreEvent(done=0, total=0, message="Checking the image")
        image, view, prior = open_image(image, prior, axes)
        kind = result_type(dtype, image)
        prior.to(resolve_device(device))
        degradation = Auto() if degradation is None else degradation
        choices = Choices(estimator, tile, margin, batch_size)
        choices.check(view, prior, degradation)
        parts = yield from survey_parts(view, prior, degradation)
        engines = [choices.engine(part, prior) for part in parts]
        out = allocate(enlarged_shape(view, degradation.enlargement), kind)
        total, done = sum(engine.total for engine in engines), 0
        message = f"Restoring {_extent(engines)} on {prior.device}"
        yield RestoreEvent(done=0, total=total, message=message)
        for engine in engines:
            for steps in engine.run(out):
                done = min(done + steps, total)
                yield RestoreEvent(done=done, total=total, message=message)
        seconds = time.perf_counter() - started
        return RestoreResult(
            image=out, provenance=provenance(engines, degradation, seconds)
        )


def _extent(engines: Sequence[Engine | PlaneEngine]) -> str:
    if all(isinstance(engine, Engine) for engine in engines):
        tiles = sum(
            len(engine.plan) for engine in engines if isinstance(engine, Engine)
        )
        return f"{tiles} tiles"
    planes = sum(engine.view.samples for engine in engines)
    return f"{planes} planes" if planes > 1 else "a plane"

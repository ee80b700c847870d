"""The front door: `restore` and its run."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from napari_flowprior._device import is_scheduler
from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run, relay
from napari_flowprior.restoration.engine import (
    Output,
    RestoreEvent,
    RestoreOptions,
    RestoreResult,
)
from napari_flowprior.restoration.engine._begin import begin
from napari_flowprior.restoration.engine._ladder import Ladder
from napari_flowprior.restoration.engine._survey import errors_named
from napari_flowprior.restoration.engine._tile_engine import Engine
from napari_flowprior.restoration.estimators import Sampling

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from numpy.typing import DTypeLike

    from napari_flowprior.data import RangeKind
    from napari_flowprior.priors import FlowPrior, Precision
    from napari_flowprior.restoration.degradations import Degradation
    from napari_flowprior.restoration.engine._begin import MakeArray
    from napari_flowprior.restoration.engine._plane_engine import PlaneEngine
    from napari_flowprior.restoration.engine._run_options import RestoreFields
    from napari_flowprior.restoration.estimators import Estimator

__all__ = ["iter_restore", "restore"]


def restore(
    image: Any,
    *,
    prior: FlowPrior | str | Path = "auto",
    degradation: Degradation | None = None,
    estimator: Estimator | str = "auto",
    axes: str | None = None,
    device: str = "auto",
    tile: int | tuple[int, int] | None = None,
    overlap: int | None = None,
    batch_size: int | None = None,
    intensity_range: RangeKind = "auto",
    black: float | None = None,
    white: float | None = None,
    memory: float | None = None,
    precision: Precision = "auto",
    dtype: DTypeLike | None = None,
) -> Any:
    """Restore an image with a learned prior.

    Parameters
    ----------
    image : array_like
        Real image or stack: NumPy, Dask, Zarr or memory-mapped; two to five axes, RGB
        and RGBA among them. It is read tile by tile and never changed.
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
        "auto", "cuda", "mps" or "cpu"; or the address of a scheduler of
        dask.distributed, such as "tcp://10.0.0.1:8786", whose workers restore what is
        read here.
    tile : int or tuple of int, optional
        Side, or height and width, of a tile in pixels, divisible by the prior's
        stride. By default 64 for ``latent-map``, as in the paper, and for
        the others as large as 256 with a score network and 128 without.
    overlap : int, optional
        Pixels that neighbouring tiles share; by default 8 for ``latent-map``, as in the
        paper, and for the others 32 with a score network and 16 without.
    batch_size : int, optional
        Tiles at a time; by default as many as suit the device. Where memory runs out,
        fewer, then smaller tiles, then the processor are used, with a warning.
    intensity_range : {"auto", "type", "percentiles", "min-max"}
        Which intensities the prior takes for black and for white, see `RunOptions`; the
        result has the units of the image in any case.
    black, white : float, optional
        These intensities, the same for all channels, if they are known.
    memory : float, optional
        Memory that may be used for planes that an estimator works on whole, in GiB; by
        default half of what is free. Larger planes are restored in overlapping blocks.
    precision : {"auto", "float32", "bfloat16"}
        Of the score network; "auto" takes bfloat16 where the device computes with it,
        in half the time and for 0.003 dB. Its results differ in the last digits.
    dtype : dtype, optional
        Of the result; by default that of the image, rounded and clipped, with
        intensities never rescaled.

    Returns
    -------
    ndarray or dask array
        Restored image of the same shape, axes and (by default) dtype, in the same
        intensity units. Of a Dask array it is another one, of the same chunks: the
        image is looked at now, and restored when the result is computed, part by part
        and by any scheduler, to the same bytes. Estimators of whole planes work on
        blocks of up to 1536 pixels, which makes next to no difference. What is to be
        said after the work, such as that there is more noise than was stated, is not
        said then; `iter_restore` says it, and returns an array that is computed.

    Raises
    ------
    InputError
        If the image or an option cannot be used; the message says why.
    RestoreError
        If the computation fails; `MemoryLimitError` if memory runs out.

    See Also
    --------
    iter_restore : the same with progress and provenance, for interfaces.

    Examples
    --------
    >>> from napari_flowprior import restore
    >>> from napari_flowprior.restoration import Noise
    >>> import numpy as np
    >>> from skimage import data
    >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
    >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
    >>> image = image.astype(np.uint8)
    >>> out = restore(image, prior="photo-gray", degradation=Noise(sigma=25))
    >>> out.shape, out.dtype
    ((64, 64), dtype('uint8'))
    """
    options = RestoreOptions(
        prior=prior,
        degradation=degradation,
        estimator=estimator,
        axes=axes,
        device=device,
        tile=tile,
        overlap=overlap,
        batch_size=batch_size,
        intensity_range=intensity_range,
        black=black,
        white=white,
        memory=memory,
        precision=precision,
        dtype=dtype,
    )
    if _is_dask(image):
        # The package dask is needed, then, and there.
        from napari_flowprior.restoration.cluster._lazy import lazily_restored

        _refuse_sampling(options)
        return lazily_restored(image, options)
    result = iter_restore(image, options).result
    for warning in result.warnings:
        warnings.warn(warning, stacklevel=2)
    return result.image


def iter_restore(
    image: Any,
    options: RestoreOptions | None = None,
    *,
    out: MakeArray | None = None,
    **fields: Unpack[RestoreFields],
) -> Run[RestoreEvent, RestoreResult]:
    """Restore an image step by step.

    Parameters
    ----------
    image : array_like
        Real image or stack, as for `restore`.
    options : RestoreOptions, optional
        The description of the run; what `restore` takes, with the same defaults.
    out : callable, optional
        Called with a shape and a dtype when all was checked, to make the array that
        regions of the result are assigned to as they are done, such as a zarr array, or
        an `Output` to go on with such an array; by default one in memory.
    **fields
        Fields of the description, such as ``degradation=Noise(sigma=25)``, instead of
        those of `options`.

    Returns
    -------
    Run
        To be iterated for `RestoreEvent`, at least about twice a second on common
        machines; closed to cancel; or asked for its ``result``, a `RestoreResult`. It
        raises `InputError` if the image or an option cannot be used, and `RestoreError`
        if the computation fails, `MemoryLimitError` if memory runs out.

    Examples
    --------
    >>> from napari_flowprior import RestoreOptions, iter_restore
    >>> from napari_flowprior.restoration import Noise
    >>> import numpy as np
    >>> from skimage import data
    >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
    >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
    >>> image = image.astype(np.uint8)
    >>> run = iter_restore(image, RestoreOptions(degradation=Noise(sigma=25)))
    >>> for event in run:
    ...     pass  # the place to show how far it is, or to call run.close()
    >>> run.result.image.shape
    (64, 64)
    """
    return Run(_restored(image, RestoreOptions.made_of(options, fields), out))


def _restored(
    image: Any, options: RestoreOptions, make: MakeArray | None
) -> Generator[RestoreEvent, None, RestoreResult]:
    with errors_named():
        _refuse_sampling(options)
        if is_scheduler(options.device):
            return (yield from _by_cluster(image, options, make))
        begun = yield from begin(image, options)
        ladder = Ladder(options, begun)
        return (yield from _carried_out(ladder, begun.room(make=make)))


def _by_cluster(
    image: Any, options: RestoreOptions, make: MakeArray | None
) -> Generator[RestoreEvent, None, RestoreResult]:
    """Look at the image here, and let the workers of a cluster restore it."""
    # The packages of Dask are needed, then, and there.
    from napari_flowprior.restoration.cluster._pool import connect
    from napari_flowprior.restoration.cluster._remote import handing_over

    address = options.device
    event = RestoreEvent(done=0, total=0, message=f"Connecting to {address}")
    with (yield from relay(connect(address), event)) as pool:
        options = replace(options, device="auto")
        begun = yield from begin(image, options)
        ladder = Ladder(options, begun, handing_over(pool, begun))
        made = begun.room(make=make)
        result = yield from _carried_out(ladder, made, f"the cluster at {address}")
    return replace(result, provenance=result.provenance | {"device": address})


def _carried_out(
    ladder: Ladder, made: Any, place: str = ""
) -> Generator[RestoreEvent, None, RestoreResult]:
    output = made if isinstance(made, Output) else Output(array=made)
    yield from ladder.run(output, partial(_message, place))
    return RestoreResult(image=output.array, provenance=ladder.provenance())


def _is_dask(image: Any) -> bool:
    """Tell whether an image is a Dask array, without importing Dask for others."""
    module = sys.modules.get("dask.array")
    return module is not None and isinstance(image, module.Array)


def _refuse_sampling(options: RestoreOptions) -> None:
    if isinstance(options.estimator, Sampling):
        raise InputError(
            "Sampling draws samples of the posterior, of which none is the "
            "restored image; call posterior, or choose another estimator."
        )


def _message(place: str, engines: Sequence[Engine | PlaneEngine]) -> str:
    return f"Restoring {_extent(engines)} on {place or engines[0].prior.device}"


def _extent(engines: Sequence[Engine | PlaneEngine]) -> str:
    if all(isinstance(engine, Engine) for engine in engines):
        tiles = sum(
            len(engine.plan) for engine in engines if isinstance(engine, Engine)
        )
        return f"{tiles} tiles"
    planes = sum(engine.view.samples for engine in engines)
    return f"{planes} planes" if planes > 1 else "a plane"

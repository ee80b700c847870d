"""One image file: read, restored, written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._generators import Run
from napari_flowprior.batch._fitting import for_file
from napari_flowprior.data import (
    ImageFile,
    check_output,
    parse_axes,
    read_image,
    with_finer_pixels,
    write_image,
)
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import (
    Auto,
    LogLikelihoodResult,
    PosteriorResult,
    RestoreEvent,
    RestoreOptions,
    RestoreResult,
    Sampling,
    iter_posterior,
    iter_restore,
    iter_restore_with_log_likelihood,
    rated_axes,
)
from napari_flowprior.restoration.engine._setup import enlarged_shape

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from napari_flowprior.batch._plan import Job

__all__ = ["iter_restore_file"]


def iter_restore_file(
    job: Job,
    settings: RestoreOptions,
    *,
    log_likelihood: bool = False,
    overwrite: bool = False,
) -> Run[RestoreEvent, dict[str, Any]]:
    """Restore a file into another one, yielding progress.

    Parameters
    ----------
    job : Job
        Which file, and where its result goes, and a map if there is one.
    settings : RestoreOptions
        How; axes that are None are those of the file.
    log_likelihood : bool
        Whether the map is of the log-likelihood, and not of the standard deviation.
    overwrite : bool
        Whether files that exist may be replaced.

    Returns
    -------
    Run
        It yields a `RestoreEvent` now and then; its result is the provenance. Nothing
        is written before all is restored.

    Examples
    --------
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from napari_flowprior import RestoreOptions
    >>> from napari_flowprior.data import write_image
    >>> from napari_flowprior.restoration import Noise
    >>> noisy = np.random.default_rng(0).normal(100, 10, (64, 64)).astype(np.uint8)
    >>> from napari_flowprior.batch import Job, iter_restore_file
    >>> write_image("noisy.tif", noisy, "YX")
    >>> job = Job(Path("noisy.tif"), Path("clean.tif"))
    >>> run = iter_restore_file(job, RestoreOptions(degradation=Noise(sigma=10)))
    >>> run.result["sigma"]
    10.0
    """
    return Run(
        _steps(job, settings, log_likelihood=log_likelihood, overwrite=overwrite)
    )


def _steps(
    job: Job, settings: RestoreOptions, *, log_likelihood: bool, overwrite: bool
) -> Generator[RestoreEvent, None, dict[str, Any]]:
    file = read_image(job.source)
    axes = parse_axes(settings.axes or file.axes, file.array.shape)
    degradation = for_file(settings.degradation or Auto(), file)
    factor = degradation.enlargement
    settings = replace(settings, degradation=degradation, axes=axes)
    outputs = _outputs(job, file, settings, log_likelihood=log_likelihood)
    shape = dict(zip(axes, enlarged_shape(axes, file.array.shape, factor), strict=True))
    for path, (kind, kept) in outputs.items():
        size = tuple(shape[axis] for axis in kept)
        check_output(path, shape=size, dtype=kind, axes=kept, overwrite=overwrite)
    result = yield from _begin(file.array, settings, log_likelihood=log_likelihood)
    like = with_finer_pixels(file, factor) if factor > 1 else file
    for (path, (_, kept)), image in zip(outputs.items(), _images(result), strict=True):
        write_image(path, image, kept, like, overwrite, result.provenance)
    provenance: dict[str, Any] = result.provenance
    return provenance


def _outputs(
    job: Job, file: ImageFile, settings: RestoreOptions, *, log_likelihood: bool
) -> dict[Path, tuple[np.dtype[Any], str]]:
    """Return type and axes of each file that is to be written."""
    axes = settings.axes or file.axes
    outputs = {job.target: (np.dtype(settings.dtype or file.array.dtype), axes)}
    if job.extra is not None:
        kept = _rated(axes, settings.prior) if log_likelihood else axes
        outputs[job.extra] = np.dtype(np.float32), kept
    return outputs


def _begin(
    array: Any, settings: RestoreOptions, *, log_likelihood: bool
) -> Run[RestoreEvent, Any]:
    if isinstance(settings.estimator, Sampling):
        return iter_posterior(array, settings)
    begin = iter_restore_with_log_likelihood if log_likelihood else iter_restore
    return begin(array, settings)


def _rated(axes: str, prior: FlowPrior | str | Path) -> str:
    """Find the axes of a map; "auto" is a prior of colours if they are S."""
    return rated_axes(axes, isinstance(prior, FlowPrior) and prior.channels == 3)


def _images(result: RestoreResult | PosteriorResult) -> list[Any]:
    if isinstance(result, PosteriorResult):
        return [result.mean, result.std]
    bits = [result.bits] if isinstance(result, LogLikelihoodResult) else []
    return [result.image, *bits]

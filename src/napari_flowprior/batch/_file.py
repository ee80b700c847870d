"""One image file: read, restored, written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.batch._fitting import for_file
from napari_flowprior.batch._story import story_of
from napari_flowprior.batch._sums import SumRow, write_sums
from napari_flowprior.data import (
    STORE,
    ImageFile,
    OmeZarr,
    check_output,
    parse_axes,
    read_image,
    store_like,
    with_finer_pixels,
    write_image,
)
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import (
    Auto,
    LogLikelihoodResult,
    Output,
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
    coverage: float = 0.9,
    table: Path | None = None,
) -> Run[RestoreEvent, dict[str, Any]]:
    """Restore a file into another one, yielding progress.

    Parameters
    ----------
    job : Job
        Which file, and where its result goes, and a map if there is one.
    settings : RestoreOptions
        How; axes that are None are those of the file. For intervals and regions of the
        job the estimator is `Sampling`.
    log_likelihood : bool
        Whether the map is of the log-likelihood, and not of the standard deviation.
    overwrite : bool
        Whether files that exist may be replaced.
    coverage : float
        Of the intervals, if the job has files for them, and of sums over regions.
    table : Path, optional
        A CSV file for the sums over the regions of the job; rows of other files stay.

    Returns
    -------
    Run
        It yields a `RestoreEvent` now and then; its result is the provenance. Files
        are written when all is restored. OME-Zarr is written plane by plane, beside its
        place, and what an interrupted run has left there is gone on with, if it was of
        the same file and settings.

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
    told = _Told(log_likelihood, overwrite, coverage, table)
    return Run(_steps(job, settings, told))


class _Told(NamedTuple):
    """What a file is told, besides how it is restored."""

    log_likelihood: bool
    overwrite: bool
    coverage: float
    table: Path | None


def _steps(
    job: Job, settings: RestoreOptions, told: _Told
) -> Generator[RestoreEvent, None, dict[str, Any]]:
    _check_sampled(job, settings, told)
    file = read_image(job.source)
    axes = parse_axes(settings.axes or file.axes, file.array.shape)
    degradation = for_file(settings.degradation or Auto(), file)
    factor = degradation.enlargement
    settings = replace(settings, degradation=degradation, axes=axes)
    outputs = _outputs(job, file, settings, log_likelihood=told.log_likelihood)
    shape = dict(zip(axes, enlarged_shape(axes, file.array.shape, factor), strict=True))
    for path, (kind, kept) in outputs.items():
        size = tuple(shape[axis] for axis in kept)
        check_output(path, shape=size, dtype=kind, axes=kept, overwrite=told.overwrite)
    if job.target.suffix == STORE and len(outputs) == 1 and told.table is None:
        return (yield from _streamed(job, file, settings, overwrite=told.overwrite))
    result = yield from _begin(job, file.array, settings, told)
    like = with_finer_pixels(file, factor) if factor > 1 else file
    images = _images(job, result, told.coverage)
    for path, (_, kept) in outputs.items():
        write_image(path, images[path], kept, like, told.overwrite, result.provenance)
    if told.table is not None and job.regions is not None:
        sums = result.sums(told.coverage)
        rows = [SumRow.of(job.source, each, told.coverage) for each in sums]
        write_sums(told.table, rows)
    provenance: dict[str, Any] = result.provenance
    return provenance


def _check_sampled(job: Job, settings: RestoreOptions, told: _Told) -> None:
    """Refuse what cannot be had of samples, or of anything else."""
    if not 0 < told.coverage < 1:
        raise InputError(
            f"The coverage of intervals is {told.coverage:g}; it must lie between 0 "
            "and 1, such as 0.9."
        )
    if (job.regions is None) != (told.table is None):
        raise InputError(
            "Sums over regions take both a file of labels and a table that they go to;"
            " give both or none."
        )
    wanted = job.interval is not None or job.regions is not None
    if wanted and not isinstance(settings.estimator, Sampling):
        raise InputError(
            "Intervals and sums over regions are those of samples; restore with "
            "Sampling, or leave them out."
        )


def _streamed(
    job: Job, file: ImageFile, settings: RestoreOptions, *, overwrite: bool
) -> Generator[RestoreEvent, None, dict[str, Any]]:
    """Restore into a store, plane by plane."""
    assert settings.axes is not None
    assert settings.degradation is not None
    factor = settings.degradation.enlargement
    stores: list[OmeZarr] = []

    def make(shape: tuple[int, ...], dtype: Any) -> Output:
        store = store_like(
            file,
            job.target,
            shape,
            np.dtype(dtype),
            str(settings.axes),
            factor=factor,
            story=story_of(job.source, settings),
            overwrite=overwrite,
        )
        stores.append(store)
        progress = store.progress
        return Output(array=store, done=dict(progress.done), note=progress.note)

    result = yield from iter_restore(file.array, settings, out=make)
    stores[0].finish(result.provenance)
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
    for path in job.interval or ():
        outputs[path] = np.dtype(np.float32), axes
    return outputs


def _begin(
    job: Job, array: Any, settings: RestoreOptions, told: _Told
) -> Run[RestoreEvent, Any]:
    if isinstance(settings.estimator, Sampling):
        regions = None if job.regions is None else read_image(job.regions).array
        return iter_posterior(array, settings, regions=regions)
    if told.log_likelihood:
        return iter_restore_with_log_likelihood(array, settings)
    return iter_restore(array, settings)


def _rated(axes: str, prior: FlowPrior | str | Path) -> str:
    """Find the axes of a map; "auto" is a prior of colours if they are S."""
    return rated_axes(axes, isinstance(prior, FlowPrior) and prior.channels == 3)


def _images(
    job: Job, result: RestoreResult | PosteriorResult, coverage: float
) -> dict[Path | None, Any]:
    """Return what goes into each file."""
    if isinstance(result, PosteriorResult):
        ends: Any = ()
        if job.interval is not None:
            ends = zip(job.interval, result.interval(coverage), strict=True)
        return {job.target: result.mean, job.extra: result.std, **dict(ends)}
    bits = result.bits if isinstance(result, LogLikelihoodResult) else None
    return {job.target: result.image, job.extra: bits}

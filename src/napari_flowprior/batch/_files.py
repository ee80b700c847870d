"""Many files in turn; what is wrong with one does not stop the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import as_sentence
from napari_flowprior._generators import Run
from napari_flowprior.batch._file import iter_restore_file
from napari_flowprior.batch._plan import Job
from napari_flowprior.batch._report import Outcome, read_report, write_report
from napari_flowprior.restoration import RestoreEvent, RestoreOptions

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

__all__ = ["BatchEvent", "BatchOptions", "iter_restore_files"]


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """What many files are told, besides how each of them is restored.

    Parameters
    ----------
    log_likelihood : bool
        Whether maps are of the log-likelihood, and not of the standard deviation.
    overwrite : bool
        Whether files that exist may be replaced.
    report : Path, optional
        Where a table of what became of each goes, after each of them; rows of other
        files stay.
    coverage : float
        Of intervals, and of sums over regions, where jobs have them.
    table : Path, optional
        Where sums over regions go; rows of other files stay.
    """

    log_likelihood: bool = False
    overwrite: bool = False
    report: Path | None = None
    coverage: float = 0.9
    table: Path | None = None


@dataclass(frozen=True, kw_only=True)
class BatchEvent:
    """How far it is.

    Parameters
    ----------
    job : Job
        The file.
    number, files : int
        Its place among the jobs, from 0 on, and how many there are.
    progress : RestoreEvent or None
        Of this file, while it is restored.
    outcome : Outcome or None
        What became of it, at its end.
    provenance : dict or None
        Of the result, if it was restored.
    error : Exception or None
        Why it failed, if it did.
    """

    job: Job
    number: int
    files: int
    progress: RestoreEvent | None = None
    outcome: Outcome | None = None
    provenance: dict[str, Any] | None = None
    error: Exception | None = None

    @property
    def done(self) -> int:
        """How many files are done."""
        return self.number + (self.outcome is not None)

    @property
    def total(self) -> int:
        """How many files there are."""
        return self.files

    @property
    def fraction(self) -> float:
        """How much of the work is done, from 0 to 1, if all files take as long."""
        within = 0.0 if self.progress is None else self.progress.fraction
        return (self.done + within) / self.files

    @property
    def message(self) -> str:
        """Which file it is."""
        return f"{self.job.source.name}, {self.number + 1} of {self.files}"


def iter_restore_files(
    jobs: Sequence[Job],
    settings: RestoreOptions,
    options: BatchOptions | None = None,
) -> Run[BatchEvent, list[Outcome]]:
    """Restore files one after the other, yielding progress.

    Parameters
    ----------
    jobs : sequence of Job
        The files, as `plan_jobs` has them.
    settings : RestoreOptions
        How each of them is restored.
    options : BatchOptions, optional
        What else they are told.

    Returns
    -------
    Run
        It yields a `BatchEvent` now and then, and the outcome of each file; its result
        is a list of all. Closing it leaves what was written; a file is written whole or
        not at all.

    Examples
    --------
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from napari_flowprior import RestoreOptions
    >>> from napari_flowprior.data import write_image
    >>> from napari_flowprior.restoration import Noise
    >>> noisy = np.random.default_rng(0).normal(100, 10, (64, 64)).astype(np.uint8)
    >>> from napari_flowprior.batch import iter_restore_files, plan_jobs
    >>> for name in ("a.tif", "b.tif"):
    ...     write_image(name, noisy, "YX")
    >>> jobs = plan_jobs(["*.tif"], "clean")
    >>> run = iter_restore_files(jobs, RestoreOptions(degradation=Noise(sigma=10)))
    >>> [outcome.state for outcome in run.result]
    ['restored', 'restored']
    """
    return Run(_steps(jobs, settings, options or BatchOptions()))


def _steps(
    jobs: Sequence[Job], settings: RestoreOptions, options: BatchOptions
) -> Generator[BatchEvent, None, list[Outcome]]:
    before = [] if options.report is None else read_report(options.report)
    outcomes: list[Outcome] = []
    for number, job in enumerate(jobs):
        begun = BatchEvent(job=job, number=number, files=len(jobs))
        ended = yield from _restore(begun, settings, options)
        assert ended.outcome is not None
        outcomes.append(ended.outcome)
        if options.report is not None:
            write_report(options.report, [*before, *outcomes])
        yield ended
    return outcomes


def _restore(
    begun: BatchEvent, settings: RestoreOptions, options: BatchOptions
) -> Generator[BatchEvent, None, BatchEvent]:
    """Restore a file; whatever is wrong with it, the others are done."""
    job = begun.job
    started = iter_restore_file(
        job,
        settings,
        log_likelihood=options.log_likelihood,
        overwrite=options.overwrite,
        coverage=options.coverage,
        table=options.table,
    )
    try:
        with started as run:
            for event in run:
                yield replace(begun, progress=event)
            outcome = Outcome.of(job, run.result)
            return replace(begun, outcome=outcome, provenance=run.result)
    except Exception as error:
        outcome = Outcome.failed(job, as_sentence(error))
        return replace(begun, outcome=outcome, error=error)

"""The restoration of files as it runs in the background."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError
from napari_flowprior._widgets import jobs
from napari_flowprior._widgets.restore import INTERVAL

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from napari_flowprior.batch import BatchEvent, BatchOptions, Job, Outcome
    from napari_flowprior.restoration import RestoreOptions

__all__ = ["is_outcome", "plan", "restore_files"]

_MAPS = "uncertainty", "log-likelihood"


def is_outcome(event: BatchEvent) -> bool:
    """Tell whether an event says what became of a file."""
    return event.outcome is not None


def plan(source: str, target: Path, output: str, report: Path | None) -> list[Job]:
    """Plan which files are restored, and where the results go.

    Parameters
    ----------
    source : str
        Folder of the images.
    target : Path
        Folder of the results.
    output : str
        What is wanted, of the choices of the form.
    report : Path or None
        What tells which files are restored already; None to restore all of them again,
        over the results that are there.

    Returns
    -------
    list of Job
        One for each file.

    Raises
    ------
    InputError
        If nothing is left to be done, or a file is in the way.
    """
    from napari_flowprior.batch import (
        plan_intervals,
        plan_jobs,
        plan_maps,
        read_report,
        restored,
    )

    again = report is None
    done = set() if report is None else restored(read_report(report))
    found = plan_jobs([source], f"{target}{os.sep}", overwrite=again, done=done)
    if not found:
        raise InputError(
            "All images of the folder are restored already; check Again to restore "
            "them once more."
        )
    if output == INTERVAL:
        return plan_intervals(found, overwrite=again)
    if output in _MAPS:
        return plan_maps(found, f"{target / output}{os.sep}", overwrite=again)
    return found


def restore_files(
    files: list[Job], settings: RestoreOptions, told: BatchOptions
) -> Generator[BatchEvent, None, list[Outcome]]:
    """Restore files one after the other.

    Parameters
    ----------
    files : list of Job
        The files.
    settings : RestoreOptions
        How each is restored.
    told : BatchOptions
        What is written besides.

    Yields
    ------
    BatchEvent
        Progress.

    Returns
    -------
    list of Outcome
        What became of each.
    """
    from napari_flowprior.batch import iter_restore_files

    jobs.obey_preferences()
    try:
        with jobs.quietly():
            return (yield from iter_restore_files(files, settings, told))
    finally:
        jobs.free_memory()

"""Which files are restored, and where to; refused before any work is done."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError
from napari_flowprior.cli._report import UsageError
from napari_flowprior.data import expand_inputs

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Job", "plan_jobs"]

_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


@dataclass(frozen=True)
class Job:
    """One image to restore.

    Parameters
    ----------
    source, target : Path
        File to read, and file to write.
    """

    source: Path
    target: Path


def plan_jobs(
    inputs: list[str],
    output: str,
    *,
    overwrite: bool = False,
    keep: Iterable[Path] = (),
) -> list[Job]:
    """Find what to restore and where to, and make the folder for several results.

    Parameters
    ----------
    inputs : list of str
        Files, folders and patterns.
    output : str
        A file for a single file; otherwise a folder. With a separator at its end it is
        a folder in any case.
    overwrite : bool
        Whether existing files may be replaced; inputs never are.
    keep : iterable of Path
        Further files that are read, and so not replaced either.

    Returns
    -------
    list of Job
        The jobs, each with a target of its own.

    Raises
    ------
    InputError
        If there is no input, or a target exists, is an input, or is one twice.
    """
    sources = expand_inputs(inputs)
    folder = Path(output)
    several = len(inputs) > 1 or not Path(inputs[0]).is_file()
    if several and folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder for several images.")
    several = several or output.endswith(_SEPARATORS)
    if several or folder.is_dir():
        jobs = [Job(source, folder / source.name) for source in sources]
    else:
        jobs = [Job(sources[0], folder)]
    _check_targets(jobs, [*sources, *keep], overwrite=overwrite)
    if several:
        folder.mkdir(parents=True, exist_ok=True)
    return jobs


def _check_targets(jobs: list[Job], read: list[Path], *, overwrite: bool) -> None:
    seen: dict[Path, Path] = {}
    # A link is another name for the same file.
    files = {_identity(path) for path in read if path.exists()}
    for job in jobs:
        twin = seen.setdefault(job.target, job.source)
        if twin != job.source:
            raise InputError(
                f"{twin} and {job.source} would both become {job.target}; restore them "
                "separately."
            )
        if job.target.exists():
            _check_existing(job.target, files, overwrite=overwrite)


def _check_existing(
    target: Path, files: set[tuple[int, int]], *, overwrite: bool
) -> None:
    if _identity(target) in files:
        raise InputError(f"{target} is an input itself; name another output.")
    if not overwrite:
        raise InputError(f"{target} exists; pass --overwrite to replace it.")


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino

"""Which files are restored, and where to; refused before any work is done."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError, UsageError
from napari_flowprior.data import STORE, SUFFIXES, expand_inputs, is_zarr

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

__all__ = ["Job", "check_targets", "plan_jobs", "plan_maps"]

_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


@dataclass(frozen=True)
class Job:
    """One image to restore.

    Parameters
    ----------
    source, target : Path
        File to read, and file to write.
    extra : Path, optional
        File for a map of the standard deviation, or of the log density, if one is asked
        for.
    interval : tuple of Path, optional
        Files for the lower and the upper ends of intervals.
    regions : Path, optional
        File of the labels of regions whose intensities are summed up.
    """

    source: Path
    target: Path
    extra: Path | None = None
    interval: tuple[Path, Path] | None = None
    regions: Path | None = None


def plan_jobs(
    inputs: list[str],
    output: str,
    *,
    overwrite: bool = False,
    keep: Iterable[Path] = (),
    done: Container[Path] = (),
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
    done : container of Path
        Targets that are there already and stay, so that they are no jobs any more.

    Returns
    -------
    list of Job
        The jobs, each with a target of its own.

    Raises
    ------
    InputError
        If there is no input, or a target exists, is an input, or is one twice.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import plan_jobs
    >>> Path("a.tif").touch()
    >>> Path("b.tif").touch()
    >>> [job.target.as_posix() for job in plan_jobs(["*.tif"], "clean")]
    ['clean/a.tif', 'clean/b.tif']
    """
    sources = expand_inputs(inputs, is_zarr)
    folder = Path(output)
    single = Path(inputs[0]).is_file() or is_zarr(Path(inputs[0]))
    several = len(inputs) > 1 or not single
    if several and folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder for several images.")
    several = several or output.endswith(_SEPARATORS)
    if several or (folder.is_dir() and not is_zarr(folder)):
        jobs = [Job(source, folder / source.name) for source in sources]
    else:
        jobs = [Job(sources[0], folder)]
    jobs = [job for job in jobs if job.target not in done]
    check_targets(jobs, [*sources, *keep], overwrite=overwrite)
    if several:
        folder.mkdir(parents=True, exist_ok=True)
    return jobs


def plan_maps(
    jobs: list[Job], output: str, *, overwrite: bool = False, keep: Iterable[Path] = ()
) -> list[Job]:
    """Find where maps go, of uncertainty or likelihood; make the folder for several.

    Parameters
    ----------
    jobs : list of Job
        What is restored, and where to.
    output : str
        A file for a single image; or a folder, where each map gets the name of its
        image and is a TIFF file.
    overwrite : bool
        Whether existing files may be replaced; inputs never are.
    keep : iterable of Path
        Further files that are read, and so not replaced either.

    Returns
    -------
    list of Job
        The jobs, each with a file for its map.

    Raises
    ------
    InputError
        If a file exists, is an input or a restored image, or is one twice.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import plan_jobs, plan_maps
    >>> Path("a.png").touch()
    >>> (job,) = plan_maps(plan_jobs(["a.png"], "clean.png"), "std.tif")
    >>> job.extra.name
    'std.tif'
    """
    place = Path(output)
    store = place.suffix == STORE
    folder = output.endswith(_SEPARATORS) or (place.is_dir() and not store)
    if len(jobs) == 1 and not folder and (store or place.suffix.lower() in SUFFIXES):
        maps = [Job(jobs[0].source, place)]
    else:
        maps = [Job(job.source, place / f"{job.target.stem}.tif") for job in jobs]
    sources = [job.source for job in jobs]
    check_targets(maps, [*sources, *keep], overwrite=overwrite)
    if clash := {job.target for job in jobs} & {each.target for each in maps}:
        raise InputError(
            f"{clash.pop()} would be both the restored image and its map; name another "
            "file or folder for one of them."
        )
    if maps[0].target.parent == place:
        place.mkdir(parents=True, exist_ok=True)
    pairs = zip(jobs, maps, strict=True)
    return [replace(job, extra=each.target) for job, each in pairs]


def check_targets(jobs: list[Job], read: list[Path], *, overwrite: bool) -> None:
    """Refuse results that exist, are read, or are the same for two images.

    Parameters
    ----------
    jobs : list of Job
        What is written.
    read : list of Path
        What is read, which is never replaced.
    overwrite : bool
        Whether existing files may be replaced.

    Raises
    ------
    InputError
        If it cannot be so.
    """
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

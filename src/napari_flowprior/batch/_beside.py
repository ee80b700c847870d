"""Files that go with restored images: ends of intervals, and labels of regions."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError
from napari_flowprior.batch._plan import Job, check_targets
from napari_flowprior.data import SUFFIXES, existing_file

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["interval_paths", "plan_intervals", "plan_regions"]

_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


def interval_paths(target: Path) -> tuple[Path, Path]:
    """Name the files of the ends of intervals, beside the restored image.

    Parameters
    ----------
    target : Path
        The restored image.

    Returns
    -------
    lower, upper : Path
        TIFF files, which hold the real numbers that PNG does not.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import interval_paths
    >>> [path.name for path in interval_paths(Path("mean.png"))]
    ['mean_lower.tif', 'mean_upper.tif']
    """
    lower, upper = (
        target.with_name(f"{target.stem}_{end}.tif") for end in ("lower", "upper")
    )
    return lower, upper


def plan_intervals(
    jobs: list[Job], *, overwrite: bool = False, keep: Iterable[Path] = ()
) -> list[Job]:
    """Find where the ends of intervals go.

    Parameters
    ----------
    jobs : list of Job
        What is restored, and where to.
    overwrite : bool
        Whether existing files may be replaced; inputs never are.
    keep : iterable of Path
        Further files that are read, and so not replaced either.

    Returns
    -------
    list of Job
        The jobs, each with two files for its intervals.

    Raises
    ------
    InputError
        If a file exists, is an input or another result, or is one twice.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import plan_intervals, plan_jobs
    >>> Path("a.tif").touch()
    >>> (job,) = plan_intervals(plan_jobs(["a.tif"], "mean.tif"))
    >>> job.interval[0].name
    'mean_lower.tif'
    """
    planned = [replace(job, interval=interval_paths(job.target)) for job in jobs]
    ends = [Job(job.source, path) for job in planned for path in job.interval or ()]
    check_targets(ends, [*(job.source for job in jobs), *keep], overwrite=overwrite)
    others = {path for job in jobs for path in (job.target, job.extra)}
    if clash := others & {each.target for each in ends}:
        raise InputError(
            f"{clash.pop()} would be both a result and the end of an interval; give "
            "the images other names."
        )
    return planned


def plan_regions(jobs: list[Job], place: str) -> list[Job]:
    """Find the labels of the regions of each image.

    Parameters
    ----------
    jobs : list of Job
        What is restored.
    place : str
        A file, whose labels are those of all images; or a folder, where the labels of
        an image have its name, up to the suffix.

    Returns
    -------
    list of Job
        The jobs, each with a file of labels.

    Raises
    ------
    InputError
        If there is no such file, or there are several of one name.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import plan_jobs, plan_regions
    >>> Path("labels").mkdir()
    >>> Path("a.tif").touch()
    >>> Path("labels/a.png").touch()
    >>> (job,) = plan_regions(plan_jobs(["a.tif"], "mean.tif"), "labels")
    >>> job.regions.as_posix()
    'labels/a.png'
    """
    folder = Path(place)
    if not folder.is_dir():
        if place.endswith(_SEPARATORS):
            raise InputError(f"There is no folder {folder}; check the name.")
        return [replace(job, regions=existing_file(folder)) for job in jobs]
    return [replace(job, regions=_labels(folder, job.source)) for job in jobs]


def _labels(folder: Path, source: Path) -> Path:
    names = [folder / f"{source.stem}{suffix}" for suffix in SUFFIXES]
    found = [path for path in names if path.is_file()]
    if not found:
        raise InputError(
            f"{folder} has no labels for {source}; name them {source.stem}.tif."
        )
    if len(found) > 1:
        raise InputError(
            f"{found[0]} and {found[1]} could both be the labels of {source}; leave "
            "one of them there."
        )
    return found[0]

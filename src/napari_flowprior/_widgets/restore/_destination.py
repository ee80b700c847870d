"""Where a result is written, if it is not to be kept in memory."""

from __future__ import annotations

import re
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import preference
from napari_flowprior._widgets.restore._store import Store
from napari_flowprior.data import Space

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore._job import RestoreJob
    from napari_flowprior._widgets.restore._new_layer import NewLayer

__all__ = ["store_of"]

_SUFFIX = ".zarr"
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
_GIGABYTE = 2**30


def store_of(place: str, job: RestoreJob, new: NewLayer) -> Store | None:
    """Find where the result of a job is to be written.

    Parameters
    ----------
    place : str
        A folder, or the name of one to make that ends with ``.zarr``; empty to keep the
        result in memory.
    job : RestoreJob
        The job.
    new : NewLayer
        What the result gets from its layer.

    Returns
    -------
    Store or None
        None to keep it in memory.

    Raises
    ------
    InputError
        If the result is larger than the user wants it in memory, or there is more than
        an estimate to be written.
    """
    alone = job.sampling is None and not job.log_likelihood
    if not place:
        if alone:
            _check_size(job)
        return None
    if not alone:
        raise InputError(
            "Only an estimate is written to disk; choose estimate as Output, or leave "
            "Write to empty."
        )
    letters = [axis for axis in job.options["axes"] if axis != "S"]
    units = zip(letters, map(str, new.settings["units"]), strict=True)
    space = Space(
        scale=_named(letters, new.settings["scale"]),
        translate=_named(letters, new.settings["translate"]),
        units={letter: unit for letter, unit in units if unit != "pixel"},
    )
    path = _path(Path(place).expanduser(), new.settings["name"])
    return Store(path=path, levels=new.levels, space=space)


def _named(letters: list[str], values: Any) -> dict[str, float]:
    return dict(zip(letters, map(float, values), strict=True))


def _path(place: Path, name: str) -> Path:
    """Take a name as it is, or one that is free in a folder."""
    if place.suffix == _SUFFIX:
        return place
    stem, number = _FORBIDDEN.sub("-", name), 1
    path = place / f"{stem}{_SUFFIX}"
    while path.exists():
        number += 1
        path = place / f"{stem} {number}{_SUFFIX}"
    return path


def _check_size(job: RestoreJob) -> None:
    size, most = _bytes(job) / _GIGABYTE, preference("results", "memory")
    if size > most:
        raise InputError(
            f"The result takes {size:.3g} GB, more than the {most:g} GB that the "
            "preferences keep in memory; choose a folder for it under Advanced, Write "
            "to."
        )


def _bytes(job: RestoreJob) -> int:
    from napari_flowprior.restoration import DEGRADATIONS

    kind = np.dtype(job.options["dtype"] or job.image.dtype)
    pixels = prod(job.image.shape)
    for part in job.degradation:
        if DEGRADATIONS[part.name].enlarges:
            pixels *= DEGRADATIONS[part.name](**part.options).enlargement ** 2
    return pixels * kind.itemsize

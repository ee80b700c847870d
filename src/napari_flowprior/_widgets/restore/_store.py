"""Results that are written to disk while they are made, as they may be large."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.data import OmeZarr, Space

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.restoration import RestoreOptions, RestoreResult

__all__ = ["Filling", "Store", "restore_into"]


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where a result is written.

    Parameters
    ----------
    path : Path
        The folder that is made.
    levels : int
        How many levels of resolution there are at most.
    space : Space
        Where the image lies.
    """

    path: Path
    levels: int = 1
    space: Space = field(default_factory=Space)


@dataclass(frozen=True)
class Filling:
    """Tells that there is an image which is being filled.

    Parameters
    ----------
    image : OmeZarr
        The image.
    """

    image: OmeZarr
    message: str = ""


def restore_into(
    image: Any, options: RestoreOptions, store: Store
) -> Generator[Any, None, RestoreResult]:
    """Restore into an image on disk; nothing is left of it unless it is finished.

    Parameters
    ----------
    image : array
        The image.
    options : RestoreOptions
        How it is restored.
    store : Store
        Where the result is written.

    Yields
    ------
    RestoreEvent or Filling
        Progress, and once the image that is being filled.

    Returns
    -------
    RestoreResult
        Its ``image`` is an `OmeZarr`.
    """
    from napari_flowprior.restoration import iter_restore

    made: list[OmeZarr] = []

    def make(shape: tuple[int, ...], dtype: Any) -> OmeZarr:
        axes, kind = str(options.axes), np.dtype(dtype)
        made.append(OmeZarr(store.path, shape, kind, axes, store.levels, store.space))
        return made[0]

    finished, told = False, False
    try:
        with iter_restore(image, options, out=make) as run:
            for event in run:
                yield event
                if made and not told:
                    told = True
                    yield Filling(made[0])
            result = run.result
        stored: Any = made[0]
        stored.finish(result.provenance)
        finished = True
        return replace(result, image=stored)
    finally:
        if made and not finished:
            made[0].discard()

"""Priors by name or path."""

from __future__ import annotations

import os
from pathlib import Path

from napari_flowprior._errors import PriorFileError
from napari_flowprior._resources import shipped_priors

__all__ = ["prior_path"]


def prior_path(name_or_path: str | Path) -> Path:
    """Find the file of a prior.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped prior, or path of a file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    PriorFileError
        If there is neither.

    Examples
    --------
    >>> from napari_flowprior.priors import prior_path
    >>> prior_path("microscopy").name
    'microscopy.safetensors'
    """
    shipped = shipped_priors()
    if str(name_or_path) in shipped:
        return Path(str(shipped[str(name_or_path)]))
    # Unlike their namesakes of Path, these two do not fail for names that cannot be.
    path = os.path.expanduser(name_or_path)
    if os.path.exists(path):
        return Path(path)
    raise PriorFileError(
        f"There is no prior {str(name_or_path)!r}: it is neither a file nor one of the "
        f"shipped priors ({', '.join(shipped) or 'none'})."
    )

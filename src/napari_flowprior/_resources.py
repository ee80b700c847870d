"""Where the files that are shipped beside the code are found."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["resource", "shipped_priors"]

_PRIOR_SUFFIX = ".safetensors"


def resource(name: str) -> Traversable:
    """Find a shipped file or folder.

    Parameters
    ----------
    name : str
        Path inside the resources, with ``/`` between its parts: ``"icon.svg"``.

    Returns
    -------
    Traversable
        The file or folder; it is not checked that it exists.
    """
    return files("napari_flowprior.resources").joinpath(name)


def shipped_priors() -> dict[str, Path]:
    """Find the priors that are installed with the package.

    Returns
    -------
    dict of str to pathlib.Path
        File of each prior by its name, sorted by name.
    """
    folder = resource("priors")
    if not folder.is_dir():
        return {}
    found = (Path(str(entry)) for entry in folder.iterdir())
    return {path.stem: path for path in sorted(found) if path.suffix == _PRIOR_SUFFIX}

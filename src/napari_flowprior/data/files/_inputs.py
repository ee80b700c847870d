"""The images that names, folders and patterns stand for."""

from __future__ import annotations

from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError
from napari_flowprior.data.files._paths import SUFFIXES, reason_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

__all__ = ["expand_inputs"]


def _no_folder(path: Path) -> bool:
    return False


def expand_inputs(
    patterns: Iterable[str | os.PathLike[str]],
    is_store: Callable[[Path], bool] = _no_folder,
) -> list[Path]:
    """Find the images that names, folders and patterns stand for.

    Parameters
    ----------
    patterns : iterable of path
        Files, folders (all images directly in them) and patterns such as
        ``"scan_*.tif"`` (``**`` for any folders).
    is_store : callable
        Which folders are images themselves, such as Zarr stores; by default none.

    Returns
    -------
    list of Path
        Each image once, in the order given and sorted within a folder or pattern.

    Raises
    ------
    InputError
        When one of them stands for no image.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.data import expand_inputs
    >>> for number in (2, 1):
    ...     Path(f"scan_{number}.tif").touch()
    >>> [path.name for path in expand_inputs(["scan_*.tif"])]
    ['scan_1.tif', 'scan_2.tif']
    """
    found = (path for pattern in patterns for path in _expand(pattern, is_store))
    return list(dict.fromkeys(found))


def _expand(
    pattern: str | os.PathLike[str], is_store: Callable[[Path], bool]
) -> list[Path]:
    path = Path(pattern).expanduser()
    if path.is_file() or is_store(path):
        return [path]
    if not path.is_dir() and not has_magic(str(path)):
        raise InputError(f"{path} does not exist; check the name.")
    try:
        inside = path.iterdir() if path.is_dir() else glob(str(path), recursive=True)
        found = sorted(p for p in map(Path, inside) if _is_image(p, is_store))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason_of(error)}.") from error
    if not found:
        raise InputError(
            f"{path} stands for no image; name a file, or a folder or pattern with "
            f"files of type {', '.join(SUFFIXES)}."
        )
    return found


def _is_image(path: Path, is_store: Callable[[Path], bool]) -> bool:
    if path.name.startswith("."):
        return False
    return is_store(path) or (path.suffix.lower() in SUFFIXES and path.is_file())

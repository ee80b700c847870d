"""Formats of files, what was read from one, and files written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from napari_flowprior._errors import InputError
from napari_flowprior.data._lazy_array import LazyArray

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = [
    "LAZY_BYTES",
    "STORE",
    "SUFFIXES",
    "Format",
    "ImageFile",
    "atomic_path",
    "existing_file",
    "format_of",
    "reading",
    "reason_of",
    "refuse_existing",
    "remove_unfinished",
]

Format = Literal["PNG", "JPEG", "TIFF", "NPY", "ZARR"]
"""Formats of images that are read and written; a zarr store is a folder."""

SUFFIXES: dict[str, Format] = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".npy": "NPY",
}
"""Format by the suffix of a file's name, in lower case."""

STORE = ".zarr"
"""Suffix of the name of a zarr store."""

_END = 40
_BYTES = 6

LAZY_BYTES = 2**28
"""Larger arrays are left on disk, where the format allows it."""


@dataclass(frozen=True, eq=False)
class ImageFile:
    """An image as it was read.

    Attributes
    ----------
    path : Path
        The file.
    array : LazyArray
        The pixels: a NumPy array, or a memory-mapped or similar one if large.
    axes : str
        One letter for each axis; see `parse_axes`.
    format : str
        "PNG", "JPEG", "TIFF", "NPY" or "ZARR".
    info : mapping
        What the format says besides (resolution, colour profile, OME or ImageJ
        metadata), for `write_image` to write back.
    """

    path: Path
    array: LazyArray
    axes: str
    format: Format
    info: Mapping[str, Any] = field(default_factory=dict)


def format_of(path: Path) -> Format:
    """Tell the format of a file from its suffix.

    Raises
    ------
    InputError
        When the suffix is an unknown one.
    """
    if path.suffix.lower() == STORE:
        return "ZARR"
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f'{path}: files of type "{path.suffix}" are not supported; use one of'
            f" {', '.join((*SUFFIXES, STORE))}."
        )
    return SUFFIXES[path.suffix.lower()]


def existing_file(path: Path) -> Path:
    """Return the path of a file that exists.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Path
        The same.

    Raises
    ------
    InputError
        When it does not exist or is a folder.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.data import existing_file
    >>> existing_file(Path("missing.tif"))
    Traceback (most recent call last):
    ...
    InputError: missing.tif does not exist; check the name.
    """
    if path.is_file():
        return path
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it.")
    raise InputError(f"{path} does not exist; check the name.")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file is decoded into an error that names it.

    Raises
    ------
    InputError
        For every error but a lack of memory.
    """
    try:
        yield
    except MemoryError:
        raise
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    # Decoders raise nearly anything for damaged files.
    except Exception as error:
        if isinstance(error, ImportError) or "imagecodecs" in str(error):
            raise InputError(
                f"{path} needs the package imagecodecs to be read; install it (pip"
                " install imagecodecs), or save the file uncompressed."
            ) from error
        raise InputError(
            f"{path} cannot be read ({reason_of(error)}); it may be damaged, or of"
            " another type than its name says."
        ) from error


@contextmanager
def atomic_path(path: str | os.PathLike[str], overwrite: bool) -> Iterator[Path]:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : path
        The file to write.
    overwrite : bool
        Whether it may replace an existing one.

    Yields
    ------
    Path
        A temporary name in the same folder, ending as the name does, to write to. It
        is flushed to disk and renamed at the end, or removed after an error.

    Raises
    ------
    InputError
        When the file exists and may not be replaced, or cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.data import atomic_path
    >>> with atomic_path("notes.txt", overwrite=False) as path:
    ...     _ = path.write_text("written whole, or not at all")
    >>> Path("notes.txt").is_file()
    True
    """
    target = Path(path)
    refuse_existing(target, overwrite)
    final = Path(os.path.realpath(target))
    temporary = final.with_name(f".{secrets.token_hex(_BYTES)}-{_end(final)}")
    try:
        yield temporary
        _flush(temporary)
        refuse_existing(target, overwrite)
        os.replace(temporary, final)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written ({reason_of(error)}); check the folder, its"
            " permissions and the space left."
        ) from error
    finally:
        # A read-only disk refuses to remove even what is not there.
        with suppress(OSError):
            temporary.unlink()


def remove_unfinished(path: Path) -> None:
    """Remove what killed programs have left of a file that they were writing.

    Parameters
    ----------
    path : Path
        The file, which is not being written now.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.data import remove_unfinished
    >>> _ = Path(".0123456789ab-notes.txt").write_text("written whole, or")
    >>> remove_unfinished(Path("notes.txt"))
    >>> Path(".0123456789ab-notes.txt").exists()
    False
    """
    final = Path(os.path.realpath(path))
    begun = f".{'[0-9a-f]' * 2 * _BYTES}-{escape(_end(final))}"
    for temporary in final.parent.glob(begun):
        with suppress(OSError):
            temporary.unlink()


def _end(path: Path) -> str:
    # Not the whole name: it may be as long as a name can be.
    return path.name[-_END:]


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Check that a file may be written.

    Raises
    ------
    InputError
        When it exists and may not be replaced, is a folder, or its folder is missing.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file to write.")
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist; create it first.")
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists already; choose another name or overwrite it.")


def _flush(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def reason_of(error: Exception) -> str:
    """Say in a few words what went wrong."""
    text = getattr(error, "strerror", None) or str(error)
    if text and isinstance(error, OSError | SyntaxError | ValueError):
        return str(text)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

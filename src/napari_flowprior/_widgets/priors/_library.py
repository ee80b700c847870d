"""The folder of the user's priors, beside those that are shipped."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_flowprior._errors import FlowPriorError, InputError
from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets.fields import KNOWN, free_name, user_folder
from napari_flowprior.data import atomic_path

__all__ = ["Entry", "delete", "entries", "export", "install"]


@dataclass(frozen=True)
class Entry:
    """A prior, and what its file says, or what is wrong with it.

    Parameters
    ----------
    path : Path
        The file.
    shipped : bool
        Whether it was installed with the plugin, and so cannot be deleted.
    info : PriorInfo or None
        What is known of it; None if the file is damaged.
    channels : int
        1 for grey images, 3 for colour images; 0 if that is not known.
    problem : str
        What is wrong with the file; empty if nothing is.
    """

    path: Path
    shipped: bool
    info: Any = None
    channels: int = 0
    problem: str = ""


def entries() -> list[Entry]:
    """List all priors, the shipped ones first; only the headers of files are read.

    Returns
    -------
    list of Entry
        One for each file.
    """
    shipped = [(path, True) for path in shipped_priors().values()]
    own = [(path, False) for path in KNOWN.own()]
    return [_entry(path, shipped=said) for path, said in (*shipped, *own)]


def _entry(path: Path, *, shipped: bool) -> Entry:
    from napari_flowprior.priors import PriorInfo, read_header

    try:
        header = read_header(path)
        info = PriorInfo.from_card(header.card)
    except FlowPriorError as error:
        return Entry(path, shipped, problem=str(error))
    return Entry(path, shipped, info, header.config.channels)


def install(path: Path) -> tuple[Path, bool]:
    """Copy a prior into the folder of the user, after all of it was checked.

    Parameters
    ----------
    path : Path
        File of the prior.

    Returns
    -------
    path : Path
        Where it is now: under its own name, with a number behind it if need be.
    new : bool
        Whether it was not there before, under any name.

    Raises
    ------
    PriorFileError
        If it is no prior, or damaged.
    InputError
        If it cannot be written.
    """
    from napari_flowprior.priors import FlowPrior

    checksum = FlowPrior.load(path).info.checksum
    for entry in entries():
        if entry.info is not None and entry.info.checksum == checksum:
            return entry.path, False
    folder = user_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    target = folder / f"{free_name(folder, path.stem)}{path.suffix}"
    export(path, target)
    return target, True


def export(path: Path, target: Path, *, overwrite: bool = False) -> None:
    """Copy the file of a prior.

    Parameters
    ----------
    path : Path
        The prior.
    target : Path
        Where to.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        If it exists already, or cannot be written.
    """
    with atomic_path(target, overwrite) as new:
        shutil.copyfile(path, new)


def delete(entry: Entry) -> None:
    """Delete the file of a prior; a checkpoint and figures beside it stay.

    Parameters
    ----------
    entry : Entry
        The prior.

    Raises
    ------
    InputError
        If it is a shipped one, or cannot be deleted.
    """
    if entry.shipped:
        raise InputError(
            f"{entry.path.stem} was installed with the plugin and stays; only priors "
            "of your own can be deleted."
        )
    try:
        entry.path.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(entry.path, error) from error
    KNOWN.changed.emit()


def _unusable(path: Path, error: OSError) -> Any:
    return InputError(
        f"{path} cannot be changed: {error.strerror}; see to the rights of the folder, "
        "or choose another under Preferences > Flow prior restoration."
    )

"""Priors of the user: those in a folder of theirs, and those of this session."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path
from qtpy.QtCore import QObject, Signal

from napari_flowprior._errors import InputError
from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets.fields._preferences import preference

__all__ = ["KNOWN", "KnownPriors", "free_name", "make_user_folder", "user_folder"]

_SUFFIX = ".safetensors"
_CHECKPOINT = ".checkpoint"


def user_folder() -> Path:
    """Return where trained priors go if the user names no other place.

    Returns
    -------
    pathlib.Path
        That of the preferences, or else one for data of this user; it may not exist.
    """
    chosen = preference("priors", "folder").strip()
    if chosen:
        return Path(chosen).expanduser()
    return user_data_path("napari-flowprior", appauthor=False) / "priors"


def make_user_folder() -> Path:
    """Make the folder of `user_folder`, if it is not there.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    folder = user_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be created ({error.strerror}); choose another folder."
        ) from error
    return folder


class KnownPriors(QObject):
    """Files of priors that were trained here.

    Attributes
    ----------
    changed : Signal
        Emitted when there may be others than before.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._added: list[Path] = []

    def add(self, path: Path) -> None:
        """Offer a file in all lists of priors.

        Parameters
        ----------
        path : Path
            File of a prior; when it is known already, its text is read anew.
        """
        if path not in self._added:
            self._added.append(path)
        self.changed.emit()

    def own(self) -> list[Path]:
        """Return the priors that the user has trained.

        Returns
        -------
        list of Path
            Those of the folder sorted by name, then those from elsewhere.
        """
        in_folder = sorted(filter(_is_prior, _entries(user_folder())))
        elsewhere = [path for path in self._added if path not in in_folder]
        return in_folder + [path for path in elsewhere if path.is_file()]


KNOWN = KnownPriors()
"""All lists of priors in this process follow it."""


def free_name(folder: Path, name: str) -> str:
    """Add a number to a name until no files of that name are in the way.

    Parameters
    ----------
    folder : Path
        Where a prior is to go.
    name : str
        What it is to be called, without suffix.

    Returns
    -------
    str
        The name, with a number behind it if need be.
    """
    taken = {path.name.split(".")[0] for path in _entries(folder)}
    taken |= set(shipped_priors())
    number, numbered = 1, name
    while numbered in taken:
        number += 1
        numbered = f"{name}-{number}"
    return numbered


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _is_prior(path: Path) -> bool:
    return path.suffix == _SUFFIX and not path.stem.endswith(_CHECKPOINT)

"""Priors that are dropped on the window are installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_flowprior._widgets.fields import KNOWN
from napari_flowprior._widgets.jobs import Failure, start_job
from napari_flowprior._widgets.priors._library import install

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["get_prior_reader"]

_SUFFIX = ".safetensors"
_NO_LAYERS: list[tuple[None]] = [(None,)]
# Nothing else holds them.
_GOING_ON: set[QObject] = set()


def get_prior_reader(
    path: str | list[str] | None = None,
) -> Callable[[str | list[str]], list[tuple[None]]] | None:
    """Say whether files look like priors.

    Parameters
    ----------
    path : str or list of str, optional
        One or several files; by default a dialog asks for some and they are installed,
        as this is also a command of the menu.

    Returns
    -------
    callable or None
        What installs them, and adds no layers.
    """
    if path is None:
        _ask()
        return None
    wrong = [name for name in _names(path) if Path(name).suffix.lower() != _SUFFIX]
    return None if wrong else _read


def _read(path: str | list[str]) -> list[tuple[None]]:
    for name in _names(path):
        _GOING_ON.add(_Installation(Path(name)))
    return _NO_LAYERS


def _ask() -> None:
    parent = QApplication.activeWindow()
    names, _ = QFileDialog.getOpenFileNames(
        parent, "Install priors", "", f"Priors (*{_SUFFIX})"
    )
    _read(names)


def _names(path: str | list[str]) -> list[str]:
    return [path] if isinstance(path, str) else list(path)


def _install(path: Path) -> Generator[None, None, tuple[Path, bool]]:
    yield
    return install(path)


class _Installation(QObject):
    """Checks and copies a prior in the background, which loads torch, and says so.

    Parameters
    ----------
    path : Path
        File of the prior.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._worker = start_job(
            _install,
            path,
            description=f"the installation of {path.name}",
            connect={"returned": self._say, "finished": self._end},
        )

    def _say(self, outcome: Any) -> None:
        if isinstance(outcome, Failure):
            show_error(outcome.message)
            return
        path, new = outcome
        KNOWN.add(path)
        how = "is installed, and in the list of priors" if new else "was there already"
        show_info(f"The prior {path.stem} {how}.")

    def _end(self) -> None:
        _GOING_ON.discard(self)

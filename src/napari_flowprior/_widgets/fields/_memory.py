"""Settings that outlive a widget: in this session, and in a file for the next one."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from platformdirs import user_config_path
from qtpy.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from qtpy.QtCore import SignalInstance

__all__ = ["Keeper", "put", "recalled", "settings_file"]

_DELAY = 500  # milliseconds
_VERSION = 1

# What was set in this session, of which the file may hold only a part.
_session: dict[str, dict[str, Any]] = {}
_logger = logging.getLogger("napari_flowprior")


def settings_file() -> Path:
    """Return where settings are kept between sessions.

    Returns
    -------
    pathlib.Path
        A file for the settings of this user; it may not exist yet.
    """
    return user_config_path("napari-flowprior", appauthor=False) / "widgets.json"


def recalled(name: str) -> dict[str, Any]:
    """Return the settings of a widget when it was last open.

    Parameters
    ----------
    name : str
        Name of the widget.

    Returns
    -------
    dict
        As they were kept in this session, or else in the file; empty if neither holds
        any. A file that is damaged counts as none, and what is in it may be anything.
    """
    if name in _session:
        return _session[name]
    found = _read().get(name, {})
    return found if isinstance(found, dict) else {}


def put(field: Any, value: Any) -> None:
    """Set a field to a kept value, if it can be; else it stays as it is.

    Parameters
    ----------
    field : Widget
        A field of a form.
    value : object
        Anything.
    """
    # A file that was written by another version, or by hand, may hold anything.
    with suppress(Exception):
        field.value = value


class Keeper(QObject):
    """Keeps the settings of a widget, soon after they change.

    Parameters
    ----------
    name : str
        Name of the widget.
    collect : callable
        Returns all settings.
    lasting : callable
        Returns the part of them that makes sense in another session.
    changed : Signal
        Emitted when a setting may have changed.
    parent : QObject
        The widget.
    """

    def __init__(
        self,
        name: str,
        collect: Callable[[], dict[str, Any]],
        lasting: Callable[[dict[str, Any]], dict[str, Any]],
        changed: SignalInstance,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._collect = collect
        self._lasting = lasting
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self.keep)
        changed.connect(self._timer.start)

    def keep(self) -> None:
        """Keep the settings as they are now."""
        self._timer.stop()
        settings = self._collect()
        _session[self._name] = settings
        _write({**_read(), self._name: self._lasting(settings)})


def _read() -> dict[str, Any]:
    with suppress(OSError, ValueError):
        found = json.loads(settings_file().read_text(encoding="utf-8"))
        if isinstance(found, dict) and found.get("version") == _VERSION:
            return found
    return {}


def _write(settings: Mapping[str, Any]) -> None:
    path = settings_file()
    text = json.dumps({**settings, "version": _VERSION}, indent=2)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Another napari may read it in this moment.
        new = path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        _logger.warning("The settings cannot be kept in %s: %s", path, error)

"""The widget for folders as the menus of napari open it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal

from napari_flowprior._widgets.batch._widget import BatchWidget
from napari_flowprior._widgets.fields import Keeper, put, recalled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import napari

    from napari_flowprior._widgets.restore._form import RestoreForm

__all__ = ["BatchDock"]

_NAME, _FORM = "batch", "form"
_FOLDERS = "source", "target"


class BatchDock(BatchWidget):
    """A widget for folders that remembers its settings, which scripts do not want.

    Attributes
    ----------
    changed : Signal
        Emitted when a setting may have changed.
    """

    changed = Signal()

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__(napari_viewer)
        kept = recalled(_NAME)
        for name in _FOLDERS:
            folder = kept.get(name)
            if isinstance(folder, str) and folder and Path(folder).is_dir():
                put(self.fields[name], folder)
        if self.fields["source"].value:
            put(self.fields["axes"], kept.get("axes", ""))
        self._rows.changed.connect(self.changed.emit)
        # Not a method, which would hold the dock in a circle.
        self._forms: list[RestoreForm] = []
        collect = partial(_collect, self.fields, self._forms)
        self._keeper = Keeper(_NAME, collect, _lasting, self.changed, self)

    def _recall(self, form: RestoreForm) -> None:
        """Begin with its own settings, once there are some."""
        from napari_flowprior._widgets.restore._memory import recall

        super()._recall(form)
        if own := recalled(_NAME).get(_FORM):
            recall(form, own)
        form.changed.connect(self.changed.emit)
        self._forms.append(form)

    def _leave(self) -> None:
        super()._leave()
        self._keeper.keep()


def _collect(fields: Mapping[str, Any], forms: Sequence[RestoreForm]) -> dict[str, Any]:
    from napari_flowprior._widgets.restore._memory import collect

    settings = {name: fields[name].value for name in (*_FOLDERS, "axes")}
    # The form may not have been unfolded.
    form = collect(forms[0]) if forms else recalled(_NAME).get(_FORM)
    return settings | ({_FORM: form} if form else {})


def _lasting(settings: dict[str, Any]) -> dict[str, Any]:
    from napari_flowprior._widgets.restore._memory import lasting

    form = settings.get(_FORM)
    return settings | ({_FORM: lasting(form)} if form else {})

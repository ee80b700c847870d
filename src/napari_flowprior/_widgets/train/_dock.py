"""The Train widget as the menus of napari open it."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent

from napari_flowprior._widgets.fields import Keeper, recalled
from napari_flowprior._widgets.train._widget import TrainWidget

if TYPE_CHECKING:
    from napari_flowprior._widgets.train._form import TrainForm

__all__ = ["TrainDock"]

_NAME = "train"


class TrainDock(TrainWidget):
    """A Train widget that remembers its settings, which scripts do not want."""

    _keeper: Keeper | None = None

    def _arrange(self, form: TrainForm) -> None:
        from napari_flowprior._widgets.train._memory import collect, recall

        super()._arrange(form)
        recall(form, recalled(_NAME))
        self._keeper = Keeper(_NAME, partial(collect, form), dict, form.changed, self)

    def event(self, event: QEvent) -> bool:
        """Keep the settings when napari takes the widget out of its dock."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self._leave()
        return super().event(event)

    def closeEvent(self, event: Any) -> None:
        """Keep the settings when the widget is closed as a window."""
        self._leave()
        super().closeEvent(event)

    def _leave(self) -> None:
        if self._keeper is not None:
            self._keeper.keep()

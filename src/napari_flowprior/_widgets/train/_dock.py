"""The Train widget as the menus of napari open it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

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
        from napari_flowprior._widgets.train._memory import collect, lasting, recall

        super()._arrange(form)
        recall(form, recalled(_NAME))
        self._keeper = Keeper(
            _NAME, partial(collect, form), lasting, form.changed, self
        )

    def _leave(self) -> None:
        super()._leave()
        if self._keeper is not None:
            self._keeper.keep()

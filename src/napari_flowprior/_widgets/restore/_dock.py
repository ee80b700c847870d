"""The Restore widget as the menus of napari open it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from napari_flowprior._widgets.fields import Keeper, recalled
from napari_flowprior._widgets.restore._widget import RestoreWidget

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore._form import RestoreForm

__all__ = ["RestoreDock"]

_NAME = "restore"


class RestoreDock(RestoreWidget):
    """A Restore widget that remembers its settings, which scripts do not want."""

    _keeper: Keeper | None = None

    def _show(self, form: RestoreForm) -> None:
        from napari_flowprior._widgets.restore._memory import collect, lasting, recall

        super()._show(form)
        recall(form, recalled(_NAME))
        self._keeper = Keeper(
            _NAME, partial(collect, form), lasting, form.changed, self
        )

    def _leave(self) -> None:
        super()._leave()
        if self._keeper is not None:
            self._keeper.keep()

"""Something that is computed in the background, and can be waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEventLoop, QObject, QTimer

from napari_flowprior._errors import RestoreError

if TYPE_CHECKING:
    from qtpy.QtCore import SignalInstance

__all__ = ["Pending"]


class Pending(QObject):
    """What a widget computes, for scripts that go on when it is there.

    Parameters
    ----------
    widget : QObject
        What computes it; nothing comes of it any more when this is deleted.
    ended : Signal(object)
        Emitted at the end, with what was computed, or None.
    failed : Signal(str), optional
        Emitted before that with a sentence, if it failed; by default nothing is raised.

    Attributes
    ----------
    done : bool
        Whether it has ended.
    outcome : object
        What was computed; None if it failed, was cancelled, or has not ended.
    """

    def __init__(
        self,
        widget: QObject,
        ended: SignalInstance,
        failed: SignalInstance | None = None,
    ) -> None:
        super().__init__()
        # Whoever waits need not hold the widget.
        self._widget: QObject | None = widget
        self.done = False
        self.outcome: Any = None
        self._problem = ""
        self._loop = QEventLoop(self)
        ended.connect(self._end)
        if failed is not None:
            failed.connect(self._note)
        widget.destroyed.connect(self._loop.quit)

    def wait(self, timeout: float | None = None) -> Any:
        """Wait until it has ended, while the viewer goes on.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most.

        Returns
        -------
        object
            What was computed; None if it was cancelled.

        Raises
        ------
        RestoreError
            If it failed; the sentence that the widget shows. Also if the widget was
            deleted meanwhile.
        TimeoutError
            If it has not ended in time; it goes on.

        Examples
        --------
        >>> layer = widget.run().wait(timeout=600)
        """
        if not self.done:
            if timeout is not None:
                QTimer.singleShot(round(1000 * timeout), self._loop.quit)
            self._loop.exec()
        if self._problem:
            raise RestoreError(self._problem)
        if not self.done and timeout is None:
            raise RestoreError("It was deleted before it was done; start it anew.")
        if not self.done:
            raise TimeoutError(f"It has not ended within {timeout} s; it goes on.")
        return self.outcome

    def _note(self, sentence: str) -> None:
        if not self.done:
            self._problem = sentence

    def _end(self, outcome: Any) -> None:
        if not self.done:
            self.done, self.outcome, self._widget = True, outcome, None
            self._loop.quit()

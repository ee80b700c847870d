"""Plots of what a diagnosis has measured, drawn when they are unfolded."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from napari.utils.theme import get_theme
from qtpy.compat import isalive
from qtpy.QtGui import QPixmap
from qtpy.QtWidgets import QLabel

from napari_flowprior._widgets.fields import Section
from napari_flowprior._widgets.jobs import Failure, quietly, start_aside

if TYPE_CHECKING:
    from collections.abc import Generator

    import napari
    from matplotlib.figure import Figure

    from napari_flowprior.restoration import Diagnosis

__all__ = ["DiagnosisPlots"]

# Of a plot, so that words can be read where it is as wide as a dock.
_WIDTH, _HEIGHT, _DOTS = 3.4, 2.2, 80  # inches, and pixels of an inch


class DiagnosisPlots(Section):
    """The noise by intensity, and how alike it is nearby, folded away at first.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose theme is followed.

    Attributes
    ----------
    picture : QLabel
        The plots, or why there are none.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.picture = QLabel()
        super().__init__("Plots of the noise", self.picture)
        self.picture.setAccessibleName("Plots of the noise that was found")
        self._viewer = viewer
        self._found: Diagnosis | None = None
        self.toggled.connect(self._draw)
        viewer.events.theme.connect(self._draw)
        self.show_plots(None)

    def show_plots(self, found: Diagnosis | None) -> None:
        """Offer plots of a diagnosis.

        Parameters
        ----------
        found : Diagnosis or None
            What was measured; None to hide them.
        """
        self._found = found
        self.setVisible(found is not None)
        self._draw()

    def _draw(self, event: Any = None) -> None:
        # The viewer may outlive the widget.
        if not isalive(self) or self._found is None or not self.isExpanded():
            return
        self._say("Drawing…")
        text = get_theme(self._viewer.theme).text.as_hex()
        dots = _DOTS * self.devicePixelRatioF()
        start_aside(_drawn, self._found, text, dots, connect={"returned": self._show})

    def _show(self, outcome: Any) -> None:
        if isinstance(outcome, Failure):
            self._say(outcome.message)
            return
        found, content = outcome
        # Another image may have been diagnosed meanwhile.
        if found is self._found:
            pixels = QPixmap()
            pixels.loadFromData(content)
            pixels.setDevicePixelRatio(self.devicePixelRatioF())
            # A label whose lines wrap has the height of its text, which is none.
            self.picture.setWordWrap(False)
            self.picture.setPixmap(pixels)

    def _say(self, text: str) -> None:
        self.picture.setWordWrap(True)
        self.picture.setText(text)


def _drawn(
    found: Diagnosis, text: str, dots: float
) -> Generator[None, None, tuple[Diagnosis, bytes]]:
    """Draw plots on what is behind them, and return the content of a PNG file."""
    yield
    with quietly():
        figure = found.plot(columns=1)
        figure.set_size_inches(_WIDTH, _HEIGHT * len(figure.axes))
        _colour(figure, text)
        file = BytesIO()
        figure.savefig(file, format="png", dpi=dots, transparent=True)
        return found, file.getvalue()


def _colour(figure: Figure, text: str) -> None:
    """Let words and lines have the colour of the theme's text."""
    for axes in figure.axes:
        axes.tick_params(colors=text)
        for part in (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts):
            part.set_color(text)
        for spine in axes.spines.values():
            spine.set_color(text)
        if (legend := axes.get_legend()) is not None:
            legend.set_frame_on(False)
            for word in legend.get_texts():
                word.set_color(text)

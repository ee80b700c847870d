"""Curves of a training, drawn by pyqtgraph in the colours of napari's theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.theme import get_theme
from qtpy.compat import isalive
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

if TYPE_CHECKING:
    import napari

    from napari_flowprior._widgets.train.figures._curves import Curve, Curves

__all__ = ["CurvePlots"]

# They can be seen on dark and on light ground.
_TRAINING, _HELD_OUT, _PSNR = "#8d99ae", "#e07b28", "#2f8fd0"
_HEIGHT = 150  # pixels
_LEFT = 58  # pixels, so that both plots begin at the same place
_ABOVE, _BESIDE, _BELOW = 8, 14, 4  # pixels
_AXES = {"bits": "bits/dim", "psnr": "PSNR (dB)"}
_SPIKES = 2  # percent of the training curve that need not fit
# Smaller differences are not to look like large ones.
_SPANS = {"bits": 0.1, "psnr": 1.0}
_BITS_TITLE = (
    f"bits/dim: <span style='color:{_TRAINING}'>training</span>, "
    f"<span style='color:{_HELD_OUT}'>held out</span>"
)
_PSNR_TITLE = f"<span style='color:{_PSNR}'>denoising PSNR in dB</span>, held out"
_TIP = (
    "Bits per dimension: how well the prior foresees images, less is better. That of\n"
    "the training is measured on noisy images where the prior knows noise levels, and\n"
    "so lies higher. PSNR: how well it removes noise from held-out images in one\n"
    "step, more is better."
)


class CurvePlots(QWidget):
    """Bits per dimension, and below it the PSNR of denoising if there is one.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose theme is followed.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer = viewer
        self.plots: dict[str, Any] = {}
        self._lines: dict[str, Any] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self.setToolTip(_TIP)
        viewer.events.theme.connect(self._follow_theme)

    def show_curves(self, curves: Curves) -> None:
        """Draw the curves as they are now.

        Parameters
        ----------
        curves : Curves
            All points, one at least.
        """
        if not self._layout.count():
            self._make()
        if not self.plots:
            return
        for name, curve in _named(curves).items():
            self._lines[name].setData(curve.steps, curve.values)
        self._fit("bits", [curves.training, curves.held_out])
        self._fit("psnr", [curves.psnr])
        self._fit_steps(curves)
        for part in (self.plots["psnr"], self._psnr_title):
            part.setVisible(bool(curves.psnr.steps))

    def _make(self) -> None:
        # Not imported with this module, as it takes most of a second.
        try:
            import pyqtgraph
        except ImportError:
            missing = QLabel("Install pyqtgraph to see the curves.")
            self._layout.addWidget(missing)
            return
        self._psnr_title = QLabel(_PSNR_TITLE)
        for name, title in (("bits", QLabel(_BITS_TITLE)), ("psnr", self._psnr_title)):
            self._layout.addWidget(title)
            self.plots[name] = self._make_plot(pyqtgraph, _AXES[name])
            self._layout.addWidget(self.plots[name])
        self._add_line("training", "bits", pyqtgraph.mkPen(_TRAINING, width=1))
        pen, dots = (
            pyqtgraph.mkPen(_HELD_OUT, width=2),
            {"symbol": "o", "symbolSize": 5},
        )
        self._add_line("held_out", "bits", pen, symbolBrush=_HELD_OUT, **dots)
        pen = pyqtgraph.mkPen(_PSNR, width=2)
        self._add_line("psnr", "psnr", pen, symbolBrush=_PSNR, **dots)
        self._follow_theme()

    def _make_plot(self, pyqtgraph: Any, title: str) -> Any:
        plot = pyqtgraph.PlotWidget(enableMenu=False)
        plot.setFixedHeight(_HEIGHT)
        plot.setMinimumWidth(120)
        plot.setFrameShape(plot.Shape.NoFrame)
        # The wheel is for the scroll area around it.
        plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        item = plot.getPlotItem()
        item.hideButtons()
        # Made in any case, it would outlive the plot.
        item.ctrlMenu.setParent(plot, item.ctrlMenu.windowFlags())
        # Half of the topmost number lies above the plot, and of the last one beside it.
        item.layout.setContentsMargins(0, _ABOVE, _BESIDE, _BELOW)
        item.getAxis("left").setWidth(_LEFT)
        for side, text in (("left", title), ("bottom", "step")):
            axis = item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(maxTickLevel=1, hideOverlappingLabels=False)
            axis.setLabel(text)
        return plot

    def _add_line(self, name: str, plot: str, pen: Any, **look: Any) -> None:
        look = {"symbolPen": None, **look} if look else {}
        self._lines[name] = self.plots[plot].plot([], [], pen=pen, **look)

    def _fit(self, name: str, curves: list[Curve]) -> None:
        """Show all points but the spikes of a bad step."""
        values = np.array([value for curve in curves for value in curve.values])
        values = values[np.isfinite(values)]
        if not len(values):
            return
        low, high = values.min(), values.max()
        if len(values) > 100 / _SPIKES:
            high = np.percentile(values, 100 - _SPIKES)
            high = max(high, max(curves[-1].values, default=high))
        lacking = max(0.0, _SPANS[name] - (high - low)) / 2
        item = self.plots[name].getPlotItem()
        item.setYRange(low - lacking, high + lacking, padding=0.08)

    def _fit_steps(self, curves: Curves) -> None:
        """Let both plots show the same steps."""
        steps = [step for curve in _named(curves).values() for step in curve.steps]
        first, last = min(steps), max(steps)
        for plot in self.plots.values():
            plot.getPlotItem().setXRange(first, max(last, first + 1), padding=0.03)

    def _follow_theme(self, event: Any = None) -> None:
        # The viewer may outlive the widget.
        if not isalive(self):
            return
        theme = get_theme(self._viewer.theme)
        text = theme.text.as_hex()
        for plot in self.plots.values():
            plot.setBackground(theme.background.as_hex())
            for side in ("left", "bottom"):
                axis = plot.getPlotItem().getAxis(side)
                axis.setPen(text)
                axis.setTextPen(text)


def _named(curves: Curves) -> dict[str, Curve]:
    return {
        "training": curves.training,
        "held_out": curves.held_out,
        "psnr": curves.psnr,
    }

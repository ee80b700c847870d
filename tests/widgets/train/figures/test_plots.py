"""Curves of a training."""

from __future__ import annotations

import sys

from napari.utils.theme import get_theme


def test_theme(viewer, widget, run, make_widget):
    run(widget)
    for theme in ("light", "dark"):
        viewer.theme = theme
        expected = get_theme(theme).background.as_hex(format="long")
        for plot in widget._plots.plots.values():
            assert plot.backgroundBrush().color().name() == expected


def test_curves_without_pyqtgraph(viewer, widget, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyqtgraph", None)
    run(widget)
    text = widget._plots.layout().itemAt(0).widget().text()
    assert text == "Install pyqtgraph to see the curves."


def test_axes_have_titles_and_all_their_numbers(qtbot, widget, run):
    run(widget)
    widget.resize(400, 900)
    widget.show()
    qtbot.waitExposed(widget)
    titles = {"bits": "bits/dim", "psnr": "PSNR (dB)"}
    for name, plot in widget._plots.plots.items():
        left, bottom = (plot.getPlotItem().getAxis(side) for side in ("left", "bottom"))
        assert (left.labelText, bottom.labelText) == (titles[name], "step")
        assert left.label.isVisible()
        # Half of the topmost number may lie above the axis, and all of it is drawn.
        assert not left.style["hideOverlappingLabels"]
        assert left.scenePos().y() >= plot.fontMetrics().ascent() / 2

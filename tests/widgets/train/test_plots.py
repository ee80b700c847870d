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

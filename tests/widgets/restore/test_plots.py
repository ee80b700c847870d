"""Plots of a diagnosis in the dock."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from skimage import data

from napari_flowprior._widgets.restore._plots import DiagnosisPlots
from napari_flowprior.restoration import diagnose

PATIENCE = 20_000  # milliseconds


@pytest.fixture(scope="module")
def found():
    clean = data.camera()[60:124, 160:224].astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 12, clean.shape)
    return diagnose((50 + clean / 2 + noise).astype(np.float32), device="cpu")


@pytest.fixture
def plots(qtbot, viewer):
    plots = DiagnosisPlots(viewer)
    qtbot.addWidget(plots)
    return plots


def drawn(qtbot, plots):
    qtbot.waitUntil(lambda: not plots.picture.pixmap().isNull(), timeout=PATIENCE)
    return plots.picture.pixmap()


def test_they_are_hidden_without_a_diagnosis(plots, found):
    assert plots.isHidden()
    plots.show_plots(found)
    assert not plots.isHidden()
    assert plots.picture.text() == ""
    plots.show_plots(None)
    assert plots.isHidden()


def test_they_fit_a_narrow_dock(qtbot, plots, found):
    plots.show_plots(found)
    plots.show()
    plots.expand(animate=False)
    size = drawn(qtbot, plots).deviceIndependentSize()
    assert 200 < size.width() <= 280
    assert size.height() > size.width()
    assert plots.heightForWidth(280) in (-1, plots.sizeHint().height())
    assert plots.sizeHint().height() > size.height()
    qtbot.waitUntil(lambda: plots.picture.height() >= size.height())


def brightest(pixels):
    image = pixels.toImage()
    places = np.ndindex(image.height(), image.width())
    colours = (image.pixelColor(x, y) for y, x in places)
    return max(each.lightness() for each in colours if each.alpha() == 255)


def test_they_follow_the_theme(qtbot, viewer, plots, found):
    viewer.theme = "dark"
    plots.show_plots(found)
    plots.expand(animate=False)
    assert brightest(drawn(qtbot, plots)) > 230
    viewer.theme = "light"
    assert plots.picture.pixmap().isNull()
    assert brightest(drawn(qtbot, plots)) < 200


def test_without_matplotlib_it_says_so(qtbot, plots, found, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    plots.show_plots(found)
    plots.expand(animate=False)
    qtbot.waitUntil(lambda: "matplotlib" in plots.picture.text(), timeout=PATIENCE)
    assert "not installed" in plots.picture.text()


def test_plots_of_another_image_are_not_shown(qtbot, plots, found):
    plots.show_plots(found)
    plots.expand(animate=False)
    drawn(qtbot, plots)
    plots.show_plots(None)
    plots._show((found, b"of no use"))
    assert not plots.picture.pixmap().isNull()

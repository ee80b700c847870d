"""What was run in a session is written down, and gives the same when it is run."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtGui import QGuiApplication

from napari_flowprior._widgets.restore._runs import runs_of


@pytest.fixture
def widget(viewer, make_widget, image):
    viewer.add_image(image, name="picture")
    mask = np.zeros((40, 48), np.uint8)
    mask[5:9, 7:12] = 1
    viewer.add_labels(mask, name="holes")
    return make_widget(viewer)


@pytest.fixture
def work(widget, run, viewer):
    """Restore a layer, and fill holes of the result."""
    first = run(widget)
    first.name = "of another name by now"
    widget.set(layer=first, degradation="inpaint")
    widget.degradation_options = {"mask": viewer.layers["holes"]}
    widget.set(estimator="annealing", estimator_options={"steps": 2, "seed": 4})
    return [first, run(widget)]


def executed(text, layers, make_widget):
    """Run a script in a viewer that holds some layers only."""
    viewer = ViewerModel()
    viewer.layers.extend(type(each)(each.data, name=each.name) for each in layers)
    window = SimpleNamespace(
        add_plugin_dock_widget=lambda *names: (None, make_widget(viewer))
    )
    scope = {"viewer": SimpleNamespace(layers=viewer.layers, window=window)}
    exec(text, scope)
    return [scope["layer_1"], scope["layer_2"]]


def test_a_session_gives_the_same_again(widget, work, viewer, make_widget):
    text = widget.copy_session()
    assert widget.status == "2 runs copied; paste it into the console of napari."
    assert QGuiApplication.clipboard().text() == text
    inputs = [viewer.layers["picture"], viewer.layers["holes"]]
    again = executed(text, inputs, make_widget)
    names = ["picture restored", "picture restored restored"]
    assert [each.name for each in again] == names
    for before, after in zip(work, again, strict=True):
        assert after.data.tobytes() == before.data.tobytes()


def test_inputs_are_named(widget, work, viewer):
    viewer.layers["picture"].name = "renamed"
    viewer.layers.remove("holes")
    lines = widget.copy_session().splitlines()
    assert lines[:3] == [
        "# Open these layers first:",
        "#   'renamed'",
        "#   'holes' (no longer in the viewer)",
    ]
    assert "    layer=viewer.layers['renamed']," in lines
    assert "    layer=layer_1," in lines


def test_a_session_without_runs(widget):
    assert widget.copy("session") == ""
    assert widget.status.startswith("Nothing was restored in this viewer yet")


def test_what_fails_is_not_among_them(widget, run, viewer):
    widget.set(degradation="inpaint")
    widget.degradation_options = {"mask": None}
    widget.layer.data = (255 * widget.layer.data).astype(np.uint8)
    assert run(widget) is None
    assert runs_of(viewer) == ()


def test_the_menu_copies_it(widget, run):
    run(widget)
    widget._bar.copy.menu().actions()[-1].trigger()
    assert QGuiApplication.clipboard().text() == widget.copy_session()
    assert widget.status.startswith("One run copied")
